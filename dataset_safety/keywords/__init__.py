"""Appendix B.1: the keyword library, its format, its lint, its matching and what it costs in benign text."""
