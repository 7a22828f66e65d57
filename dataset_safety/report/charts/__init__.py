"""The plots of the report: inline SVG without script, each with a title, a description, and its numbers in a table nearby."""
