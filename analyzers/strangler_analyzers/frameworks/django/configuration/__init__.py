"""The configuration of a project: settings and installed apps."""
