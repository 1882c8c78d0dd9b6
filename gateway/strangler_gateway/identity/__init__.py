"""Tells a service who its client is: asks the monolith with the client's own credentials and signs the answer."""
