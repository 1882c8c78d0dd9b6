import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from shop.notifications.services import queue_mail
from shop.reports.queries import category_report
from shop.reports.services import close_day
from shop.utils import day_bounds, parse_day


class Command(BaseCommand):
    help = "Close the day: store its figures, mail them to the staff, write the categories as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", help="YYYY-MM-DD (yesterday)")
        parser.add_argument("--output", type=Path, help="folder for the CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        day = parse_day(options["day"], timezone.localdate() - timedelta(days=1))
        sales = close_day(day)
        rows = category_report(*day_bounds(day))
        context = {"sales": sales, "categories": rows}
        for user in User.objects.filter(is_staff=True, is_active=True).exclude(email=""):
            queue_mail(user.email, f"Sales of {day}", "mail/nightly_report.txt", context)
        if options["output"]:
            self.write_csv(options["output"] / f"categories-{day}.csv", rows)
        self.stdout.write(f"{day}: {sales.orders} orders, {sales.revenue}")

    def write_csv(self, path: Path, rows: list[dict[str, Any]]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["category", "orders", "pieces", "revenue"])
            writer.writerows(
                [row["name"], row["orders"], row["pieces"], row["revenue"]] for row in rows
            )
