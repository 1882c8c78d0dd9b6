"""Several tables of the source that become one, in which a constant of each says which rows are whose."""

from __future__ import annotations

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.cleaning import clean
from strangler_etl.errors import MappingError
from strangler_etl.refreshing.refresh import refresh
from strangler_etl.verification.comparison import DifferenceKind
from strangler_etl.verification.repair import repair
from tests.etl.copied_case import key_of, tamper, verified
from tests.etl.parts_case import CROSSING, ENGINES, OpenedParts, copied_parts, followed_parts

PARTIES = (
    "CREATE TABLE customer (id integer PRIMARY KEY, name varchar(40) NOT NULL, vip boolean)",
    "CREATE TABLE supplier (id integer PRIMARY KEY, title varchar(40) NOT NULL, iban varchar(40))",
    "CREATE TABLE purchase (id integer PRIMARY KEY, supplier_id integer NOT NULL REFERENCES supplier (id))",
    *(f"INSERT INTO customer VALUES ({number}, 'customer {number}', TRUE)" for number in range(1, 8)),
    *(f"INSERT INTO supplier VALUES ({number}, 'supplier {number}', 'DE{number}')" for number in range(1, 6)),
    "INSERT INTO purchase VALUES (1, 1), (2, 2)",
)
MAPPING = """
tables = ["customer", "supplier", "purchase"]
[etl.people]
way_back = false
[etl.people.tables.customer]
target = "party"
columns = { id = { key = "uuid" }, number = { key = "source" }, kind = "'customer'", name = "name", iban = NULL }
[etl.people.tables.supplier]
target = "party"
columns = { id = { key = "uuid" }, number = { key = "source" }, kind = "'supplier'", name = "title", iban = "iban" }
[etl.people.tables.purchase]
columns = { id = { key = "uuid" }, number = { key = "source" }, party_id = { key = "uuid", of = "supplier", \
from = "supplier_id" } }
""".replace("NULL", '"NULL::varchar(40)"')
EXPECTED = (
    "SELECT kind, number, name, iban FROM party ORDER BY kind, number",
    (
        "SELECT 'customer', id, name, NULL FROM customer UNION ALL SELECT 'supplier', id, title, iban FROM supplier"
        " ORDER BY 1, 2"
    ),
)


@pytest.mark.parametrize("opened_parts", [*ENGINES, CROSSING], indirect=True)
def test_two_tables_become_one(opened_parts: OpenedParts) -> None:
    """Rows with the same number stay apart, and each follows its own table."""
    with opened_parts(PARTIES, MAPPING) as migration:
        copied_parts(migration)
        assert verified(migration).clean
        target, source = EXPECTED
        assert migration.target.rows(target) == migration.source.rows(source)
        migration.source.execute("DELETE FROM customer WHERE id IN (1, 4)")
        migration.source.execute("UPDATE supplier SET title = 'new' WHERE id IN (1, 4)")
        migration.source.execute("INSERT INTO customer VALUES (20, 'twenty', FALSE)")
        followed_parts(migration)
        assert migration.target.rows(target) == migration.source.rows(source)
        assert clean(migration) == {"purchase": 2, "party": 11}
        copied_parts(migration)
        assert migration.target.rows(target) == migration.source.rows(source)


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_each_part_is_compared_with_its_own_table(opened_parts: OpenedParts) -> None:
    """A row that changes its kind is missing in one part and too much in the other, and is mended where it is."""
    with opened_parts(PARTIES, MAPPING) as migration:
        copied_parts(migration)
        moved, strange = key_of(1, "supplier"), key_of(77, "nobody")
        tamper(
            migration,
            f"UPDATE party SET kind = 'customer' WHERE id = '{moved}'",
            f"INSERT INTO party (id, number, kind, name) VALUES ('{strange}', 77, 'partner', 'who?')",
            f"UPDATE party SET name = 'wrong' WHERE id = '{key_of(2, 'customer')}'",
        )
        found = verified(migration)
        assert {(one.part, one.kind, one.key) for one in found.differences} == {
            ("customer", DifferenceKind.EXTRA, moved),
            ("supplier", DifferenceKind.MISSING, moved),
            ("customer", DifferenceKind.EXTRA, strange),
            ("customer", DifferenceKind.DIFFERENT, key_of(2, "customer")),
        }
        repair(migration, found.differences)
        assert verified(migration).clean
        assert migration.target.rows("SELECT count(*) FROM purchase") == [(2,)]


