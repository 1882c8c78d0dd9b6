"""A row that leaves a parent which goes is followed with everything below it, whatever keys do by themselves."""

from __future__ import annotations

import pytest

from strangler.model.authority import Authority, Side
from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.engine.database import Database
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration
from strangler_etl.records.authority import replace_authority
from strangler_etl.run.rejects import read_rejects
from tests.etl.copied_case import tamper, verified
from tests.etl.pair import OpenedPair

pytestmark = pytest.mark.postgres

_TREE = """
CREATE TABLE team (id bigint PRIMARY KEY);
CREATE TABLE node (id bigint PRIMARY KEY, team_id bigint NOT NULL REFERENCES team {action});
CREATE TABLE badge (id bigint PRIMARY KEY, node_id bigint NOT NULL REFERENCES node {action});
"""
_ROWS = """
INSERT INTO team VALUES (1), (2);
INSERT INTO node VALUES (1, 1), (2, 2), (3, 2);
INSERT INTO badge VALUES (1, 1), (2, 2), (3, 3);
"""
_MAPPING = """
[etl.things.tables.team]
target = "team"
columns = { id = { key = "source" } }
[etl.things.tables.node]
target = "node"
columns = { id = { key = "source" }, team_id = "team_id" }
[etl.things.tables.badge]
target = "badge"
columns = { id = { key = "source" }, node_id = "node_id" }
"""
_OWN = """
ALTER TABLE node ADD COLUMN color text DEFAULT 'grey';
CREATE SCHEMA app;
CREATE TABLE app."The Note" (badge_id bigint REFERENCES badge ON DELETE CASCADE, said text);
CREATE TABLE mark (a int, b int, badge_id bigint REFERENCES badge ON DELETE SET NULL, PRIMARY KEY (a, b));
"""
_OWN_ROWS = (
    "UPDATE node SET color = 'red'",
    "INSERT INTO app.\"The Note\" SELECT id, 'of ' || id FROM badge",
    "INSERT INTO app.\"The Note\" SELECT id, 'of ' || id FROM badge",
    "INSERT INTO mark SELECT 1, id, id FROM badge",
)


def _moved_and_deleted(database: Database) -> None:
    with database.transaction():
        database.execute("UPDATE node SET team_id = 1 WHERE id = 2")
        database.execute("DELETE FROM badge WHERE node_id = 3")
        database.execute("DELETE FROM node WHERE id = 3")
        database.execute("DELETE FROM team WHERE id = 2")


@pytest.mark.parametrize("when", ["", "DEFERRABLE INITIALLY DEFERRED"], ids=["at once", "at commit"])
def test_what_did_not_change_stays(opened_pair: OpenedPair, when: str) -> None:
    """With it stay columns and rows that only the target has; those of rows that are gone go."""
    action = f"ON DELETE CASCADE {when}"
    with opened_pair(_TREE.format(action="") + _ROWS, _TREE.format(action=action) + _OWN, _MAPPING) as migration:
        backfill(migration, SilentProgress())
        tamper(migration, *_OWN_ROWS)
        _moved_and_deleted(migration.source)
        apply_forward(migration.source, migration.target, migration.mapping)
        target = migration.target
        assert target.rows("SELECT id, color FROM node ORDER BY 1") == [(1, "red"), (2, "red")]
        notes = [(1, "of 1"), (1, "of 1"), (2, "of 2"), (2, "of 2")]
        assert target.rows('SELECT * FROM app."The Note" ORDER BY 1') == notes
        assert target.rows("SELECT b, badge_id FROM mark ORDER BY 1") == [(1, 1), (2, 2), (3, None)]
        assert verified(migration).clean


def test_the_way_back_leaves_the_monolith_s_own_rows_too(opened_pair: OpenedPair) -> None:
    """The monolith's tables have such keys as well, and columns that the service does not know."""
    tree = _TREE.format(action="ON DELETE CASCADE")
    with opened_pair(tree + _ROWS + _OWN, _TREE.format(action=""), _MAPPING) as migration:
        backfill(migration, SilentProgress())
        _tamper_source(migration, *_OWN_ROWS)
        _give_to_v2(migration)
        _moved_and_deleted(migration.target)
        apply_backward(migration.source, migration.target, migration.mapping)
        source = migration.source
        assert source.rows("SELECT * FROM badge ORDER BY 1") == [(1, 1), (2, 2)]
        assert source.rows("SELECT id, color FROM node ORDER BY 1") == [(1, "red"), (2, "red")]
        assert source.rows("SELECT b, badge_id FROM mark ORDER BY 1") == [(1, 1), (2, 2), (3, None)]


def _tamper_source(migration: Migration, *statements: str) -> None:
    """Change the source without its journal."""
    with migration.source.transaction(applying=True):
        for statement in statements:
            migration.source.execute(statement)


def _give_to_v2(migration: Migration) -> None:
    replace_authority(migration.source, Authority("things"), Authority("things", Side.V2, 2))
    with migration.target.transaction():
        migration.target.fence.open(migration.target_tables)


