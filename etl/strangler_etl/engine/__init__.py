"""What strangler needs from a database, whatever its engine."""
