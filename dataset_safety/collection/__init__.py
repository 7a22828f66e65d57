"""Collection, chapters 6.1 and 7.1: where data comes from, under which agreement, and how its files are read."""
