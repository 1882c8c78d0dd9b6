"""The system graph, and the queries on it."""
