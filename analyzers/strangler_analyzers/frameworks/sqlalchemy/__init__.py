"""SQLAlchemy: tables, queries and sessions."""
