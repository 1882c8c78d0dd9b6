"""The world outside the monolith: services, files, processes, variables and third-party packages."""
