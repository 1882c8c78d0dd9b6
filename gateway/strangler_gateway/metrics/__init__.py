"""What the gateway counts, and how it is exposed to Prometheus."""
