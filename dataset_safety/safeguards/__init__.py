"""Section 5 and 8.1: what protects the data and proves it; verifies the audit log that the store appends to."""
