"""Django: models and their tables, the queries on them, routes, commands and signals."""
