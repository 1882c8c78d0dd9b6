"""The world outside the monolith: services, files, processes, variables and other people's packages."""
