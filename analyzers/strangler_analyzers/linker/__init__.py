"""Name resolution and the call graph: the symbol table, the values of names, and which calls run which functions."""
