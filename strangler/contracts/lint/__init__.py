"""The company's rules, over all documents at once."""
