"""The wiring of an application: follows the calls that register routes, with their arguments."""
