"""A request and its answer as the rules see them: what is refused, what is passed on and how."""
