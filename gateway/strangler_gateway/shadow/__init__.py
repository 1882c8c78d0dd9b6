"""Sends copies of requests to the other side and compares the two responses; nothing secret in them is kept."""
