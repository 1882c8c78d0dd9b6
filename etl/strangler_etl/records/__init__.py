"""Progress records that strangler keeps in the databases."""
