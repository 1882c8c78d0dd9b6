"""The clients' side of the gateway, honest to the byte."""
