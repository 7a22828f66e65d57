"""Benchmarks: they print figures of one run side by side and assert nothing about wall time."""