def test_keys_of_their_own_are_kept(opened_pair: OpenedPair) -> None:
    """Of a derived key nobody can tell which row it was of; it need not be told."""
    target = _TREE.format(action="ON DELETE CASCADE").replace("bigint", "uuid").replace(" (id", " (number bigint, id")
    key = 'id = { key = "uuid" }, number = { key = "source" }'
    mapping = _MAPPING.replace('id = { key = "source" }', key)
    for column, parent in (("team_id", "team"), ("node_id", "node")):
        mapping = mapping.replace(f'{column} = "{column}"', f'{column} = {{ key = "uuid", of = "{parent}" }}')
    with opened_pair(_TREE.format(action="") + _ROWS, target, mapping) as migration:
        backfill(migration, SilentProgress())
        _moved_and_deleted(migration.source)
        apply_forward(migration.source, migration.target, migration.mapping)
        assert migration.target.rows("SELECT count(*) FROM badge") == [(2,)]
        assert verified(migration).clean


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL", "SET DEFAULT"])
def test_rows_below_rows_of_their_own_table_stay(opened_pair: OpenedPair, action: str) -> None:
    """A branch is moved to another root, and its old root deleted."""
    made = "CREATE TABLE n (id int PRIMARY KEY, up int REFERENCES n{});"
    rows = "INSERT INTO n VALUES (1, NULL), (2, NULL), (3, 2), (4, 3), (5, 4);"
    mapping = '[etl.things.tables.n]\ntarget = "n"\ncolumns = { id = { key = "source" }, up = "up" }'
    with opened_pair(made.format("") + rows, made.format(f" ON DELETE {action}"), mapping) as migration:
        backfill(migration, SilentProgress())
        with migration.source.transaction():
            migration.source.execute("UPDATE n SET up = 1 WHERE id = 3")
            migration.source.execute("DELETE FROM n WHERE id = 2")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert migration.target.rows("SELECT * FROM n ORDER BY 1") == [(1, None), (3, 1), (4, 3), (5, 4)]
        assert verified(migration).clean


def test_keys_that_only_differ_by_case_take_nothing_along(opened_pair: OpenedPair) -> None:
    """For the database the parent that goes and the one that comes have the same key."""
    made = """
    CREATE EXTENSION IF NOT EXISTS citext;
    CREATE TABLE t (id citext PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, t_id citext{});
    """
    mapping = """
    [etl.things.tables.t]
    target = "t"
    columns = { id = { key = "source" } }
    [etl.things.tables.c]
    target = "c"
    columns = { id = { key = "source" }, t_id = "t_id" }
    """
    own = "CREATE TABLE own (t_id citext REFERENCES t ON DELETE CASCADE);"
    keyed = made.format(" REFERENCES t ON DELETE CASCADE") + own
    rows = "INSERT INTO t VALUES ('A'); INSERT INTO c VALUES (1, 'A');"
    with opened_pair(made.format("") + rows, keyed, mapping.replace("\n    ", "\n")) as migration:
        backfill(migration, SilentProgress())
        tamper(migration, "INSERT INTO own VALUES ('A')")
        migration.source.execute("UPDATE t SET id = 'a'")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert migration.target.rows("SELECT id::text FROM t") == [("a",)]
        assert migration.target.rows("SELECT t_id::text FROM c") == [("A",)]
        assert migration.target.rows("SELECT count(*) FROM own") == [(1,)]
        assert verified(migration).clean


def test_a_row_that_the_source_keeps_without_its_parent_is_not_lost_silently(opened_pair: OpenedPair) -> None:
    """The source has no such key, so it may keep a row without its parent; the target cannot."""
    bare = _TREE.replace("REFERENCES team {action}", "").replace("REFERENCES node {action}", "")
    with opened_pair(bare + _ROWS, _TREE.format(action="ON DELETE CASCADE"), _MAPPING) as migration:
        backfill(migration, SilentProgress())
        migration.source.execute("DELETE FROM node WHERE id = 2")
        assert apply_forward(migration.source, migration.target, migration.mapping).set_aside
        aside = {(one.table, one.reason.split(" finds")[0]) for one in read_rejects(migration.target, "things")}
        assert ("badge", "the foreign key node_id") in aside
        found = verified(migration)
        assert (found.differing, found.clean) == (0, False)


def test_rows_in_the_same_place_of_two_partitions_are_two(opened_pair: OpenedPair) -> None:
    """Nothing but its place tells a row without a key from others, and every partition has a first one."""
    tables = "CREATE TABLE team (id text PRIMARY KEY, name text);"
    notes = """
    CREATE TABLE note (team_id text REFERENCES team ON DELETE CASCADE, year int) PARTITION BY LIST (year);
    CREATE TABLE note_1 PARTITION OF note FOR VALUES IN (1);
    CREATE TABLE note_2 PARTITION OF note FOR VALUES IN (2);
    """
    mapping = """
[etl.things.tables.team]
target = "team"
columns = { id = { key = "source" }, name = "name" }
"""
    rows = "INSERT INTO team VALUES ('a', 'old'), ('b', 'old');"
    with opened_pair(tables + rows, tables + notes, mapping) as migration:
        backfill(migration, SilentProgress())
        migration.target.execute("INSERT INTO note VALUES ('a', 1), ('b', 2)")
        migration.source.execute("DELETE FROM team WHERE id = 'b'")
        migration.source.execute("UPDATE team SET name = 'new'")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert migration.target.rows("SELECT * FROM note") == [("a", 1)]
        assert verified(migration).clean
