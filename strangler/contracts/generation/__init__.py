"""From a design document a service that runs."""
