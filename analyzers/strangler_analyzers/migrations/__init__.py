"""The effects of a monolith's migrations on tables, which the code analysis leaves out but boundaries need."""
