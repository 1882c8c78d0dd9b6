"""The plan of a service's migration: its steps, what opens the gate of each, and what has been seen of that."""
