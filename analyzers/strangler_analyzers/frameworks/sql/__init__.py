"""SQL as text: the tables that statements handed to a driver read, write and create."""
