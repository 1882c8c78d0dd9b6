"""A page that shows the state of a gateway in a browser."""
