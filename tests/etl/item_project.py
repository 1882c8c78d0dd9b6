"""A project with one service and one table, ``item``, to which a test adds columns."""

from __future__ import annotations

ITEM_PROJECT = """
[monolith]
database = "${SOURCE}"
[services.reviews]
tables = ["item"]
database = "${TARGET}"
[etl.reviews.tables.item]
target = "item"
[etl.reviews.tables.item.columns]
"""
"""The lines of the columns follow: ``name = "name"``."""
