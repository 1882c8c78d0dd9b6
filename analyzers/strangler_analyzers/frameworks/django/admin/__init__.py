"""Django's admin: its sites, and what it writes."""
