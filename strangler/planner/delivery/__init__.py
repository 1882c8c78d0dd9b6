"""Shifts a service's reads to v2 step by step, judged by measurements of both sides at the same time."""
