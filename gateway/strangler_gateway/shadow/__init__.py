"""Compares what the two sides answer: pure, and nothing secret is kept of what is compared."""
