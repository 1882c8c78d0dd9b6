"""Rows are followed in an order that foreign keys allow which are checked at once."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.errors import BackfillError, RowRefusedError
from strangler_etl.following.follower import Applied, apply_forward
from strangler_etl.migration import Migration
from strangler_etl.verification.repair import repair
from tests.etl.copied_case import tamper, verified
from tests.etl.pair import OpenedPair

pytestmark = pytest.mark.postgres

_TABLES = """
CREATE TABLE node (id bigint PRIMARY KEY, next_id bigint, team_id bigint NOT NULL);
CREATE TABLE team (id bigint PRIMARY KEY, lead_id bigint);
"""
_KEYS = """
ALTER TABLE node ADD FOREIGN KEY (next_id) REFERENCES node;
ALTER TABLE node ADD FOREIGN KEY (team_id) REFERENCES team;
ALTER TABLE team ADD FOREIGN KEY (lead_id) REFERENCES node;
"""
_MAPPING = """
[etl.things.tables.node]
target = "node"
columns = { id = { key = "source" }, next_id = "next_id", team_id = "team_id" }
[etl.things.tables.team]
target = "team"
columns = { id = { key = "source" }, lead_id = "lead_id" }
"""


@pytest.fixture
def nodes(opened_pair: OpenedPair) -> Generator[Migration]:
    """Two teams with a node each, copied; only the target has foreign keys."""
    rows = "INSERT INTO team VALUES (1, 1), (2, 2); INSERT INTO node VALUES (1, NULL, 1), (2, NULL, 2);"
    with opened_pair(_TABLES + rows, _TABLES + _KEYS, _MAPPING) as migration:
        backfill(migration, SilentProgress())
        yield migration


def _followed(migration: Migration, *statements: str) -> Applied:
    with migration.source.transaction():
        for statement in statements:
            migration.source.execute(statement)
    applied = apply_forward(migration.source, migration.target, migration.mapping)
    assert verified(migration).clean
    return applied


def test_a_row_leaves_a_parent_that_goes(nodes: Migration) -> None:
    """The parent can only be deleted after its child was written."""
    applied = _followed(
        nodes,
        "UPDATE team SET lead_id = 2 WHERE id = 1",
        "UPDATE node SET team_id = 1 WHERE id = 2",
        "DELETE FROM node WHERE id = 1",
        "DELETE FROM team WHERE id = 2",
    )
    assert (applied.upserted, applied.deleted) == (2, 2)


@pytest.mark.parametrize("direction", ["10 + n + 1", "10 + n - 1"], ids=["later rows", "earlier rows"])
def test_rows_refer_to_rows_of_their_own_table(nodes: Migration, direction: str) -> None:
    """A chain of new rows, then without its first half, then none of it."""
    ends = "n IN (1, 90)"
    applied = _followed(
        nodes,
        f"INSERT INTO node SELECT 10 + n, CASE WHEN NOT {ends} THEN {direction} END, 1 FROM generate_series(1, 90) n",
    )
    assert applied.upserted == 90
    _followed(
        nodes,
        "UPDATE node SET next_id = NULL WHERE id = 60",
        "DELETE FROM node WHERE id BETWEEN 11 AND 59 AND next_id > id",
    )
    assert (
        _followed(nodes, "UPDATE node SET next_id = NULL WHERE id > 10", "DELETE FROM node WHERE id > 10").deleted > 0
    )


def test_tables_refer_to_each_other(nodes: Migration) -> None:
    """A new node is of a new team, which an old node leads."""
    assert _followed(nodes, "INSERT INTO team VALUES (3, 2)", "INSERT INTO node VALUES (3, 3, 3)").upserted == 2


def test_two_new_rows_that_refer_to_each_other_are_refused_whole(nodes: Migration) -> None:
    """Neither can be first; the follower says which key, and nothing is half done."""
    nodes.source.execute("INSERT INTO team VALUES (3, 3)")
    nodes.source.execute("INSERT INTO node VALUES (3, NULL, 3)")
    nodes.source.execute("INSERT INTO node VALUES (4, NULL, 1)")
    with pytest.raises(RowRefusedError, match="violates foreign key constraint"):
        apply_forward(nodes.source, nodes.target, nodes.mapping)
    assert nodes.target.rows("SELECT count(*) FROM node") == [(2,)]


def test_a_repair_keeps_to_the_order_too(nodes: Migration) -> None:
    """A row nobody knows has a child that is somebody else's."""
    tamper(nodes, "INSERT INTO node VALUES (9, NULL, 2)", "UPDATE team SET lead_id = 9 WHERE id = 1")
    assert repair(nodes, verified(nodes).differences) == 2
    assert verified(nodes).clean


@pytest.mark.parametrize("when", ["", "DEFERRABLE INITIALLY DEFERRED"], ids=["at once", "at commit"])
def test_a_row_that_a_table_of_the_service_refers_to_can_not_be_set_aside(opened_pair: OpenedPair, when: str) -> None:
    """The run says which key is in the way, and what to do; it goes on when that is done."""
    target = f"{_TABLES}{_KEYS} CREATE TABLE badge (node bigint PRIMARY KEY REFERENCES node {when});"
    rows = "INSERT INTO team VALUES (1, NULL); INSERT INTO node VALUES (1, 7, 1);"
    with opened_pair(_TABLES + rows, target, _MAPPING) as migration:
        migration.target.execute(
            "CREATE FUNCTION badge() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN INSERT INTO badge VALUES (NEW.id); RETURN NULL; END';"
            "CREATE TRIGGER badge AFTER INSERT ON node FOR EACH ROW EXECUTE FUNCTION badge()"
        )
        with pytest.raises(BackfillError, match=r"\(.*node_next_id_fkey.*\) cannot be set aside: .*badge_node_fkey"):
            backfill(migration, SilentProgress())
        migration.source.execute("UPDATE node SET next_id = 1")
        backfill(migration, SilentProgress())
        assert verified(migration).clean
