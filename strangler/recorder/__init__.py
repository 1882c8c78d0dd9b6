"""Runs a command and records which functions, requests and SQL statements its Python processes run."""
