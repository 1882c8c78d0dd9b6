"""Files the interpreter can not parse: newer, older or broken Python, read through tree-sitter."""
