"""The plan of a gateway, written in the language of another proxy."""
