"""6.2 and 7.2: metadata for every sample, and one pass that identifies risks with the four detectors."""
