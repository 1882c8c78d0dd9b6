"""A pool of HTTP/1.1 connections to upstreams, and the same as a transport for httpx."""
