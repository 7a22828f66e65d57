"""Bundles: everything a verdict rests on in one signed archive, which anybody can verify without the database."""
