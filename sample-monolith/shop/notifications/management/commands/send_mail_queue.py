from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shop.notifications.services import deliver_queue


class Command(BaseCommand):
    help = "Try queued mail again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=100)

    def handle(self, *args: Any, **options: Any) -> None:
        sent, failed = deliver_queue(options["limit"])
        self.stdout.write(f"{sent} sent, {failed} failed")
