"""Lets the reviews service know what a process of the shop has in its database, each time before the port asks it.

As the data tool would, if tests committed what they write. ``REVIEWS_REPLICA`` is the service's SQLite file.

``manage.py test --testrunner replica.ReplicaRunner``; ``python -m replica FILE`` writes pages of a seeded shop.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import uuid
from contextlib import closing
from pathlib import Path
from unittest import TestResult, TestSuite

import django
from django.db import connection
from django.test import Client
from django.test.runner import DiscoverRunner

PRODUCTS = """
    SELECT product.id, product.slug, product.name, product.is_active AND category.is_visible
      FROM catalog_product AS product JOIN catalog_category AS category ON category.id = product.category_id
"""
REVIEWS = """
    SELECT id, product_id, customer_id, author_name, author_email, ip_address, rating, title, text, status,
           verified_purchase, helpful_count, flag_count, moderated_by_id, moderated_at, created, updated, deleted_at
      FROM reviews_review
"""
asked = 0


def replicate() -> None:
    """Copy products and reviews."""
    with connection.cursor() as cursor:
        products = cursor.execute(PRODUCTS).fetchall()
        reviews = [(str(uuid.uuid4()), *row) for row in cursor.execute(REVIEWS).fetchall()]
    with closing(sqlite3.connect(os.environ["REVIEWS_REPLICA"])) as replica, replica:
        replica.execute("DELETE FROM product")
        replica.execute("DELETE FROM review")
        replica.executemany("INSERT INTO product (id, slug, name, on_sale) VALUES (?, ?, ?, ?)", products)
        marks = ", ".join("?" * 19)
        columns = (
            "id, number, product_id, author_id, author_name, author_email, ip_address, stars, title, body, status,"
            " verified_purchase, helpful_count, flag_count, moderator_id, moderated_at, created_at, updated_at,"
            " deleted_at"
        )
        replica.executemany(f"INSERT INTO review ({columns}) VALUES ({marks})", reviews)


def watch() -> None:
    """Replicate before each question of the port, and count them."""
    from shop.reviews_port import client  # noqa: PLC0415 - the shop has no port before it is rewritten

    ask = client.Client.ask

    def asking(self: object, question: object) -> object:
        global asked  # noqa: PLW0603
        asked += 1
        replicate()
        return ask(self, question)

    client.Client.ask = asking


class ReplicaRunner(DiscoverRunner):
    """Runs the tests of the rewritten shop, and tells how often the service was asked."""

    def run_suite(self, suite: TestSuite, **kwargs: object) -> TestResult:
        """Run the tests."""
        watch()
        result = super().run_suite(suite, **kwargs)
        print(f"asked the service {asked} times")  # noqa: T201
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
    Path(sys.argv[1]).write_text(json.dumps({"asked": asked, "pages": pages(), "after": asked}))
