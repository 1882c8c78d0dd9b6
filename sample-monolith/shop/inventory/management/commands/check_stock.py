from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Sum

from shop.customers.models import Customer
from shop.inventory.models import StockRecord
from shop.notifications.services import notify


class Command(BaseCommand):
    help = "List what is running out, and tell the staff when something that sells is gone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threshold", type=int, default=settings.LOW_STOCK_THRESHOLD)

    def handle(self, *args: Any, **options: Any) -> None:
        records = StockRecord.objects.low(options["threshold"]).select_related(
            "product", "warehouse"
        )
        for record in records:
            self.stdout.write(f"{record.product.sku} {record.warehouse.code} {record.available}")
        gone = (
            StockRecord.objects.order_by()
            .values("product_id", "product__name")
            .annotate(left=Sum("quantity"))
            .filter(left=0, product__sold_count__gt=0)
        )
        staff = Customer.objects.filter(user__is_staff=True)
        for row in gone:
            for customer in staff:
                notify(customer, "stock", f"{row['product__name']} is sold out")
        self.stdout.write(f"{len(records)} records low, {len(gone)} products gone")
