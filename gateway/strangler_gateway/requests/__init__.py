"""Requests and responses as the forwarding rules see them: what is refused, what is forwarded, and how."""
