"""Rows may refer to rows that come later; in the end every foreign key holds, and who refers to none is set aside."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler_etl.copying import backfill as backfill_module
from strangler_etl.copying.backfill import CopiedTable, backfill
from strangler_etl.copying.cleaning import clean
from strangler_etl.engine.schema import Reference
from strangler_etl.errors import BackfillError, DatabaseError, TooManyRejectsError
from strangler_etl.etl_status import etl_status
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration, open_migration
from strangler_etl.run.pace import Pace
from strangler_etl.run.references import drop_references, dropped_references
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import verified

_PROJECT = parse_project("""
[monolith]
database = "${SOURCE}"
[services.nodes]
tables = ["node", "team"]
database = "${TARGET}"
[etl.nodes.tables.node]
target = "node"
columns = { id = { key = "source" }, next_id = "next_id", team_id = "team_id" }
[etl.nodes.tables.team]
target = "team"
columns = { id = { key = "source" }, lead_id = "lead_id" }
""")
_NODES = 400
_NUMBERS = f"WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {_NODES}) "
# Each node refers to the next one, and to one of seven teams, each of which refers to one of the first nodes.
_ROWS = (
    f"INSERT INTO node {_NUMBERS} SELECT n, CASE WHEN n < {_NODES} THEN n + 1 END, 1 + n % 7 FROM numbers",
    f"INSERT INTO team {_NUMBERS} SELECT n, n FROM numbers WHERE n <= 7",
)


def _tables(refers: str, forbidden: int = -1) -> Sequence[str]:
    """The tables, with `refers` as what is written for a reference to a column of that name."""
    return (
        f"""CREATE TABLE node (id bigint PRIMARY KEY, next_id bigint {refers.format("node")},
            team_id bigint NOT NULL {refers.format("team")}, CHECK (id <> {forbidden}))""",
        f"CREATE TABLE team (id bigint PRIMARY KEY, lead_id bigint NOT NULL {refers.format('node')})",
    )


class _Databases:
    """Where a source and a target with nodes and teams are made."""

    def __init__(self, folder: Path, server: PostgresServer | None, when: str) -> None:
        self._folder = folder
        self._server = server
        self._when = when

    def created(self, forbidden: int = -1) -> Mapping[str, str]:
        """The environment with both; the target refuses the node `forbidden`."""
        if self._server is None:
            paths = {name: self._folder / f"{name.lower()}.sqlite3" for name in ("SOURCE", "TARGET")}
            with (
                closing(sqlite3.connect(paths["SOURCE"])) as source,
                closing(sqlite3.connect(paths["TARGET"])) as target,
            ):
                source.executescript(";".join((*_tables(""), *_ROWS)))
                target.executescript(";".join(_tables("REFERENCES {}", forbidden)))
            return {name: f"sqlite:///{path}" for name, path in paths.items()}
        names = {"SOURCE": f"s_{abs(hash(self._folder))}", "TARGET": f"t_{abs(hash(self._folder))}"}
        environment = {side: self._server.create_database(name) for side, name in names.items()}
        keys = (
            f"ALTER TABLE node ADD FOREIGN KEY (next_id) REFERENCES node {self._when}",
            f"ALTER TABLE node ADD FOREIGN KEY (team_id) REFERENCES team {self._when}",
            f"ALTER TABLE team ADD FOREIGN KEY (lead_id) REFERENCES node {self._when}",
        )
        for side, statements in (("SOURCE", (*_tables(""), *_ROWS)), ("TARGET", (*_tables("", forbidden), *keys))):
            with psycopg.connect(environment[side]) as owner:
                owner.execute(";".join(statements).encode())
        return environment


@pytest.fixture(params=["sqlite", *(pytest.param(how, marks=pytest.mark.postgres) for how in ("now", "at commit"))])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> _Databases:
    """Of one engine, with foreign keys that are checked at once, or at commit."""
    if request.param == "sqlite":
        return _Databases(tmp_path, None, "")
    server: PostgresServer = request.getfixturevalue("postgres")
    return _Databases(tmp_path, server, "DEFERRABLE INITIALLY DEFERRED" if request.param == "at commit" else "")


def _run(migration: Migration, most: int = 8, *, indexes_last: bool = False) -> Mapping[str, CopiedTable]:
    migration.install()
    settings = RunSettings(Pace(50, most_chunks=2), 2, time.monotonic, most, indexes_last=indexes_last)
    return {table.source: table for table in backfill(migration, SilentProgress(), settings)}


def _references(migration: Migration) -> Sequence[Reference]:
    return migration.target.references(["node", "team"])


@pytest.mark.parametrize("indexes_last", [False, True])
def test_rows_that_refer_to_later_rows_wait(databases: _Databases, *, indexes_last: bool) -> None:
    """Of their own table in whichever chunk, and of tables that refer to each other, with few that may be set aside."""
    with open_migration(_PROJECT, "nodes", databases.created()) as migration:
        before = _references(migration)
        assert len(before) == 3
        copied = _run(migration, indexes_last=indexes_last)
        assert {name: (table.rows, table.rejects) for name, table in copied.items()} == {
            "node": (_NODES, ()),
            "team": (7, ()),
        }
        assert _references(migration) == before
        assert dropped_references(migration.target, "nodes") == []
        assert verified(migration).clean


def test_what_refers_to_none_in_the_end_is_set_aside(databases: _Databases) -> None:
    """And what refers to that, up to the limit; with a higher one the next run goes on, and mended rows arrive."""
    environment = databases.created(forbidden=9)
    with open_migration(_PROJECT, "nodes", environment) as migration:
        before = _references(migration)
        with pytest.raises(TooManyRejectsError):
            _run(migration, most=7)
        with pytest.raises(BackfillError, match="foreign keys are to be made again"):
            verified(migration)
    with open_migration(_PROJECT, "nodes", environment) as migration:
        # The nodes 8 to 1 refer to 9, one over the other, the teams to those, and every node to a team.
        copied = _run(migration, most=1_000)
        assert {name: (table.rows, len(table.rejects)) for name, table in copied.items()} == {
            "node": (0, _NODES),
            "team": (0, 7),
        }
        assert _references(migration) == before
        assert verified(migration).differing == 0
        with migration.source.transaction():
            migration.source.execute("UPDATE node SET next_id = 10 WHERE id = 8")
            migration.source.execute("DELETE FROM node WHERE id = 9")
        copied = _run(migration, most=1_000)
        assert all(table.rejects == () for table in copied.values())
        assert _references(migration) == before
        apply_forward(migration.source, migration.target, migration.mapping)
        assert verified(migration).clean


def test_what_refers_to_none_when_all_is_copied_is_set_aside_as_well(
    databases: _Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would stop the follower, as it came with the first batch that finds the foreign keys in force."""
    made = backfill_module.restore_references

    def written_just_now(migration: Migration, most: int) -> None:
        with migration.source.transaction():
            migration.source.execute("INSERT INTO node VALUES (1001, 1002, 1), (1003, 1001, 1)")
        made(migration, most)

    with open_migration(_PROJECT, "nodes", databases.created()) as migration:
        monkeypatch.setattr(backfill_module, "restore_references", written_just_now)
        before = _references(migration)
        copied = _run(migration)
        assert [reject.key for reject in copied["node"].rejects] == ["1001", "1003"]
        assert (copied["node"].rows, copied["node"].copied) == (_NODES, _NODES)
        assert _references(migration) == before
        with migration.source.transaction():
            migration.source.execute("UPDATE node SET next_id = NULL WHERE id = 1001")
        monkeypatch.undo()
        apply_forward(migration.source, migration.target, migration.mapping)
        assert all(table.rejects == () for table in _run(migration).values())
        assert verified(migration).clean


