"""Files of a new service, with $names to be filled in."""
