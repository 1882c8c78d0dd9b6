"""What services use of each other, by their documents: who calls whom and waits, who follows whose events."""
