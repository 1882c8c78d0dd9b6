"""Orders, their lines, their history, and what comes back."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Count, Sum
from django.urls import reverse
from django.utils import timezone

from shop.basemodels import PublicNumberModel, TimestampedModel
from shop.cart.models import Coupon
from shop.catalog.models import Product
from shop.customers.models import Customer
from shop.utils import day_bounds


class OrderQuerySet(models.QuerySet["Order"]):
    def of(self, customer: Customer) -> "OrderQuerySet":
        return self.filter(customer=customer).prefetch_related("lines")

    def placed_on(self, day: date) -> "OrderQuerySet":
        start, end = day_bounds(day)
        return self.filter(placed_at__gte=start, placed_at__lt=end)

    def revenue_relevant(self) -> "OrderQuerySet":
        return self.filter(status__in=Order.PAID_STATES)

    def to_fulfil(self) -> "OrderQuerySet":
        return (
            self.filter(status=Order.Status.PAID)
            .select_related("customer__user", "shipment__method")
            .annotate(line_count=Count("lines"), pieces=Sum("lines__quantity"))
            .order_by("placed_at")
        )


class Order(PublicNumberModel, TimestampedModel):
    class Status(models.TextChoices):
        PENDING = "pending", "Waiting for payment"
        PAID = "paid", "Paid"
        SHIPPED = "shipped", "Shipped"
        DELIVERED = "delivered", "Delivered"
        CANCELLED = "cancelled", "Cancelled"
        REFUNDED = "refunded", "Refunded"

    PAID_STATES = ("paid", "shipped", "delivered")
    number_prefix = "O"

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.PENDING, db_index=True
    )
    email = models.EmailField()
    ship_name = models.CharField(max_length=80)
    ship_street = models.CharField(max_length=120)
    ship_postcode = models.CharField(max_length=12)
    ship_city = models.CharField(max_length=60)
    ship_country = models.CharField(max_length=2, default="DE")
    coupon = models.ForeignKey(
        Coupon, null=True, blank=True, on_delete=models.SET_NULL, related_name="orders"
    )
    subtotal = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("0.00"))
    discount = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("0.00"))
    shipping_cost = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("0.00"))
    total = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("0.00"))
    placed_at = models.DateTimeField(default=timezone.now, db_index=True)
    note = models.TextField(blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at", "-id"]

    def get_absolute_url(self) -> str:
        return reverse("orders:detail", args=[self.number])

    @property
    def can_be_cancelled(self) -> bool:
        return self.status in {self.Status.PENDING, self.Status.PAID}

    @property
    def points_earned(self) -> int:
        return int(self.total * settings.LOYALTY_POINTS_PER_UNIT)

    def log(self, kind: str, message: str = "", actor: str = "system") -> "OrderEvent":
        return OrderEvent.objects.create(order=self, kind=kind, message=message, actor=actor)


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="order_lines")
    name = models.CharField(max_length=120)
    sku = models.CharField(max_length=32)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)
    line_total = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.name}"


class OrderEvent(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20)
    message = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=80, default="system")
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created", "id"]

    def __str__(self) -> str:
        return f"{self.order}: {self.kind}"


class ReturnRequest(PublicNumberModel, TimestampedModel):
    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"

    number_prefix = "R"

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="returns")
    quantity = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)

    class Meta:
        ordering = ["-created"]
