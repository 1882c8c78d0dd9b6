"""People: profiles, addresses, loyalty points, wish lists; and, for lack of a better place, flags."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Sum
from django.urls import reverse
from django.utils import timezone

from shop.basemodels import TimestampedModel
from shop.catalog.models import Product


class CustomerQuerySet(models.QuerySet["Customer"]):
    def for_user(self, user: User) -> "Customer":
        customer, _ = self.get_or_create(
            user=user,
            defaults={
                "email": user.email or f"{user.username}@example.com",
                "display_name": user.get_full_name() or user.username.partition("@")[0],
            },
        )
        return customer

    def with_spending(self) -> "CustomerQuerySet":
        return self.annotate(spent=Sum("orders__total"))


class Customer(TimestampedModel):
    class Tier(models.TextChoices):
        STANDARD = "standard", "Standard"
        SILVER = "silver", "Silver"
        GOLD = "gold", "Gold"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="customer"
    )
    display_name = models.CharField(max_length=80)
    email = models.EmailField(unique=True)
    phone = models.CharField(max_length=30, blank=True)
    tier = models.CharField(max_length=10, choices=Tier.choices, default=Tier.STANDARD)
    loyalty_points = models.IntegerField(default=0)
    marketing_opt_in = models.BooleanField(default=False)
    anonymized_at = models.DateTimeField(null=True, blank=True)
    wishlist = models.ManyToManyField(
        Product, through="WishlistItem", related_name="wished_by", blank=True
    )

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.display_name

    def get_absolute_url(self) -> str:
        return reverse("customers:profile")

    @property
    def is_staff(self) -> bool:
        return self.user.is_staff

    def add_points(self, points: int, reason: str, order: Any = None) -> None:
        if not points:
            return
        LoyaltyEntry.objects.create(customer=self, points=points, reason=reason, order=order)
        Customer.objects.filter(pk=self.pk).update(loyalty_points=F("loyalty_points") + points)
        self.refresh_from_db(fields=["loyalty_points"])

    def has_bought(self, product: Product) -> bool:
        from shop.orders.models import OrderLine

        return OrderLine.objects.filter(
            order__customer=self,
            order__status__in=["paid", "shipped", "delivered"],
            product=product,
        ).exists()


class Address(TimestampedModel):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    name = models.CharField(max_length=80)
    street = models.CharField(max_length=120)
    postcode = models.CharField(max_length=12)
    city = models.CharField(max_length=60)
    country = models.CharField(max_length=2, default="DE")
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ["-is_default", "id"]
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return f"{self.name}, {self.street}, {self.postcode} {self.city} ({self.country})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        if self.is_default:
            self.customer.addresses.exclude(pk=self.pk).update(is_default=False)


class LoyaltyEntry(models.Model):
    """The ledger behind ``Customer.loyalty_points``."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="loyalty_entries")
    order = models.ForeignKey(
        "orders.Order", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    points = models.IntegerField()
    reason = models.CharField(max_length=80)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created", "-id"]
        verbose_name_plural = "loyalty entries"

    def __str__(self) -> str:
        return f"{self.points:+d} {self.reason}"


class WishlistItem(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="wishlist_items")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="wishlist_items")
    note = models.CharField(max_length=120, blank=True)
    added = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-added"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "product"], name="one_wish_per_product")
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.product}"


class FeatureFlag(models.Model):
    """Overrides a default of ``settings.FEATURES``; testers have the feature in any case."""

    name = models.SlugField(max_length=40, unique=True)
    enabled = models.BooleanField(default=False)
    testers = models.ManyToManyField(Customer, blank=True, related_name="testing")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name}: {'on' if self.enabled else 'off'}"
