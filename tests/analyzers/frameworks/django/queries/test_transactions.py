"""Statements inside and outside of transactions."""

from __future__ import annotations

from pathlib import Path

from tests.analyzers.frameworks.django.django_shop import shop_facts


def _in_transaction(tmp_path: Path, views: str) -> dict[str, bool]:
    facts = shop_facts(tmp_path, f"from django.db import transaction\n{views}")
    return {
        access.operation: access.transaction is not None
        for access in facts.accesses
        if access.function.startswith("shop.orders.views:")
    }


def test_atomic_blocks_hold_a_transaction(tmp_path: Path) -> None:
    """What stands in the block is inside, what follows is outside."""
    found = _in_transaction(
        tmp_path,
        "def view():\n    with transaction.atomic():\n        Tag.objects.create()\n    Tag.objects.count()\n",
    )
    assert found == {"create": True, "count": False}


def test_atomic_decorates_functions_and_methods(tmp_path: Path) -> None:
    """The decorator counts bare, called, and wrapped for a method."""
    found = _in_transaction(
        tmp_path,
        "from django.utils.decorators import method_decorator\n"
        "@transaction.atomic\ndef one():\n    Tag.objects.create()\n"
        "@transaction.atomic(using='other')\ndef two():\n    Tag.objects.count()\n"
        "class View:\n    @method_decorator(transaction.atomic)\n    def post(self):\n        Tag.objects.exists()\n",
    )
    assert found == {"create": True, "count": True, "exists": True}