@pytest.mark.postgres
@pytest.mark.parametrize("opened_parts", ["postgres postgres"], indirect=True)
def test_a_table_that_is_emptied_takes_its_own_part_only(opened_parts: OpenedParts) -> None:
    """TRUNCATE names no rows."""
    with opened_parts(PARTIES, MAPPING) as migration:
        copied_parts(migration)
        migration.source.execute("TRUNCATE customer")
        migration.source.execute("INSERT INTO customer VALUES (3, 'three', TRUE)")
        followed_parts(migration)
        counts = "SELECT kind, count(*) FROM party GROUP BY kind ORDER BY kind"
        assert migration.target.rows(counts) == [("customer", 1), ("supplier", 5)]


_ID = 'id = { key = "uuid" }'
_NUMBER = 'number = { key = "source" }'


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("supplier", "message"),
    [
        (
            f'{_ID}, {_NUMBER}, kind = "\'Customer \'", name = "title"',
            (
                "nothing in party says which rows are of customer and supplier; let a column tell them apart by a"
                " constant of each: kind = \"'supplier'\""
            ),
        ),
        (
            f'{_ID}, {_NUMBER}, kind = "iban::text", name = "title"',
            (
                "nothing in party says which rows are of customer and supplier; let a column tell them apart by a"
                " constant of each: kind = \"'supplier'\""
            ),
        ),
        (
            f"{_ID}, {_NUMBER}, kind = \"'supplier'\"",
            'supplier does not say what name is; write name = "NULL", or what it is',
        ),
        (
            f'{_ID}, kind = "\'supplier\'", name = "title"',
            "customer keeps its keys in other columns of party",
        ),
        (
            f'{_ID}, {_NUMBER}, kind = "\'supplier\'", name = {{ default = "title" }}',
            "name is a default in one of customer and supplier only",
        ),
    ],
)
def test_rows_that_could_be_taken_for_each_other_are_refused(
    opened_parts: OpenedParts, supplier: str, message: str
) -> None:
    """Before anything is copied, with the place and a remedy."""
    text = f"""
tables = ["customer", "supplier"]
[etl.people]
way_back = false
[etl.people.tables.customer]
target = "party"
columns = {{ {_ID}, {_NUMBER}, kind = "'customer'", name = "name" }}
[etl.people.tables.supplier]
target = "party"
columns = {{ {supplier} }}
"""
    with pytest.raises(MappingError) as caught, opened_parts(PARTIES, text):
        pass
    place, _, what = str(caught.value).partition(": [etl.people.tables.supplier]: ")
    assert what == message
    assert place.startswith("strangler.toml:")


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
def test_keys_that_may_be_the_same_are_refused(opened_parts: OpenedParts) -> None:
    """Copied as they are: customer 1 and supplier 1 would be one row."""
    message = r"rows of customer and supplier may have the same id; let both have keys of their own: id = \{ key = "
    copied = MAPPING.replace(f"{_ID}, {_NUMBER}, kind", 'id = "id", kind')
    with pytest.raises(MappingError, match=message), opened_parts(PARTIES, copied):
        pass


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_a_refresh_mends_each_part(opened_parts: OpenedParts) -> None:
    """A row that was taken for one of the other table is that of its own again, with what refers to it."""
    with opened_parts(PARTIES, MAPPING) as migration:
        copied_parts(migration)
        tamper(
            migration,
            f"UPDATE party SET kind = 'customer' WHERE id = '{key_of(1, 'supplier')}'",
            f"UPDATE party SET kind = 'supplier', name = 'wrong' WHERE id = '{key_of(2, 'customer')}'",
            f"DELETE FROM party WHERE id = '{key_of(5, 'customer')}'",
        )
        refresh(migration, SilentProgress())
        assert verified(migration).clean
        target, source = EXPECTED
        assert migration.target.rows(target) == migration.source.rows(source)
