"""Lets the reviews service know what a process of the shop has in its database, each time before the port asks it.

And lets the shop know what the service has written, each time after that: as the data tool does both ways around a
cut-over, if tests committed what they write. ``REVIEWS_REPLICA`` is the service's SQLite file.

``manage.py test --testrunner replica.ReplicaRunner``; ``python -m replica FILE`` writes pages of a seeded shop.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Protocol
from unittest import TestResult, TestSuite

import django
from django.db import connection
from django.test import Client
from django.test.runner import DiscoverRunner

REVIEW = (
    "id, product_id, customer_id, author_name, author_email, ip_address, rating, title, text, status,"
    " verified_purchase, helpful_count, flag_count, moderated_by_id, moderated_at, created, updated, deleted_at"
)
REVIEW_THERE = (
    "number, product_id, author_id, author_name, author_email, ip_address, stars, title, body, status,"
    " verified_purchase, helpful_count, flag_count, moderator_id, moderated_at, created_at, updated_at, deleted_at"
)
TABLES = {
    "product": (
        "id, slug, name, on_sale",
        """SELECT product.id, product.slug, product.name, product.is_active AND category.is_visible
             FROM catalog_product AS product JOIN catalog_category AS category ON category.id = product.category_id""",
    ),
    "customer": ("id, user_id", "SELECT id, user_id FROM customers_customer"),
    "purchase": (
        "id, customer_id, product_id",
        """SELECT line.id, placed.customer_id, line.product_id
             FROM orders_orderline AS line JOIN orders_order AS placed ON placed.id = line.order_id
            WHERE placed.status IN ('paid', 'shipped', 'delivered')""",
    ),
    "review": (f"id, {REVIEW_THERE}", f"SELECT 'review-' || id, {REVIEW} FROM reviews_review"),
    "vote": (
        "id, number, review_id, voter_id, value, created_at",
        "SELECT 'vote-' || id, id, 'review-' || review_id, customer_id, value, created FROM reviews_vote",
    ),
}
"""What the service keeps of the shop's rows, as the mapping in the shop's strangler.toml says."""
BACK = {
    "reviews_review": (REVIEW, f"SELECT {REVIEW_THERE} FROM review"),
    "reviews_vote": (
        "id, review_id, customer_id, value, created",
        """SELECT vote.number, review.number, voter_id, value, vote.created_at
             FROM vote JOIN review ON review.id = vote.review_id""",
    ),
}
"""The same the other way round, for what the service owns."""


class Question(Protocol):
    """What the port asks."""

    method: str
    path: str
    safe: bool


asked: Counter[str] = Counter()


def replicate() -> None:
    """Copy what the shop has, in whatever transaction, to the service."""
    with connection.cursor() as cursor, closing(sqlite3.connect(os.environ["REVIEWS_REPLICA"])) as replica, replica:
        for table, (columns, select) in TABLES.items():
            replica.execute(f"DELETE FROM {table}")
            marks = ", ".join("?" * (columns.count(",") + 1))
            rows = cursor.execute(select).fetchall()
            replica.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def bring_back() -> None:
    """Let the shop's tables be as the service's are."""
    with closing(sqlite3.connect(os.environ["REVIEWS_REPLICA"])) as replica, connection.cursor() as cursor:
        for table, (columns, select) in BACK.items():
            rows = replica.execute(select).fetchall()
            names = columns.split(", ")
            kept = ", ".join(str(row[0]) for row in rows)
            cursor.execute(f"DELETE FROM {table} WHERE id NOT IN ({kept})")
            changes = ", ".join(f"{name} = excluded.{name}" for name in names)
            marks = ", ".join(["%s"] * len(names))
            for row in rows:
                cursor.execute(
                    f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {changes}", row
                )


def watch() -> None:
    """Replicate around each question of the port, and count them."""
    from shop.reviews_port import client  # noqa: PLC0415 - the shop has no port before it is rewritten

    ask = client.Client.ask

    def asking(self: object, question: Question) -> object:
        asked[re.sub(r"\d+", "N", f"{question.method} {question.path}")] += 1
        replicate()
        try:
            return ask(self, question)
        finally:
            if not question.safe:
                bring_back()

    client.Client.ask = asking


class ReplicaRunner(DiscoverRunner):
    """Runs the tests of the rewritten shop, and tells how often the service was asked."""

    def run_suite(self, suite: TestSuite, **kwargs: object) -> TestResult:
        """Run the tests."""
        watch()
        result = super().run_suite(suite, **kwargs)
        print(f"asked the service {json.dumps(asked)}")  # noqa: T201
        return result


def pages() -> dict[str, str]:
    """What a visitor gets, without the tokens the shop draws for forms."""
    with connection.cursor() as cursor:
        products = cursor.execute("SELECT id, slug FROM catalog_product ORDER BY id LIMIT 25").fetchall()
    client = Client()
    found: dict[str, str] = {}
    for number, slug in products:
        for path in (
            f"/products/{slug}/",
            f"/products/{slug}/reviews/",
            f"/api/products/{number}",
            f"/api/products/{number}/reviews?page_size=3&sort=best",
        ):
            response = client.get(path)
            body = re.sub(rb'(csrfmiddlewaretoken" value=")\w+', rb"\1", response.content)
            found[path] = f"{response.status_code} {body.decode()}"
    return found


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    django.setup()
    if "REVIEWS_REPLICA" in os.environ:
        watch()
    Path(sys.argv[1]).write_text(json.dumps({"pages": pages(), "asked": asked}))
