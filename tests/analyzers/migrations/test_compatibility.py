"""Migrations that the release before cannot live with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from strangler.model.location import Location
from strangler.model.system import Module, ModuleRole, SystemFacts
from strangler.model.tables import Column, Table, TableOrigin
from strangler_analyzers.migrations.compatibility import incompatibilities
from strangler_analyzers.migrations.widening import narrows

_ORDERS = Table(
    "orders_order",
    TableOrigin.DJANGO,
    "shop.orders.models:Order",
    Location("shop/orders/models.py", 1),
    columns=(
        Column("id", "AutoField", primary_key=True),
        Column("note", "CharField", nullable=True, max_length=100),
        Column("customer_id", "ForeignKey"),
        Column("total", "DecimalField"),
        Column("count", "IntegerField"),
    ),
)
_NOTHING = SystemFacts(root="shop", tables=(_ORDERS,))


def _told(
    tmp_path: Path, text: str, before: SystemFacts = _NOTHING, *, tables: tuple[Table, ...] = (_ORDERS,)
) -> list[str]:
    """What a new migration of the app does to what was before."""
    (tmp_path / "0002.py").write_text(text, encoding="utf-8")
    module = Module("shop.orders.migrations.0002", "0002.py", 1, ModuleRole.MIGRATION)
    after = SystemFacts(root="shop", modules=(module,), tables=tables)
    return [item.told for item in incompatibilities(tmp_path, after, before)]


def _django(operation: str) -> str:
    return f"from django.db import migrations\n\nclass Migration:\n    operations = [\n        {operation}\n    ]\n"


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ('migrations.RemoveField("order", "note")', "removes orders_order.note"),
        ('migrations.RemoveField(model_name="order", name="customer")', "removes orders_order.customer_id"),
        ('migrations.RenameField("Order", "note", "text")', "renames orders_order.note"),
        ('migrations.DeleteModel("Order")', "removes orders_order"),
        ('migrations.AlterModelTable("order", "orders")', "renames orders_order"),
        ('migrations.RunSQL([("ALTER TABLE orders_order RENAME TO orders", None)])', "renames orders_order"),
        (
            'migrations.AddField("order", "vat", models.IntegerField(default=0))',
            "adds orders_order.vat, which is not filled by itself",
        ),
        (
            'migrations.AlterField("order", "note", models.CharField(max_length=100))',
            "forbids NULL in orders_order.note",
        ),
        (
            'migrations.AlterField("order", "note", models.CharField(max_length=50, null=True))',
            "makes orders_order.note CharField(50), which was CharField(100)",
        ),
        (
            'migrations.AlterField("order", "total", field=models.FloatField())',
            "makes orders_order.total FloatField, which was DecimalField",
        ),
        (
            'migrations.AddConstraint("order", models.UniqueConstraint(fields=["note", "customer"], name="one"))',
            "refuses rows of orders_order that were allowed",
        ),
        (
            'migrations.AlterUniqueTogether("order", {("note", "total")})',
            "refuses rows of orders_order that were allowed",
        ),
        ('migrations.RunSQL("ALTER TABLE orders_order DROP COLUMN note")', "removes orders_order.note"),
        (
            'migrations.RunSQL(["ALTER TABLE orders_order ALTER note SET NOT NULL"])',
            "forbids NULL in orders_order.note",
        ),
        (
            'migrations.RunSQL("ALTER TABLE orders_order ADD vat int NOT NULL, ADD b int NOT NULL DEFAULT 1")',
            "adds orders_order.vat, which is not filled by itself",
        ),
        (
            'migrations.RunSQL("ALTER TABLE orders_order ALTER COLUMN note TYPE varchar(20)")',
            "makes orders_order.note varchar(20), which was CharField(100)",
        ),
        (
            'migrations.RunSQL(sql="CREATE UNIQUE INDEX CONCURRENTLY one ON orders_order (note)")',
            "refuses rows of orders_order that were allowed",
        ),
    ],
)
def test_what_django_does_at_once_and_the_release_before_relies_on(tmp_path: Path, operation: str, told: str) -> None:
    """Each with the column as the database has it."""
    assert _told(tmp_path, _django(operation)) == [told]


@pytest.mark.parametrize(
    "operation",
    [
        'migrations.AddField("order", "text", models.TextField(null=True))',
        'migrations.AddField("order", "vat", models.IntegerField(db_default=0))',
        'migrations.AddField("order", "tags", models.ManyToManyField("Tag"))',
        'migrations.AlterField("order", "note", models.CharField(max_length=200, null=True))',
        'migrations.AlterField("order", "note", models.TextField(null=True))',
        'migrations.AlterField("order", "count", models.BigIntegerField())',
        'migrations.AlterField("order", "note", fields.OfTheirOwn(null=True))',
        'migrations.RemoveField("order", "gone_in_an_earlier_release")',
        'migrations.DeleteModel("Gone")',
        'migrations.RenameModel("Order", "Purchase")',  # Its table keeps the name: a db_table says so.
        'migrations.AlterUniqueTogether("order", set())',
        'migrations.AddConstraint("order", models.UniqueConstraint(fields=["new", "customer"], name="one"))',
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("order", "note")])',
        'migrations.RunSQL("CREATE TABLE t (id int)", reverse_sql="DROP TABLE orders_order")',
        'migrations.RunSQL("CREATE TABLE t (id int)", "DROP TABLE orders_order")',
        'migrations.RunSQL("ALTER TABLE orders_order ALTER note TYPE varchar(200)")',
        "migrations.RunPython(nowhere)",
        "migrations.RunSQL(migrations.RunSQL.noop)",
        'migrations.RemoveField("order", "note")  # incompatible: deployed with the shop closed, SHOP-312',
    ],
)
def test_what_the_release_before_can_live_with(tmp_path: Path, operation: str) -> None:
    """Columns that may be left out, wider types, what it does not know any more, and what is let be with a reason."""
    assert _told(tmp_path, _django(operation)) == []


def test_a_table_that_loses_its_name_is_renamed(tmp_path: Path) -> None:
    """The map of now does not have it."""
    assert _told(tmp_path, _django('migrations.RenameModel("Order", "Purchase")'), tables=()) == [
        "renames orders_order"
    ]


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ('"note", models.CharField(max_length=100, null=True, unique=True)', "asks for unique values of"),
        ('"note", models.CharField(max_length=120, null=True)', ""),
        ('"customer", models.OneToOneField("Customer")', "asks for unique values of"),
        ('"count", models.IntegerField(unique=True, help_text="as before")', ""),
        ('"count", models.IntegerField(unique=True, db_column="number")', "moves"),
        ('"sum", models.DecimalField(max_digits=8, decimal_places=2)', "moves"),
        ('"sum", models.DecimalField(max_digits=8, decimal_places=1, db_column="total")', "takes fewer digits in"),
        ('"total", models.DecimalField(max_digits=6, decimal_places=2)', "takes fewer digits in"),
        ('"total", models.DecimalField(max_digits=9, decimal_places=1)', "takes fewer digits in"),
        ('"total", models.DecimalField(max_digits=9, decimal_places=2)', ""),
    ],
)
def test_what_the_map_does_not_say_of_a_field_its_last_migration_says(
    tmp_path: Path, operation: str, told: str
) -> None:
    """Whether its values are unique, and how many digits it has."""
    (tmp_path / "0001.py").write_text(FIRST, encoding="utf-8")
    first = Module("shop.orders.migrations.0001", "0001.py", 1, ModuleRole.MIGRATION)
    before = SystemFacts(root="shop", modules=(first,), tables=(_ORDERS,))
    (tmp_path / "0002.py").write_text(_django(f'migrations.AlterField("order", {operation})'), encoding="utf-8")
    second = Module("shop.orders.migrations.0002", "0002.py", 1, ModuleRole.MIGRATION)
    after = SystemFacts(root="shop", modules=(first, second), tables=(_ORDERS,))
    found = [item.kind.value for item in incompatibilities(tmp_path, after, before)]
    assert found == ([told] if told else [])


FIRST = """
migrations.CreateModel("Order", fields=[
    ("note", models.CharField(max_length=100)),
    ("total", models.DecimalField(max_digits=8, decimal_places=2)),
    ("customer", models.ForeignKey("Customer")),
    ("sum", models.DecimalField(max_digits=8, decimal_places=2, db_column="total")),
    ("count", models.IntegerField()),
])
migrations.AlterField(model_name="order", name="count", field=models.IntegerField(unique=True))
"""


FUNCTIONS = """
def forwards(apps, schema_editor):
    schema_editor.execute("ALTER TABLE orders_order DROP COLUMN note")

