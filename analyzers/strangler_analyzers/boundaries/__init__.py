"""Service boundaries: which tables, and with them which code, could be extracted together."""
