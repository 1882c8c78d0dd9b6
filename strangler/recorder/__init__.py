"""Runs a command and records what its Python processes do."""
