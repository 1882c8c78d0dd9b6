"""The reviews of the shop as a service of their own: the same answers, another database."""
