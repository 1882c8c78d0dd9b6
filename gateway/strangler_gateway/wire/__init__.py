"""The client side of the gateway: HTTP/1.1 connections, relayed byte for byte."""
