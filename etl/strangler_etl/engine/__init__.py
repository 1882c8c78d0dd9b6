"""What is asked of a database, whatever its engine."""
