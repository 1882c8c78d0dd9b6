"""What administrators and operators ask of a gateway, and how it answers."""
