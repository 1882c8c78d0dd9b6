"""PostgreSQL, as source and as target."""
