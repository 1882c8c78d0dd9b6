"""What a monolith asks of itself: requests to its own routes that pass no gateway."""
