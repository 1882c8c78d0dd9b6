"""What runs besides the view when a request is served: middleware's values, hooks, inherited methods of views."""
