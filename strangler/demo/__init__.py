"""A whole move on the sample monolith under load: what `strangler demo` starts, drives and proves."""
