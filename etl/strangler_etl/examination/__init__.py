"""Whether a database can take part in a migration."""