def backwards(apps, schema_editor):
    schema_editor.execute("DROP TABLE orders_order")

migrations.RunPython(forwards, backwards)
"""


@pytest.mark.parametrize(
    "text",
    [
        'TABLE = "orders_order"\nSQL = f"ALTER TABLE {TABLE} DROP COLUMN note"\nmigrations.RunSQL(SQL)',
        FUNCTIONS,
        'migrations.RunSQL(dedent("ALTER TABLE orders_order DROP COLUMN note"), migrations.RunSQL.noop)',
        'def upgrade():\n    op.execute(sa.text("ALTER TABLE orders_order DROP COLUMN note"))',
        'migrations.RemoveField("order", "note")',
    ],
)
def test_a_statement_is_found_where_it_stands(tmp_path: Path, text: str) -> None:
    """In a constant, put together, in a function that runs forwards."""
    assert _told(tmp_path, text) == ["removes orders_order.note"]


@pytest.mark.parametrize(
    "text",
    [
        'migrations.RunSQL(Path("x.sql").read_text().replace(*PAIR))',
        'migrations.RunSQL(f"ALTER TABLE {table()} DROP COLUMN note")',
        'migrations.RunSQL("ALTER TABLE orders_order ALTER (((")',
        "def forwards(apps, schema_editor):\n    schema_editor.execute(each)\n\nmigrations.RunPython(forwards)",
        "def upgrade():\n    op.execute(statement)",
    ],
)
def test_sql_that_is_not_known_is_no_good_news(tmp_path: Path, text: str) -> None:
    """A check that says nothing is taken for one that found nothing."""
    assert _told(tmp_path, text) == ["runs SQL that is not read here"]


def test_the_table_of_a_many_to_many_field_goes_with_it(tmp_path: Path) -> None:
    """It has no column in the model's own."""
    pairs = Table("orders_order_tags", TableOrigin.DJANGO, None, None)
    before = SystemFacts(root="shop", tables=(_ORDERS, pairs))
    assert _told(tmp_path, _django('migrations.RemoveField("order", "tags")'), before) == ["removes orders_order_tags"]


