"""Seed a service's own database from the monolith's, keep it in sync and prove the two equal."""
