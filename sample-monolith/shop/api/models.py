"""Keys for the JSON API."""

import secrets

from django.db import models
from django.utils import timezone

from shop.customers.models import Customer


def new_key() -> str:
    return secrets.token_hex(20)


class ApiToken(models.Model):
    """Kept in the clear, as such tables too often are."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="api_tokens")
    key = models.CharField(max_length=40, unique=True, default=new_key)
    label = models.CharField(max_length=40, default="api")
    created = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.label} of {self.customer}"
