"""Django's admin: its sites, and the tables it writes."""
