"""How results look on a terminal: one renderable per module."""
