"""Each request as a span of a distributed trace; off unless the project asks for it."""
