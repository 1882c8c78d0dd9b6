"""The plan as Envoy configuration, in version 3 of its API."""
