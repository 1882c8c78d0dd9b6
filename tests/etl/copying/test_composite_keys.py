"""Tables whose rows are known by several columns: copied, followed, verified and mended, between whatever engines."""

from __future__ import annotations

import pytest

from strangler.model.authority import Side
from strangler_etl.engine.keys import key_of_parts
from strangler_etl.errors import DatabaseError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.planning.plan import plan_etl
from strangler_etl.values.derived_key import derived_key
from strangler_etl.verification.repair import repair
from strangler_etl.verification.verification import compare_changes
from tests.etl.access_case import COPIED, FOLLOWED, LINES, OpenedAccess, copied_access, require_equal
from tests.etl.copied_case import give_to_v2, tamper, verified


@pytest.mark.parametrize("access", COPIED, indirect=True)
def test_every_row_arrives_and_is_verified(access: OpenedAccess) -> None:
    """In chunks that end anywhere between two rows; what differs later is named by both columns, and mended."""
    with access() as migration:
        assert [table.rows for table in plan_etl(migration).tables if table.source == "line"] == [
            len(migration.source.rows(LINES))
        ]
        copied_access(migration)
        require_equal(migration)
        key = derived_key("account", "7")
        tamper(
            migration,
            f"UPDATE membership SET since = 2 WHERE role = 'a/b' AND account_id = '{key}'",
            "DELETE FROM line WHERE order_id = 14 AND line = 1",
            "INSERT INTO line VALUES (-3, 9, 'lamp')",
        )
        found = verified(migration)
        assert sorted((one.table, one.key, one.kind.value) for one in found.differences) == [
            ("line", "-3/9", "extra"),
            ("line", "14/1", "missing"),
            ("membership", f"a~1b/{key}", "different"),
        ]
        assert [one.origin_key for one in found.differences if one.table == "membership"] == ["a~1b/7"]
        repair(migration, found.differences)
        require_equal(migration)


@pytest.mark.parametrize("access", FOLLOWED, indirect=True)
def test_changes_are_followed(access: OpenedAccess) -> None:
    """Rows that come, change, go, and get another key in one or both columns."""
    with access() as migration:
        copied_access(migration)
        for statement in (
            "INSERT INTO account VALUES (99, 'new')",
            "INSERT INTO membership VALUES ('a/b', 99, 3), ('~', 99, 3)",
            "UPDATE membership SET since = 4 WHERE role = 'a~1b'",
            "UPDATE membership SET account_id = 99 WHERE role = 'admin' AND account_id = 1",
            "UPDATE line SET order_id = order_id + 1000, line = line + 1 WHERE line = 3",
            "DELETE FROM line WHERE line = 0",
            "DELETE FROM membership WHERE account_id = 5",
        ):
            migration.source.execute(statement)
        on_their_way = verified(migration)
        assert on_their_way.clean
        assert [table.pending for table in on_their_way.tables] == [1, 29, 20]
        apply_forward(migration.source, migration.target, migration.mapping)
        require_equal(migration)
        assert compare_changes(migration, Side.V1, None).differences == ()


@pytest.mark.parametrize("access", FOLLOWED, indirect=True)
def test_changes_go_back(access: OpenedAccess) -> None:
    """Those of the service: with rows that are gone together with what their key refers to."""
    with access() as migration:
        copied_access(migration)
        give_to_v2(migration)
        one, two, five, new = (str(derived_key("account", number)) for number in ("1", "2", "5", "77"))
        for statements in (
            (
                f"INSERT INTO account (id, number, name) VALUES ('{new}', 77, 'new')",
                f"INSERT INTO membership VALUES ('a/b', '{new}', 3), ('~', '{one}', 3)",
                f"UPDATE membership SET account_id = '{new}' WHERE role = 'admin' AND account_id = '{one}'",
                f"UPDATE membership SET role = 'z/' WHERE role = 'a/b' AND account_id = '{two}'",
                "UPDATE line SET line = line + 1 WHERE line = 4",
                "DELETE FROM line WHERE line = 0",
            ),
            (f"DELETE FROM membership WHERE account_id = '{five}'", f"DELETE FROM account WHERE id = '{five}'"),
        ):
            for statement in statements:
                migration.target.execute(statement)
            apply_backward(migration.source, migration.target, migration.mapping)
            require_equal(migration)
        assert compare_changes(migration, Side.V2, None).differences == ()


@pytest.mark.parametrize("access", COPIED[::3], indirect=True)
def test_rows_that_do_not_fit_are_set_aside(access: OpenedAccess) -> None:
    """By the text of their key, as the source has it; they are found by it when they are tried again."""
    with access() as migration:
        migration.target.execute("ALTER TABLE line ADD CONSTRAINT few CHECK (line < 4)")
        migration.target.execute("ALTER TABLE membership ADD CONSTRAINT plain CHECK (role <> 'a/b')")
        run = {table.source: table for table in copied_access(migration)}
        assert [reject.key for reject in run["line"].rejects] == ["5/4", "11/4", "17/4"]
        assert {reject.key for reject in run["membership"].rejects} >= {"a~1b/2", "a~1b/7"}
        found = verified(migration)
        assert (found.differing, found.clean) == (0, False)
        migration.target.execute("ALTER TABLE membership DROP CONSTRAINT plain; ALTER TABLE line DROP CONSTRAINT few")
        copied_access(migration)
        require_equal(migration)


@pytest.mark.postgres
@pytest.mark.parametrize("access", FOLLOWED[:1], indirect=True)
def test_rows_that_refer_to_none_are_set_aside(access: OpenedAccess) -> None:
    """Although nothing in the target says which row of the source that is."""
    with access() as migration:
        migration.source.execute("ALTER TABLE membership DROP CONSTRAINT membership_account_id_fkey")
        migration.source.execute("INSERT INTO membership VALUES ('a/b', 500, 1)")
        (members,) = (table for table in copied_access(migration, indexes_last=True) if table.source == "membership")
        assert [(reject.key, "finds no row in account" in reject.reason) for reject in members.rejects] == [
            ("a~1b/500", True)
        ]


@pytest.mark.parametrize("access", FOLLOWED[2:], indirect=True)
def test_a_row_without_all_of_its_key_is_named(access: OpenedAccess) -> None:
    """Whichever way it is to go: nobody could find it again there."""
    with access() as migration:
        copied_access(migration)
        give_to_v2(migration)
        migration.target.execute("PRAGMA foreign_keys = OFF")
        migration.target.execute("INSERT INTO membership VALUES ('admin', 'of nobody', 1)")
        with pytest.raises(DatabaseError, match="the row admin/of nobody of membership has no"):
            apply_backward(migration.source, migration.target, migration.mapping)


def test_a_key_has_one_text() -> None:
    """So that no two keys are one, whatever their columns hold."""
    assert key_of_parts(["a/b", "c"]) == "a~1b/c"
    assert key_of_parts(["a", "b/c"]) == "a/b~1c"
    assert key_of_parts(["a/b"]) == "a/b"
