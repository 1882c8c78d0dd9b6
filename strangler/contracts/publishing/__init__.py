"""Events as the design document has them, made of the rows of tables."""
