from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shop.cart.models import Cart
from shop.cart.services import expire_stale_carts


class Command(BaseCommand):
    help = "Expire carts nobody has touched for a while; remove visitors' expired carts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        expired = expire_stale_carts(options["days"])
        removed, _ = Cart.objects.filter(status=Cart.Status.EXPIRED, customer=None).delete()
        self.stdout.write(f"{expired} carts expired, {removed} rows removed")
