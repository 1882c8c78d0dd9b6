"""What a new version of a document changes, and for whom it breaks something."""
