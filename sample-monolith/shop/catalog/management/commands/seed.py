from time import perf_counter
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.catalog.models import Product
from shop.seeding import seed, table_counts


class Command(BaseCommand):
    help = "Fill the shop with deterministic data and print how many rows each table has."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", type=int, default=500, help="number of orders (500)")
        parser.add_argument("--seed", type=int, default=1, help="another number, other data (1)")
        parser.add_argument("--reset", action="store_true", help="delete everything first")
        parser.add_argument("--if-empty", action="store_true", help="do nothing unless empty")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["orders"] < 1:
            raise CommandError("--orders: at least 1")
        if options["reset"]:
            call_command("flush", interactive=False, verbosity=0)
        elif Product.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError("the shop is not empty: --reset deletes everything first")
        started = perf_counter()
        seed(options["orders"], options["seed"])
        seconds = perf_counter() - started
        for table, rows in table_counts().items():
            self.stdout.write(f"{rows:>9,}  {table}")
        self.stdout.write(f"seeded in {seconds:.1f} s; log in as customer1@example.com / demo")
