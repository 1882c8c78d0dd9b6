"""Plans and carries out a service's migration: conditions, evidence, and moves of the authority between the sides."""
