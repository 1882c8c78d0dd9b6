"""Rows the service owns that take columns of a table the monolith keeps."""

from __future__ import annotations

import pytest

from strangler_etl.following.follower import apply_forward
from tests.etl.copied_case import give_to_v2
from tests.etl.parts_case import CROSSING, ENGINES, OpenedParts, copied_parts, followed_parts

ITEMS = (
    "CREATE TABLE category (id integer PRIMARY KEY, name varchar(40) NOT NULL)",
    "CREATE TABLE item (id integer PRIMARY KEY, category_id integer NOT NULL, title varchar(40) NOT NULL)",
    "INSERT INTO category VALUES (1, 'lamps'), (2, 'chairs')",
    "INSERT INTO item VALUES (1, 1, 'one'), (2, 1, 'two'), (3, 2, 'three')",
)
JOINED = """
tables = ["item"]
[etl.people]
way_back = false
[etl.people.tables.item]
joins = { category = "category.id = item.category_id" }
columns = { id = "id", title = "title", category = "category.name" }
"""


@pytest.mark.parametrize("opened_parts", [*ENGINES, CROSSING], indirect=True)
@pytest.mark.parametrize("change", ["UPDATE category SET name = 'lights'", "DELETE FROM category WHERE id = 2"])
def test_what_the_monolith_keeps_changes_no_row_of_the_service_after_the_cut_over(
    opened_parts: OpenedParts, change: str
) -> None:
    """The rest of such a row is what it was in the monolith before the service has written it: that would be lost."""
    with opened_parts(ITEMS, JOINED) as migration:
        copied_parts(migration)
        migration.source.execute("UPDATE category SET name = 'seats' WHERE id = 2")
        followed_parts(migration)
        assert migration.target.rows("SELECT category FROM item WHERE id = 3") == [("seats",)]
        give_to_v2(migration)
        migration.target.execute("UPDATE item SET title = 'ours'")
        written = migration.target.rows("SELECT * FROM item ORDER BY id")
        migration.source.execute(change)
        apply_forward(migration.source, migration.target, migration.mapping)
        assert migration.target.rows("SELECT * FROM item ORDER BY id") == written
