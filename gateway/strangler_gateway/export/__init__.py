"""A gateway's plan translated into the configuration of another proxy."""
