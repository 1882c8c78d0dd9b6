"""The packages that the monolith and its services depend on, and how far each is behind its newest release."""
