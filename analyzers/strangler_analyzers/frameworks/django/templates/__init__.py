"""Templates of Django as part of the program: what rendering one reads and runs."""
