"""The ``dataset-safety`` command."""
