"""Ground floor: frozen value objects every room shares. Standard library only, no I/O."""
