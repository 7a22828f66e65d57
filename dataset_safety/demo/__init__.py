"""A corpus for trying the workflow (6.1 to 8.3): harmless filler with planted defects, and the key that tells where they are."""
