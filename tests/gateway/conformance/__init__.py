"""The same rules over every way a request can take."""
