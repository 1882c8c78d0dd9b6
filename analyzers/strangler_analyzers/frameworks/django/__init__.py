"""Django: models and their tables, queries, routes, commands and signals."""
