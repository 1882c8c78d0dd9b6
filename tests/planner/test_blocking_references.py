"""A table that stays on v1 and refers to rows that move stops the way back: that is told before, and at it."""

from __future__ import annotations

import pytest

from strangler.planner.blocking_references import blocking_references, references_condition
from strangler_etl.errors import ReferredRowError
from strangler_etl.following.follower import apply_backward
from tests.etl.copied_case import give_to_v2
from tests.etl.parts_case import ENGINES, OpenedParts, copied_parts

ARTICLE = "CREATE TABLE article (id integer PRIMARY KEY, title text UNIQUE)"
MAPPED = """
tables = ["article"]
[etl.people.tables.article]
columns = { id = "id", title = "title" }
"""


def _keys(*references: str) -> list[str]:
    tables = [f"CREATE TABLE ticket{number} (id integer PRIMARY KEY, article_id integer {reference})"
              for number, reference in enumerate(references)]  # fmt: skip
    return [ARTICLE, *tables, "INSERT INTO article VALUES (1, 'one'), (2, 'two'), (3, 'three')"]


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_the_follower_names_the_rows_that_keep_one_and_goes_on_without_them(opened_parts: OpenedParts) -> None:
    """Whether the constraint is checked at once or at the end; nothing of the batch is written before."""
    statements = _keys("REFERENCES article", "REFERENCES article DEFERRABLE INITIALLY DEFERRED")
    with opened_parts([*statements, "INSERT INTO ticket1 VALUES (7, 2), (8, 2), (9, 3)"], MAPPED) as migration:
        copied_parts(migration)
        give_to_v2(migration)
        migration.target.execute("DELETE FROM article WHERE id <= 2")
        with pytest.raises(ReferredRowError) as caught:
            apply_backward(migration.source, migration.target, migration.mapping)
        assert caught.value.what == (
            "rows of article were deleted on the other side, and 2 rows of ticket1 (such as id 7), by article_id"
            " still refer to them here"
        )
        remedy = "delete those rows, or let them refer to others"
        drop = "; or take the foreign key away: ALTER TABLE ticket1 DROP CONSTRAINT ticket1_article_id_fkey"
        assert caught.value.remedy == remedy + drop * (migration.source.dialect == "postgres")
        assert migration.source.rows("SELECT count(*) FROM article") == [(3,)]
        migration.source.execute("UPDATE ticket1 SET article_id = NULL WHERE article_id = 2")
        apply_backward(migration.source, migration.target, migration.mapping)
        assert migration.source.rows("SELECT id FROM article") == [(3,)]


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_foreign_keys_that_keep_rows_are_a_condition_of_a_cut_over(opened_parts: OpenedParts) -> None:
    """Not those that act by themselves, nor where nothing goes back; force alone does not waive it."""
    actions = ("", "ON DELETE RESTRICT", "ON DELETE CASCADE", "ON DELETE SET NULL")
    with opened_parts(_keys(*(f"REFERENCES article {action}" for action in actions)), MAPPED) as migration:
        found = blocking_references(migration)
        assert [(one.child, one.on_delete) for one in found] == [("ticket0", "NO ACTION"), ("ticket1", "RESTRICT")]
        condition = references_condition("people", found)
        assert (condition.holds, condition.waivable) == (False, False)
        assert condition.found.startswith("2 foreign keys of tables that stay keep rows that v2 may delete: ticket0")
        assert condition.found.endswith("once it does, nothing goes back and rollback is refused")
        assert "strangler cutover people --accept-blocking-references" in condition.mend
        dropped = "ALTER TABLE ticket0 DROP CONSTRAINT ticket0_article_id_fkey" in condition.mend
        assert dropped == (migration.source.dialect == "postgres")
    assert references_condition("people", ()).holds
    one_way = MAPPED.replace(
        "[etl.people.tables.article]", "[etl.people]\nway_back = false\n[etl.people.tables.article]"
    )
    with opened_parts(_keys("REFERENCES article"), one_way) as migration:
        assert blocking_references(migration) == ()