@pytest.mark.parametrize("end", [_run, clean])
def test_a_run_that_is_killed_leaves_them_to_the_next(
    databases: _Databases, end: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is verified meanwhile; `etl clean` makes them again, too."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with open_migration(_PROJECT, "nodes", databases.created()) as migration:
        before = _references(migration)
        with monkeypatch.context() as patch:
            patch.setattr(backfill_module, "restore_references", killed)
            with pytest.raises(KeyboardInterrupt):
                _run(migration)
        assert len(dropped_references(migration.target, "nodes")) == 3
        assert len(etl_status(migration).dropped_references) == 3
        with pytest.raises(BackfillError, match="foreign keys are to be made again"):
            verified(migration)
        assert callable(end)
        end(migration)
        assert _references(migration) == before
        assert dropped_references(migration.target, "nodes") == []


_FAMILY = parse_project("""
[monolith]
database = "${SOURCE}"
[services.family]
tables = ["parent", "child"]
database = "${TARGET}"
[etl.family.tables.parent]
target = "parent"
columns = { id = { key = "source" } }
[etl.family.tables.child]
target = "child"
columns = { id = { key = "source" }, parent_id = "parent_id", place_id = "place_id" }
""")


@pytest.mark.postgres
def test_a_foreign_key_is_not_asked_for_each_row_of_a_table_that_is_to_be_filled(postgres: PostgresServer) -> None:
    """One that leads out of the mapping is, and so are all of a table that is begun, or that others keep busy."""
    environment = {side: postgres.create_database(f"family_{side.lower()}") for side in ("SOURCE", "TARGET")}
    tables = """CREATE TABLE parent (id bigint PRIMARY KEY);
        CREATE TABLE child (id bigint PRIMARY KEY, parent_id bigint NOT NULL, place_id bigint)"""
    keys = """CREATE TABLE place (id bigint PRIMARY KEY);
        ALTER TABLE child ADD CONSTRAINT within FOREIGN KEY (parent_id) REFERENCES parent ON DELETE CASCADE,
                          ADD CONSTRAINT out FOREIGN KEY (place_id) REFERENCES place;
        COMMENT ON CONSTRAINT within ON child IS 'it''s a 100 % \\ comment'"""
    for side, statements in (("SOURCE", tables), ("TARGET", f"{tables};{keys}")):
        with psycopg.connect(environment[side]) as owner:
            owner.execute(statements.encode())

    def away(migration: Migration) -> Sequence[str]:
        drop_references(migration.target, migration.mapping, every=False)
        return [one.name for one in dropped_references(migration.target, "family")]

    with open_migration(_FAMILY, "family", environment) as migration:
        migration.install()
        before = migration.target.references(["child"])
        with psycopg.connect(environment["TARGET"]) as reader:
            reader.execute("SELECT FROM child")
            assert away(migration) == []
        assert away(migration) == ["within"]
        migration.source.execute("INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1), (2, 2)")
        copied = {table.source: table for table in backfill(migration, SilentProgress())}
        assert [reject.key for reject in copied["child"].rejects] == ["2"]
        assert migration.target.references(["child"]) == before
        comment = "SELECT obj_description(oid) FROM pg_constraint WHERE conname = 'within'"
        assert migration.target.rows(comment) == [("it's a 100 % \\ comment",)]
        assert away(migration) == []


@pytest.mark.postgres
def test_a_foreign_key_that_fits_the_tables_no_more_says_how_to_go_on(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target was changed after a run was killed: whoever did it has the last word on the key."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backfill_module, "restore_references", killed)
    with open_migration(_PROJECT, "nodes", _Databases(tmp_path, postgres, "").created()) as migration:
        with pytest.raises(KeyboardInterrupt):
            _run(migration)
        migration.target.execute("ALTER TABLE team RENAME lead_id TO head_id")
        with pytest.raises(DatabaseError, match="team_lead_id_fkey of team cannot be made again") as caught:
            clean(migration)
        assert "make a foreign key team_lead_id_fkey by hand" in str(caught.value)
        migration.target.execute("ALTER TABLE team ADD CONSTRAINT team_lead_id_fkey CHECK (head_id > 0)")
        with pytest.raises(DatabaseError, match="cannot be made again"):
            clean(migration)
        migration.target.execute(
            "ALTER TABLE team DROP CONSTRAINT team_lead_id_fkey,"
            " ADD CONSTRAINT team_lead_id_fkey FOREIGN KEY (head_id) REFERENCES node"
        )
        clean(migration)
        assert dropped_references(migration.target, "nodes") == []
        assert len(_references(migration)) == 3


@pytest.mark.postgres
def test_foreign_keys_of_others_are_left_alone(postgres: PostgresServer, tmp_path: Path) -> None:
    """Who may write to a table, and does not own it, cannot take its foreign keys away."""
    with open_migration(_PROJECT, "nodes", _Databases(tmp_path, postgres, "").created()) as migration:
        migration.target.execute("CREATE ROLE guest_of_nodes; GRANT ALL ON node, team TO guest_of_nodes")
        assert len(_references(migration)) == 3
        migration.target.execute("SET ROLE guest_of_nodes")
        assert _references(migration) == []
        migration.target.execute("RESET ROLE; DROP OWNED BY guest_of_nodes; DROP ROLE guest_of_nodes")
