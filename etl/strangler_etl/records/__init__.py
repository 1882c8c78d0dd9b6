"""What strangler keeps in the databases of how far it came."""
