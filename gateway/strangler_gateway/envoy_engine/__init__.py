"""The Envoy engine: Envoy carries the bytes, and this process is its control plane."""
