"""Documents made of those of others."""
