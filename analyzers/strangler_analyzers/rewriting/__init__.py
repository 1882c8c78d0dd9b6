"""From the seams of a service to code that goes through a port."""
