from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Exists, OuterRef
from django.utils import timezone

from shop.cart.models import Cart
from shop.notifications.services import preference_of, queue_mail
from shop.orders.models import OrderLine
from shop.reviews.models import Review


class Command(BaseCommand):
    help = "Remind customers of full carts, and buyers of the review they have not written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=100)

    def handle(self, *args: Any, **options: Any) -> None:
        carts = self.remind_of_carts(options["limit"])
        reviews = self.ask_for_reviews(options["limit"])
        self.stdout.write(f"{carts} cart reminders, {reviews} review reminders")

    def remind_of_carts(self, limit: int) -> int:
        yesterday = timezone.now() - timedelta(days=1)
        carts = (
            Cart.objects.stale(yesterday)
            .filter(reminded_at=None, customer__isnull=False, items__isnull=False)
            .select_related("customer")
            .prefetch_related("items__product")
            .distinct()
        )
        sent = 0
        for cart in carts[:limit]:
            if not preference_of(cart.customer).reminder_mail:
                continue
            context = {"customer": cart.customer, "items": cart.items.all()}
            queue_mail(
                cart.customer.email, "Your cart is waiting", "mail/cart_reminder.txt", context
            )
            Cart.objects.filter(pk=cart.pk).update(reminded_at=timezone.now())
            sent += 1
        return sent

    def ask_for_reviews(self, limit: int) -> int:
        """Lines delivered one to two weeks ago whose buyer has not written about the product."""
        now = timezone.now()
        written = Review.objects.filter(
            product=OuterRef("product"), customer=OuterRef("order__customer")
        )
        lines = (
            OrderLine.objects.filter(
                order__status="delivered",
                order__shipment__delivered_at__gte=now - timedelta(days=14),
                order__shipment__delivered_at__lt=now - timedelta(days=7),
                order__customer__notification_preference__review_mail=True,
            )
            .exclude(Exists(written))
            .select_related("product", "order__customer")
        )
        for line in lines[:limit]:
            context = {"customer": line.order.customer, "product": line.product}
            queue_mail(
                line.order.email, f"How is {line.name}?"[:150], "mail/review_reminder.txt", context
            )
        return len(lines[:limit])
