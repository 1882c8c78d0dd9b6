"""Django templates as part of the program: the reads and calls of rendering."""
