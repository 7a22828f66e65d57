"""Probes (5 b, c, e; 8.1 b 2, 3, 5): small attacks on the deployment itself that expect to be refused, noticed or undone.

A probe that could not run says so and never counts as passed; what is recorded holds no secret and no text of samples.
"""
