"""The ratchet: finds dependencies across the boundaries declared in strangler.toml, and separates new from known."""
