"""Applies the changes of one side to the other."""
