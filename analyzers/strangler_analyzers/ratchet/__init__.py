"""The ratchet: what crosses the boundaries that strangler.toml declares, and what of it was known before."""
