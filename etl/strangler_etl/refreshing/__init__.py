"""Brings a finished copy up to date by comparing it, whether or not a journal says what has changed."""
