"""Boundaries: which tables, and with them which code, could leave together."""
