"""What becomes of single values and keys."""
