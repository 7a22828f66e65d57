"""The report on one release (section 8 c): what was found, computed from stored evidence, for people who never saw the tool."""
