"""The tables that migrations touch."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler_analyzers.migrations.operations import NamedModel, NamedTable, operations
from strangler_analyzers.migrations.table_changes import table_changes
from tests.analyzers.source_tree import facts_of
from tests.sample_monolith import ROOT, sample_facts

_MODEL = "from django.db import models\n\n\nclass {name}(models.Model):\n    text = models.TextField()\n"
_MIGRATION = """
from django.db import migrations

HIDE = "UPDATE reviews_review SET text = ''"


def fill(apps, schema_editor):
    Stock = apps.get_model("stock", "Stock")
    Stock.objects.update(text="")


class Migration(migrations.Migration):
    operations = [
        migrations.AddField(model_name="order", name="note", field=None),
        migrations.RunSQL([HIDE, ("DELETE FROM stock_stock WHERE id = %s", [1])], migrations.RunSQL.noop),
        migrations.RunPython(fill),
        migrations.RunSQL(sql="SELECT 1 FROM nobodys_table"),
    ]
"""


def test_models_statements_and_functions_are_followed_to_their_tables(tmp_path: Path) -> None:
    """Each table once for each migration, at the first place; tables nobody knows are none."""
    facts = facts_of(
        tmp_path,
        {
            "shop/settings.py": 'INSTALLED_APPS = ["shop.orders", "shop.reviews", "shop.stock"]\n',
            "shop/orders/models.py": _MODEL.format(name="Order"),
            "shop/reviews/models.py": _MODEL.format(name="Review"),
            "shop/stock/models.py": _MODEL.format(name="Stock"),
            "shop/orders/migrations/0002_note.py": _MIGRATION,
        },
    )
    found = [(item.table, item.operation, item.location.line) for item in table_changes(tmp_path, facts)]
    assert found == [
        ("orders_order", "AddField", 13),
        ("reviews_review", "RunSQL UPDATE", 14),
        ("stock_stock", "RunPython", 7),
    ]


@pytest.mark.parametrize(
    ("text", "touched"),
    [
        ('op.add_column("orders", Column("note"))', [NamedTable("orders")]),
        (
            'op.create_foreign_key("fk", "orders", "reviews", ["a"], ["b"])',
            [NamedTable("orders"), NamedTable("reviews")],
        ),
        ('op.drop_constraint("fk", table_name="orders")', [NamedTable("orders")]),
        ('op.execute(sa.text("UPDATE reviews SET a = 1"))', [NamedTable("reviews")]),
        ('op.execute("CREATE TABLE votes (id int)")', [NamedTable("votes")]),
        (
            'op.execute("CREATE TABLE votes (review int REFERENCES reviews (id))")',
            [NamedTable("votes"), NamedTable("reviews")],
        ),
        (
            'op.execute("ALTER TABLE votes ADD FOREIGN KEY (a) REFERENCES reviews (b)")',
            [NamedTable("votes"), NamedTable("reviews")],
        ),
        (
            'op.create_table("votes", sa.Column("review", sa.Integer, sa.ForeignKey("shop.reviews.id")))',
            [NamedTable("votes"), NamedTable("reviews")],
        ),
        (
            'op.create_table("votes", ForeignKeyConstraint(["a", "b"], ["reviews.a", "reviews.b"]))',
            [NamedTable("votes"), NamedTable("reviews"), NamedTable("reviews")],
        ),
        ('models.ForeignKey("orders.Order", models.CASCADE)', []),
        ('op.execute(f"DELETE FROM reviews WHERE id = {x}")', [NamedTable("reviews")]),
        ('apps.get_model("reviews.Review")', [NamedModel("reviews", "Review")]),
        ('migrations.CreateModel(name="Vote", fields=[])', [NamedModel(None, "Vote")]),
        ('migrations.AddField("vote", "value", None)', [NamedModel(None, "vote")]),
        ("print('UPDATE reviews SET a = 1')", []),
        ("op.add_column(", []),
    ],
)
def test_each_operation_names_what_it_touches(text: str, touched: list[NamedTable | NamedModel]) -> None:
    """Of Django and of Alembic; what is no operation touches nothing."""
    assert [item.touched for item in operations(text)] == touched


def test_migrations_of_the_sample_touch_their_own_tables() -> None:
    """The data migration of the reviews is one of them."""
    found = {(item.module, item.table) for item in table_changes(ROOT, sample_facts())}
    assert ("shop.reviews.migrations.0003_rating_from_score", "reviews_review") in found
    assert all(table.startswith(module.split(".")[1]) for module, table in found)
