"""Exports of a report in the forms that others read: OSCAL, Croissant, a dataset card, the EU summary of training content."""
