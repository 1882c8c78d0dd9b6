from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from shop.reviews.models import Review


class Command(BaseCommand):
    help = "Remove reviews for good that were hidden long ago, and addresses older than a year."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=90)

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        hidden = Review.objects.dead().filter(deleted_at__lt=now - timedelta(days=options["days"]))
        number = hidden.count()
        hidden.delete()
        forgotten = Review.objects.filter(
            created__lt=now - timedelta(days=365), ip_address__isnull=False
        ).update(ip_address=None)
        self.stdout.write(f"{number} reviews removed, {forgotten} addresses forgotten")
