"""Events: from the journal over streams to those who consume them."""
