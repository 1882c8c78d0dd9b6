"""What a report page holds: every fact once, in columns."""
