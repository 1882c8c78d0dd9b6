"""MariaDB and MySQL as the source of a copy."""
