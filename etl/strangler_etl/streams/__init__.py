"""Events: from the journals through streams to their consumers."""
