"""Queries: the results of managers and querysets, and the tables they read and write."""
