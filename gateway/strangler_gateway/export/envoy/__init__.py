"""Envoy's configuration, version 3 of its API."""
