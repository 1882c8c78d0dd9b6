"""The processes of a gateway: how they start, listen, follow the project file and end."""
