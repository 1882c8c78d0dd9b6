"""Envoy as the engine of a gateway."""