@pytest.mark.parametrize(
    "text",
    [
        '# incompatible: nobody is there\nmigrations.RemoveField("order", "note")',
        'migrations.RemoveField(\n    "order", "note"\n),  # incompatible: nobody is there',
        'migrations.RunSQL("""\n-- incompatible: nobody is there\nDROP TABLE orders_order""")',
    ],
)
def test_a_reason_may_stand_above_and_in_any_line_of_the_step(tmp_path: Path, text: str) -> None:
    """Where a formatter puts it, and where SQL has its comments."""
    assert _told(tmp_path, text) == []


def test_a_reason_is_for_one_step(tmp_path: Path) -> None:
    """What stands behind the step above says nothing of the next one."""
    text = 'migrations.RemoveField("order", "note"),  # incompatible: nobody is there\nmigrations.DeleteModel("Order")'
    assert _told(tmp_path, text) == ["removes orders_order"]


def test_a_field_with_a_column_of_its_own_keeps_it_when_it_is_renamed(tmp_path: Path) -> None:
    """As Django does."""
    (tmp_path / "0001.py").write_text(FIRST, encoding="utf-8")
    first = Module("shop.orders.migrations.0001", "0001.py", 1, ModuleRole.MIGRATION)
    before = SystemFacts(root="shop", modules=(first,), tables=(_ORDERS,))
    assert _told(tmp_path, _django('migrations.RenameField("order", "sum", "amount")'), before) == []
    assert _told(tmp_path, _django('migrations.RemoveField("order", "sum")'), before) == ["removes orders_order.total"]


