"""Configuration as resources of Kubernetes."""
