"""URLs: from URL confs, routers and the admin to routes."""
