"""How an application puts its parts together: calls that register routes, followed with their arguments."""
