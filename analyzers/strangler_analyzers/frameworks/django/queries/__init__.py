"""Queries: what managers and querysets give, and which tables they read and write."""
