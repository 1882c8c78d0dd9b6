"""Registration, tiers, and forgetting people."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from shop.customers.models import Customer
from shop.orders import services as order_services
from shop.orders.models import Order

TIERS = (
    (Decimal(2000), Customer.Tier.GOLD),
    (Decimal(500), Customer.Tier.SILVER),
    (Decimal(0), Customer.Tier.STANDARD),
)


def register(email: str, password: str, display_name: str) -> Customer:
    with transaction.atomic():
        user = User.objects.create_user(username=email, email=email, password=password)
        customer = user.customer
        customer.display_name = display_name
        customer.save(update_fields=["display_name"])
    return customer


def tier_for(spent: Decimal) -> str:
    return next(tier for minimum, tier in TIERS if spent >= minimum)


def update_tier(customer: Customer) -> str:
    spent = Order.objects.filter(customer=customer).revenue_relevant().aggregate(
        total=Sum("total")
    )["total"] or Decimal(0)
    tier = tier_for(Decimal(str(spent)))
    if tier != customer.tier:
        customer.tier = tier
        customer.save(update_fields=["tier"])
    return tier


def anonymize(customer: Customer) -> None:
    """The right to be forgotten. Knows every table that has ever kept a name."""
    from shop.notifications.models import OutboundMail
    from shop.reviews.models import Review

    email = customer.email
    alias = f"deleted-{customer.pk}"
    with transaction.atomic():
        for order in order_services.open_orders(customer):
            order_services.cancel_order(order, reason="account closed", actor="system")
        customer.addresses.all().delete()
        customer.wishlist_items.all().delete()
        customer.carts.all().delete()
        customer.notifications.all().delete()
        customer.api_tokens.all().delete()
        OutboundMail.objects.filter(recipient=email).delete()
        Order.objects.filter(customer=customer).update(
            email=f"{alias}@invalid.example", ship_name="deleted", ship_street="deleted"
        )
        Review.objects.filter(customer=customer).update(
            author_name="A former customer", author_email="", ip_address=None
        )
        Customer.objects.filter(pk=customer.pk).update(
            display_name="A former customer",
            email=f"{alias}@invalid.example",
            phone="",
            anonymized_at=timezone.now(),
        )
        User.objects.filter(pk=customer.user_id).update(
            username=alias, email="", first_name="", last_name="", is_active=False
        )
