"""A document in formats that other programs read."""
