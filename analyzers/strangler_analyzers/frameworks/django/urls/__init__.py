"""URL confs: from a root module through every include to the views."""
