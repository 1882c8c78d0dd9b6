import csv
import io
from pathlib import Path
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.text import slugify

from shop.catalog.models import Brand, Category, Product, Tag
from shop.inventory.models import StockRecord, Warehouse
from shop.utils import BadInput, parse_money, unique_slug

COLUMNS = {"sku", "name", "price", "brand", "category"}


class Command(BaseCommand):
    help = "Create or change products from a CSV file or URL: " + ", ".join(sorted(COLUMNS))

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="path, or http(s) URL")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = list(csv.DictReader(io.StringIO(self.read(options["source"]))))
        if not rows or not COLUMNS <= set(rows[0]):
            raise CommandError(f"{options['source']}: columns {sorted(COLUMNS)} are required")
        created = changed = 0
        with transaction.atomic():
            for number, row in enumerate(rows, 2):
                try:
                    is_new = self.import_row(row)
                except (BadInput, KeyError) as error:
                    raise CommandError(f"{options['source']}:{number}: {error}") from error
                created, changed = created + is_new, changed + (not is_new)
            if options["dry_run"]:
                transaction.set_rollback(True)
        self.stdout.write(f"{created} created, {changed} changed")

    def read(self, source: str) -> str:
        if source.startswith(("http://", "https://")):
            response = httpx.get(source, timeout=30, follow_redirects=True)
            response.raise_for_status()
            return response.text
        try:
            return Path(source).read_text(encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{source}: {error.strerror}") from error

    def import_row(self, row: dict[str, str]) -> bool:
        brand, _ = Brand.objects.get_or_create(
            name=row["brand"], defaults={"slug": slugify(row["brand"])}
        )
        category, _ = Category.objects.get_or_create(
            slug=slugify(row["category"]), defaults={"name": row["category"]}
        )
        values = {"name": row["name"], "price": parse_money(row["price"]), "brand": brand}
        product = Product.objects.filter(sku=row["sku"]).first()
        if product is not None:
            for name, value in values.items():
                setattr(product, name, value)
            product.save()
            return False
        product = Product.objects.create(
            sku=row["sku"], slug=unique_slug(Product, row["name"]), category=category, **values
        )
        names = [name.strip() for name in (row.get("tags") or "").split("|") if name.strip()]
        product.tags.set([Tag.objects.get_or_create(name=name)[0] for name in names])
        warehouse = Warehouse.objects.first()
        if warehouse is not None:
            StockRecord.objects.get_or_create(product=product, warehouse=warehouse)
        return True