def test_a_squashed_migration_of_what_has_run_does_not_run(tmp_path: Path) -> None:
    """Django takes it for done where all that it replaces is; one that replaces more is judged."""
    first = Module("shop.orders.migrations.0001", "0001.py", 1, ModuleRole.MIGRATION)
    before = SystemFacts(root="shop", modules=(first,), tables=(_ORDERS,))
    text = _django('migrations.DeleteModel("Order")')
    assert _told(tmp_path, f'replaces = [("orders", "0001")]\n{text}', before) == []
    assert _told(tmp_path, f'replaces = [("orders", "0001"), ("orders", "0001a")]\n{text}', before)


def test_a_reason_has_to_be_given(tmp_path: Path) -> None:
    """An empty excuse is none."""
    assert _told(tmp_path, _django('migrations.RemoveField("order", "note")  # incompatible:'))


ALEMBIC = """
from alembic import op
import sqlalchemy as sa

def upgrade():
    op.add_column("orders_order", sa.Column("a", sa.Integer(), nullable=False))
    op.add_column("orders_order", sa.Column("b", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("orders_order", sa.Column("c", sa.Integer()))
    with op.batch_alter_table("orders_order") as batch_op:
        batch_op.drop_column("note")
        batch_op.alter_column("total", new_column_name="sum")
        batch_op.create_unique_constraint("one", ["count"])
        batch_op.create_index("two", ["c"], unique=True)
    op.alter_column("orders_order", "note", nullable=False, type_=sa.Integer())
    op.create_index("three", "orders_order", ["count"], unique=False)
    op.execute("ALTER TABLE orders_order RENAME COLUMN count TO number")
    op.drop_table("orders_order")

def downgrade():
    op.drop_column("orders_order", "total")
"""


def test_what_alembic_does_in_an_upgrade(tmp_path: Path) -> None:
    """Batches have the table of their block; what a downgrade does is done when a release is taken back."""
    columns = tuple(replace(each, type="String") if each.name == "note" else each for each in _ORDERS.columns)
    before = SystemFacts(root="shop", tables=(replace(_ORDERS, columns=columns),))
    assert _told(tmp_path, ALEMBIC, before) == [
        "adds orders_order.a, which is not filled by itself",
        "removes orders_order.note",
        "renames orders_order.total",
        "refuses rows of orders_order that were allowed",
        "makes orders_order.note Integer, which was String(100)",
        "forbids NULL in orders_order.note",
        "renames orders_order.count",
        "removes orders_order",
    ]


def test_migrations_of_the_release_before_have_run(tmp_path: Path) -> None:
    """What they did the release knows."""
    module = Module("shop.orders.migrations.0002", "0002.py", 1, ModuleRole.MIGRATION)
    before = SystemFacts(root="shop", modules=(module,), tables=(_ORDERS,))
    assert _told(tmp_path, _django('migrations.DeleteModel("Order")'), before) == []


@pytest.mark.parametrize("text", ["def (", "\x00", "op.drop_table(", "class Migration: operations = None"])
def test_what_can_not_be_read_does_nothing(tmp_path: Path, text: str) -> None:
    """The analysis has reported it."""
    assert _told(tmp_path, text) == []


def test_narrower_is_what_refuses_a_value_that_was_taken() -> None:
    """By length where both are said, by kind where both are known."""
    assert narrows(("CharField", 20), ("CharField", 10))
    assert narrows(("BigIntegerField", 0), ("IntegerField", 0))
    assert narrows(("URLField", 0), ("CharField", 100))
    assert not narrows(("CharField", 0), ("CharField", 10))
    assert not narrows(("CharField", 10), ("TextField", 0))
    assert not narrows(("Mystery", 0), ("IntegerField", 0))
