"""Models: fields, relations, managers, and their tables."""
