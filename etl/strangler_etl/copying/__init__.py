"""Copies the source's rows into the target."""
