"""API and event design documents: read, linted over all services, compared, exported, drawn from the monolith."""
