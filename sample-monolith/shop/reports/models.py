"""Figures of past days and the trail of who did what."""

from decimal import Decimal

from django.conf import settings
from django.db import models


class DailySales(models.Model):
    day = models.DateField(unique=True)
    orders = models.PositiveIntegerField(default=0)
    pieces = models.PositiveIntegerField(default=0)
    revenue = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal("0.00"))
    refunds = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal("0.00"))
    new_customers = models.PositiveIntegerField(default=0)
    new_reviews = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "daily sales"

    def __str__(self) -> str:
        return f"{self.day}: {self.revenue}"


class AuditEntry(models.Model):
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="audit_entries"
    )
    action = models.CharField(max_length=60, db_index=True)
    path = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-created", "-id"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"
