"""Money that came in, money that went out, and what the provider said."""

from decimal import Decimal

from django.db import models
from django.db.models import Sum

from shop.basemodels import TimestampedModel
from shop.orders.models import Order
from shop.utils import to_money


class Payment(TimestampedModel):
    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        REFUNDED = "refunded", "Refunded"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments")
    provider_reference = models.CharField(max_length=64, blank=True, db_index=True)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3, default="EUR")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)

    class Meta:
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return f"{self.order}: {self.amount} {self.status}"

    @property
    def refunded_amount(self) -> Decimal:
        return to_money(self.refunds.aggregate(total=Sum("amount"))["total"])


class Refund(TimestampedModel):
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="refunds")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    reason = models.CharField(max_length=200, blank=True)
    provider_reference = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.payment.order}: -{self.amount}"


class PaymentLog(models.Model):
    """Every answer and every webhook of the provider, as it came."""

    order_number = models.CharField(max_length=24, db_index=True)
    event_id = models.CharField(max_length=64, unique=True, null=True, blank=True)
    kind = models.CharField(max_length=30)
    payload = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return f"{self.order_number}: {self.kind}"
