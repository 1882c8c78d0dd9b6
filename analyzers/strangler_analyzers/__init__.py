"""Read a monolith's source and map it: modules, calls, routes, tables and what depends on what."""
