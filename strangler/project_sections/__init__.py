"""The sections of strangler.toml: each is read by a module of its own."""
