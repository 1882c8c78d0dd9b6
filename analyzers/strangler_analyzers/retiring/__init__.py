"""Finds and removes monolith code that nothing needs any more once a service owns its traffic."""
