from typing import Any

from django.core.management.base import BaseCommand

from shop.customers.models import Customer
from shop.customers.services import tier_for, update_tier
from shop.utils import to_money


class Command(BaseCommand):
    help = "Move customers between standard, silver and gold by what they have spent."

    def handle(self, *args: Any, **options: Any) -> None:
        moved = 0
        for customer in Customer.objects.filter(anonymized_at=None).with_spending().iterator():
            before = customer.tier
            if tier_for(to_money(customer.spent)) != before:
                moved += update_tier(customer) != before
        self.stdout.write(f"{moved} customers moved")
