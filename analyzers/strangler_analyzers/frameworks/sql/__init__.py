"""Raw SQL: the tables that statements passed to a driver read, write and create."""
