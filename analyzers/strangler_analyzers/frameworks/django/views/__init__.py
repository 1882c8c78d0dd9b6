"""Views: how a URL names one, and the methods of it and of libraries that a request runs."""
