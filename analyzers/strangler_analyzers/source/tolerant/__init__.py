"""Reads files that the interpreter cannot parse (newer, older or broken Python) through tree-sitter."""
