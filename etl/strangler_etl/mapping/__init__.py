"""How a service's tables come from those of the monolith."""
