"""Code that serves a request besides the view: request attributes, hooks, inherited methods of views."""
