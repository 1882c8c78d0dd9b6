"""The report: one HTML file a person can read offline."""
