"""What lies in which warehouse, and how it got there."""

from django.db import models
from django.db.models import F
from django.utils import timezone

from shop.basemodels import TimestampedModel
from shop.catalog.models import Product


class Warehouse(models.Model):
    code = models.CharField(max_length=8, unique=True)
    name = models.CharField(max_length=60)
    country = models.CharField(max_length=2, default="DE")
    priority = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["priority", "code"]

    def __str__(self) -> str:
        return self.code


class StockRecordQuerySet(models.QuerySet["StockRecord"]):
    def low(self, threshold: int) -> "StockRecordQuerySet":
        return self.annotate(free=F("quantity") - F("reserved")).filter(free__lte=threshold)


class StockRecord(TimestampedModel):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="stock_records")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="stock_records")
    quantity = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)

    objects = StockRecordQuerySet.as_manager()

    class Meta:
        ordering = ["product_id", "warehouse_id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="one_record_per_place"),
            models.CheckConstraint(
                condition=models.Q(reserved__lte=F("quantity")), name="reserved_within_quantity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} @ {self.warehouse}: {self.available}"

    @property
    def available(self) -> int:
        return self.quantity - self.reserved


class StockMovement(models.Model):
    class Kind(models.TextChoices):
        RECEIPT = "receipt", "Receipt"
        SALE = "sale", "Sale"
        RETURN = "return", "Return"
        CORRECTION = "correction", "Correction"

    record = models.ForeignKey(StockRecord, on_delete=models.CASCADE, related_name="movements")
    order = models.ForeignKey(
        "orders.Order", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    delta = models.IntegerField()
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.delta:+d}"


class StockAlert(models.Model):
    """A customer who wants to hear when a product is back."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="stock_alerts")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="stock_alerts"
    )
    created = models.DateTimeField(auto_now_add=True)
    notified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        unique_together = [("product", "customer")]

    def __str__(self) -> str:
        return f"{self.customer} waits for {self.product}"
