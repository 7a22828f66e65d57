"""Lawful, safe and provably so: training data for generative AI against the draft standard of 28 March 2024."""

__version__ = "0.1.0"
