"""Section 8, the manual part: people judge drawn samples on a page of their own or in exchanged files."""
