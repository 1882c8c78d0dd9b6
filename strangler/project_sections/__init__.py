"""Readers of the sections of strangler.toml, one module for each."""
