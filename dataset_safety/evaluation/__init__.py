"""Section 8: populations, draws, rules, verdicts."""
