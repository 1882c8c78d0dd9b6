"""The plan as Kubernetes resources."""
