"""A table that stays on v1 and refers to rows that move stops the way back: that is told before, and at it."""

from __future__ import annotations

import pytest

from strangler.planner.blocking_references import blocking_references, leaving_condition, references_condition
from strangler_etl.errors import ReferredRowError, UnmetReferenceError
from strangler_etl.following.follower import apply_backward
from strangler_etl.planning.plan import plan_etl
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


REPORTS = [
    "CREATE TABLE post (id integer PRIMARY KEY)",
    "CREATE TABLE article (id integer PRIMARY KEY, title text, post_id integer REFERENCES post)",
    "INSERT INTO post VALUES (1), (2), (3)",
    "INSERT INTO article VALUES (1, 'one', 1)",
]
REPORTS_MAPPED = MAPPED.replace('title = "title"', 'title = "title", post_id = "post_id"')


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_the_follower_names_the_rows_whose_parents_v1_has_deleted_and_goes_on_when_they_are_mended(
    opened_parts: OpenedParts,
) -> None:
    """Nothing of the batch is written before; what it says at v2 can be typed, and mends it."""
    with opened_parts(REPORTS, REPORTS_MAPPED) as migration:
        copied_parts(migration)
        give_to_v2(migration)
        migration.source.execute("DELETE FROM post WHERE id > 1")
        migration.target.execute("INSERT INTO article VALUES (7, 'x', 2), (8, 'y', 2), (9, 'z', 3), (10, 'in', 1)")
        with pytest.raises(UnmetReferenceError) as caught:
            apply_backward(migration.source, migration.target, migration.mapping)
        assert caught.value.what == (
            "3 rows of article in v2 (such as 7, 8, 9) refer by post_id to rows of post that are not here: 2, 3"
        )
        deletion = (
            f"DELETE FROM {migration.target.quoted('article')} WHERE {migration.target.quoted('id')} IN ('7', '8', '9')"
        )
        remedy = f"in v2 let them refer to others, or delete them, in {migration.target.address}: {deletion}"
        drop = "; or take the foreign key away here: ALTER TABLE article DROP CONSTRAINT article_post_id_fkey"
        assert caught.value.remedy == remedy + drop * (migration.source.dialect == "postgres")
        assert migration.source.rows("SELECT id FROM article") == [(1,)]
        migration.target.execute(deletion)
        apply_backward(migration.source, migration.target, migration.mapping)
        assert migration.source.rows("SELECT id FROM article ORDER BY id") == [(1,), (10,)]


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_foreign_keys_that_v1_alone_can_check_are_told_before_a_cut_over(opened_parts: OpenedParts) -> None:
    """In the plan of the copy and beside the conditions; not where v2 has a copy of the parent."""
    with opened_parts(REPORTS, REPORTS_MAPPED) as migration:
        condition = leaving_condition(migration)
        assert condition.holds
        assert condition.found.startswith("1 foreign key of tables that move leads to such as v2 has no copy of: ")
        (risk,) = [one for one in plan_etl(migration).tables[0].risks if one.kind == "way back"]
        assert risk.column == "post_id"
        assert risk.what.startswith("of article refers to post, of which v2 has no copy")
    copied = REPORTS_MAPPED + '[etl.people.tables.post]\ncolumns = { id = "id" }\n'
    with opened_parts(REPORTS, copied) as migration:
        assert leaving_condition(migration).found == "v2 has a copy of all that its rows refer to"
