"""The system graph and the questions it answers."""
