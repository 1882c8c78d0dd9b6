"""How an application puts its parts together at run time: calls that register routes, followed with their actual arguments."""
