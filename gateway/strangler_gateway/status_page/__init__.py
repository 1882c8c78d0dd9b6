"""A page that shows how a gateway does, in a browser."""
