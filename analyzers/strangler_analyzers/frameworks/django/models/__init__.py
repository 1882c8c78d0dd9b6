"""Models: fields, relations, managers, and the tables they stand for."""
