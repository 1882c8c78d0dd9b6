"""Each request as a span of a distributed trace, where that is asked for."""
