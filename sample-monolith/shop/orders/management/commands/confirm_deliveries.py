from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from shop.orders.models import Order
from shop.orders.services import mark_delivered


class Command(BaseCommand):
    help = "Take parcels as delivered that left some days ago."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=5)

    def handle(self, *args: Any, **options: Any) -> None:
        before = timezone.now() - timedelta(days=options["days"])
        orders = Order.objects.filter(status=Order.Status.SHIPPED, shipment__shipped_at__lt=before)
        for order in orders:
            mark_delivered(order)
        self.stdout.write(f"{len(orders)} orders delivered")
