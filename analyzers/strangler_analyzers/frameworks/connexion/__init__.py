"""OpenAPI documents that connexion makes routes of."""
