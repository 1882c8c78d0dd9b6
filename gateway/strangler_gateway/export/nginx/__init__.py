"""Configuration of nginx."""
