"""Independent programs that lie side by side in one folder."""
