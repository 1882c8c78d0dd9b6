"""The plan of a service's migration: its steps, the gate of each step, and the evidence seen for it."""
