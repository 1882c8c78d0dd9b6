"""Reads a monolith's source and maps it: modules, calls, routes, tables and their dependencies."""
