"""A pool of HTTP/1.1 connections to upstreams, also usable as an httpx transport."""
