"""Small Django programs for tests, and what the analysis says of their tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from strangler.model.system import AccessMode, Confidence, SystemFacts
from strangler.model.tables import Table
from tests.analyzers.source_tree import facts_of

SHOP: Mapping[str, str] = {
    "shop/orders/models.py": """
        from django.conf import settings
        from django.db import models

        class Customer(models.Model):
            name = models.CharField(max_length=100)

        class Tag(models.Model):
            label = models.CharField(max_length=10)

        class Order(models.Model):
            customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
            clerk = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
            tags = models.ManyToManyField(Tag)
            number = models.CharField(max_length=10)

        class Line(models.Model):
            order = models.ForeignKey("Order", on_delete=models.CASCADE, related_name="lines")
            quantity = models.IntegerField()

        class Invoice(models.Model):
            order = models.OneToOneField(Order, on_delete=models.PROTECT)
    """,
}
"""An app with every kind of relation."""


def tables_of(root: Path, files: Mapping[str, str]) -> dict[str, Table]:
    """The tables of a program by name."""
    return {table.name: table for table in facts_of(root, files).tables}


def own_tables(root: Path, files: Mapping[str, str]) -> set[str]:
    """The names of the tables that the program's own code declares."""
    return {table.name for table in facts_of(root, files).tables if table.origin != "framework"}


def columns(table: Table) -> set[str]:
    """The names of a table's columns."""
    return {column.name for column in table.columns}


def keys(table: Table) -> set[tuple[str, str, str]]:
    """A table's foreign keys: column, table and column referred to."""
    return {(key.column, key.target_table, key.target_column) for key in table.foreign_keys}


def shop_facts(root: Path, views: str, files: Mapping[str, str] | None = None) -> SystemFacts:
    """The facts of the shop with a module of views that begins by importing its models."""
    prologue = "from shop.orders.models import Customer, Invoice, Line, Order, Tag\n"
    return facts_of(root, {**SHOP, "shop/orders/views.py": prologue + _dedented(views), **(files or {})})


def touched(facts: SystemFacts, function: str, mode: AccessMode, *, doubtful: bool = False) -> set[str]:
    """The tables a function reads or writes; with `doubtful` only what the code alone does not decide."""
    return {
        access.table
        for access in facts.accesses
        if access.function == function
        and access.mode is mode
        and (access.confidence is Confidence.POSSIBLE) == doubtful
    }


def reads(root: Path, body: str, parameters: str = "") -> set[str]:
    """The tables that a view with this body reads."""
    return touched(_view(root, body, parameters), "shop.orders.views:view", AccessMode.READ)


def writes(root: Path, body: str, parameters: str = "") -> set[str]:
    """The tables that a view with this body writes."""
    return touched(_view(root, body, parameters), "shop.orders.views:view", AccessMode.WRITE)


def _view(root: Path, body: str, parameters: str) -> SystemFacts:
    lines = "\n".join(f"    {line}" for line in _dedented(body).splitlines())
    header = "from django.db.models import Count, F, Prefetch, Q\nfrom django.shortcuts import get_object_or_404\n"
    return shop_facts(root, f"{header}def view({parameters}):\n{lines}\n")


def _dedented(text: str) -> str:
    return dedent(text).lstrip("\n")
