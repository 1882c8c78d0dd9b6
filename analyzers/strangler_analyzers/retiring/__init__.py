"""From a service that owns its traffic to the code of the monolith that nothing needs any more."""
