"""Moves of the authority from one side to the other, their conditions and their evidence."""
