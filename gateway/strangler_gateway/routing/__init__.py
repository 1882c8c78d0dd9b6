"""The plan: which application a request goes to."""
