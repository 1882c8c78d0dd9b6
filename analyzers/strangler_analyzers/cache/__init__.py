"""What every name may be: the program, its values, and who calls whom."""
