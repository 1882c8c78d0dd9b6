"""Ways to send a parcel, and the parcels."""

from decimal import Decimal

from django.db import models

from shop.basemodels import TimestampedModel
from shop.orders.models import Order, OrderLine


class ShippingMethod(models.Model):
    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    base_price = models.DecimalField(max_digits=8, decimal_places=2)
    per_kg = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal("0.00"))
    asks_carrier = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["base_price"]

    def __str__(self) -> str:
        return self.name


class Shipment(TimestampedModel):
    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        STOPPED = "stopped", "Stopped"

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="shipment")
    method = models.ForeignKey(ShippingMethod, on_delete=models.PROTECT, related_name="shipments")
    tracking = models.CharField(max_length=40, blank=True, db_index=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    lines = models.ManyToManyField(OrderLine, through="ShipmentLine", related_name="shipments")

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.order} by {self.method}"


class ShipmentLine(models.Model):
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="shipment_lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="shipment_lines")
    quantity = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.quantity} x {self.line.sku}"
