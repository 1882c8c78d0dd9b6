"""Proves the two databases equal, and mends what differs."""
