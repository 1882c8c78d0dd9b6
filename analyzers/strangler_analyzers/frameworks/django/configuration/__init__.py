"""What a project is configured with: settings and installed apps."""
