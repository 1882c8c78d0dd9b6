"""Views: how a URL names one, and the methods a request runs of it and of the libraries' own."""
