"""Delivers a service step by step, by what both sides show at the same time."""
