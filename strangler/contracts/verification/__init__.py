"""Whether a running service is what its document says."""
