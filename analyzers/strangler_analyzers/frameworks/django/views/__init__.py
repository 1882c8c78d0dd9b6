"""Views: which functions of the program a request runs, and the libraries' own views."""
