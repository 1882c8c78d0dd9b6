"""Tells a service who is asking: the monolith is asked with the client's own credentials, the answer is signed."""
