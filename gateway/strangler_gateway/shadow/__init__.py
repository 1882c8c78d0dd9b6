"""Asks the other side the same, and compares the answers; nothing secret is kept of them."""
