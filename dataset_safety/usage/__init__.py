"""6.3 and 7.3: what may be used. Decisions, the filter, its accounting, and the training export."""
