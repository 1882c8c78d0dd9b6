"""Ground floor: the frozen value objects that all packages share. Standard library only, no I/O."""
