"""The reverse proxy in front of the monolith that moves routes to new services step by step."""
