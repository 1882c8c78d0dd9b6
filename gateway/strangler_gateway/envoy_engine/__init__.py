"""Envoy carries the bytes, and this process tells it how."""
