"""The plan as nginx configuration."""
