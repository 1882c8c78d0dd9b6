"""Carts and coupons."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Sum
from django.utils import timezone

from shop.basemodels import TimestampedModel
from shop.catalog.models import Category, Product
from shop.customers.models import Customer
from shop.utils import percentage, to_money


class Coupon(models.Model):
    class Kind(models.TextChoices):
        PERCENT = "percent", "Percent"
        AMOUNT = "amount", "Amount"

    code = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PERCENT)
    value = models.DecimalField(max_digits=8, decimal_places=2)
    minimum = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal("0.00"))
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True)
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    used_count = models.PositiveIntegerField(default=0)
    categories = models.ManyToManyField(Category, blank=True, related_name="coupons")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    def is_valid(self, now: datetime | None = None) -> bool:
        now = now or timezone.now()
        if self.valid_from > now or (self.valid_until and self.valid_until < now):
            return False
        return self.max_uses is None or self.used_count < self.max_uses

    def discount_on(self, amount: Decimal) -> Decimal:
        if amount < self.minimum:
            return Decimal("0.00")
        if self.kind == self.Kind.PERCENT:
            return percentage(amount, self.value)
        return min(amount, to_money(self.value))


class CartQuerySet(models.QuerySet["Cart"]):
    def open(self) -> "CartQuerySet":
        return self.filter(status=Cart.Status.OPEN)

    def stale(self, before: datetime) -> "CartQuerySet":
        return self.open().filter(updated__lt=before)


class Cart(TimestampedModel):
    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ORDERED = "ordered", "Ordered"
        EXPIRED = "expired", "Expired"
        MERGED = "merged", "Merged"

    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="carts"
    )
    session_key = models.CharField(max_length=40, blank=True, db_index=True)
    coupon = models.ForeignKey(
        Coupon, null=True, blank=True, on_delete=models.SET_NULL, related_name="carts"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    reminded_at = models.DateTimeField(null=True, blank=True)

    objects = CartQuerySet.as_manager()

    class Meta:
        ordering = ["-updated"]

    def __str__(self) -> str:
        return f"cart {self.pk} ({self.status})"

    @property
    def item_count(self) -> int:
        return self.items.aggregate(number=Sum("quantity"))["number"] or 0

    @property
    def subtotal(self) -> Decimal:
        total = self.items.aggregate(total=Sum(F("quantity") * F("unit_price")))["total"]
        return to_money(total)

    @property
    def discount(self) -> Decimal:
        if self.coupon is None or not self.coupon.is_valid():
            return Decimal("0.00")
        items = self.items.all()
        category_ids = list(self.coupon.categories.values_list("id", flat=True))
        if category_ids:
            items = items.filter(product__category_id__in=category_ids)
        amount = items.aggregate(total=Sum(F("quantity") * F("unit_price")))["total"]
        return self.coupon.discount_on(to_money(amount))

    @property
    def total(self) -> Decimal:
        return self.subtotal - self.discount


class CartItem(models.Model):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="cart_items")
    quantity = models.PositiveIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "product"], name="one_item_per_product")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product}"

    @property
    def line_total(self) -> Decimal:
        return to_money(self.unit_price * self.quantity)
