"""A key that changes while its table is journaled: nothing is taken for other rows, and everything is said."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from strangler.model.authority import Side
from strangler.model.progress import SilentProgress
from strangler.planner.readiness import standing
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.cleaning import clean
from strangler_etl.engine.journal import JournaledTable
from strangler_etl.errors import BackfillError, DatabaseError, JournalError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.run.rejects import Reject, write_rejects
from strangler_etl.verification.repair import repair
from tests.etl.copied_case import give_to_v2, verified
from tests.etl.pair import OpenedPair, reopened

pytestmark = pytest.mark.postgres

_TABLES = """
CREATE TABLE line (purchase integer, line integer, sku text, tenant integer NOT NULL DEFAULT 1,
    PRIMARY KEY (purchase, line));
"""
_ROWS = "INSERT INTO line VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c'), (3, 3, 'd');"
_MAPPING = """
[etl.things.tables.line]
target = "line"
columns = { purchase = "purchase", line = "line", sku = "sku", tenant = "tenant" }
"""
_TURNED = "ALTER TABLE line DROP CONSTRAINT line_pkey, ADD PRIMARY KEY (line, purchase)"
_LINES = "SELECT purchase, line, sku FROM line ORDER BY 1, 2"
_LINE = JournaledTable("line", ("purchase", "line"))
_ANEW = """
CREATE TABLE made (LIKE line INCLUDING ALL); INSERT INTO made TABLE line;
DROP TABLE line; ALTER TABLE made RENAME TO line
"""


@pytest.mark.parametrize("turned", [_TURNED, _ANEW + ";" + _TURNED.replace("line_pkey", "made_pkey")])
def test_a_key_in_another_order_is_journaled_anew(opened_pair: OpenedPair, turned: str) -> None:
    """Until then nobody reads what was journaled by the old one: (1, 2) would be taken for (2, 1)."""
    with opened_pair(_TABLES + _ROWS, _TABLES, _MAPPING) as before:
        backfill(before, SilentProgress())
        assert verified(before).clean
        before.source.execute(turned)
        before.source.execute("DELETE FROM line WHERE sku = 'b'; UPDATE line SET sku = 'dd' WHERE sku = 'd'")
        with reopened(before, _MAPPING) as migration:
            with pytest.raises(JournalError) as caught:
                apply_forward(migration.source, migration.target, migration.mapping)
            assert str(caught.value).endswith(
                "run: strangler journal install things, then: strangler etl verify things --repair"
            )
            with pytest.raises(JournalError):
                verified(migration)
            assert not standing(migration, Side.V2)[0].holds
            migration.install()
            migration.source.execute("INSERT INTO line VALUES (4, 1, 'new')")
            apply_forward(migration.source, migration.target, migration.mapping)
            assert not standing(migration, Side.V2)[-1].holds
            found = verified(migration)
            assert found.differing == 2
            repair(migration, found.differences)
            assert migration.target.rows(_LINES) == migration.source.rows(_LINES)
            assert verified(migration).clean
            assert all(condition.holds for condition in standing(migration, Side.V2))


def test_the_journal_of_the_service_is_begun_anew_too(opened_pair: OpenedPair) -> None:
    """After the cut-over it is the service's rows that would be taken for others, and v1 that is mended."""
    with opened_pair(_TABLES + _ROWS, _TABLES, _MAPPING) as before:
        backfill(before, SilentProgress())
        give_to_v2(before)
        before.source.execute(_TURNED)
        before.target.execute("DELETE FROM line WHERE sku = 'b'; INSERT INTO line VALUES (7, 8, 'born')")
        with reopened(before, _MAPPING) as migration:
            with pytest.raises(
                JournalError, match=r"journaled by \(purchase, line\), and followed by \(line, purchase\)"
            ):
                apply_backward(migration.source, migration.target, migration.mapping)
            migration.install()
            assert apply_forward(migration.source, migration.target, migration.mapping).rows == 0
            apply_backward(migration.source, migration.target, migration.mapping)
            repair(migration, verified(migration).differences)
            assert migration.source.rows(_LINES) == migration.target.rows(_LINES)
            assert len(migration.source.rows(_LINES)) == 4
            assert verified(migration).clean


@pytest.mark.parametrize("set_aside", [False, True])
def test_what_is_known_by_the_old_key_is_not_gone_on_with(opened_pair: OpenedPair, set_aside: bool) -> None:
    """Neither a copy that is half done, nor rows that were set aside."""
    with opened_pair(_TABLES + _ROWS, _TABLES, _MAPPING) as before:
        backfill(before, SilentProgress())
        if set_aside:
            write_rejects(before.target, "things", [Reject("line", "1/2", "does not fit", "{}")])
        else:
            before.target.execute("UPDATE strangler.checkpoint SET finished = false, last_key = '2/1'")
        before.source.execute(_TURNED)
        with reopened(before, _MAPPING) as migration:
            migration.install()
            with pytest.raises(BackfillError) as caught:
                backfill(migration, SilentProgress())
            assert str(caught.value).endswith(
                "line was copied by the key (purchase, line), and is known by (line, purchase) now;"
                " empty the tables: strangler etl clean things"
            )
            with pytest.raises(BackfillError):
                verified(migration)
            clean(migration)
            backfill(migration, SilentProgress())
            assert verified(migration).clean


_REKEYED = "ALTER TABLE line DROP CONSTRAINT line_pkey, ADD PRIMARY KEY"
_CHANGES = [
    (f"{_REKEYED} (purchase, sku)", "other keys than (purchase, line)"),
    (f"{_REKEYED} (purchase, line, tenant)", "other keys than (purchase, line)"),
    ("ALTER TABLE line DROP CONSTRAINT line_pkey", "other keys than (purchase, line)"),
    ("ALTER TABLE line RENAME COLUMN line TO place", "other keys than (purchase, line)"),
    ("ALTER TABLE line DISABLE TRIGGER strangler_journal_delete", "are, or were, disabled"),
    ("ALTER TABLE line DISABLE TRIGGER ALL; ALTER TABLE line ENABLE TRIGGER ALL", "are, or were, disabled"),
    ("DROP TRIGGER strangler_journal_truncate ON line", "has no journal"),
    (_ANEW, "has no journal"),
    ("ALTER TABLE line RENAME TO gone; CREATE TABLE line (LIKE gone INCLUDING ALL)", "has no journal"),
    ("DROP TABLE line", "has no journal"),
    (f"{_REKEYED} (line, purchase); ALTER TABLE line ADD more text; ALTER TABLE line RENAME sku TO article", None),
    (
        "ALTER TABLE line DROP line, ADD PRIMARY KEY (purchase, tenant); ALTER TABLE line RENAME tenant TO line",
        "has got another column as",
    ),
]


def test_each_batch_looks_at_the_table(postgres_database: str) -> None:
    """In the snapshot that the batch is read in: what has happened since the one before is not missed."""
    with open_database(DatabaseUrl(postgres_database)) as database:
        database.execute(_TABLES)
        database.install()
        database.journal.install([_LINE])
        for statement, said in _CHANGES:
            with suppress(ZeroDivisionError), database.transaction():
                database.execute(statement)
                faults = [fault.what for fault in database.journal.faults([_LINE])]
                assert len(faults) == (said is not None), statement
                assert all(said and said in what for what in faults), statement
                raise ZeroDivisionError
            assert database.journal.faults([_LINE]) == ()
        for other in (JournaledTable("line", ("line", "purchase")), JournaledTable("line", _LINE.key, "tenant")):
            (fault,) = database.journal.faults([other])
            assert fault.misread
        assert database.journal.install([JournaledTable("line", _LINE.key, "tenant")]) == {"line"}
        # Another service follows the table too.
        assert database.journal.faults([_LINE]) == ()


_MONTHS = """
CREATE TABLE line (purchase integer, line integer, sku text, tenant integer DEFAULT 1, PRIMARY KEY (purchase, line))
    PARTITION BY RANGE (purchase);
CREATE TABLE low PARTITION OF line FOR VALUES FROM (0) TO (10);
CREATE TABLE high PARTITION OF line FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (line);
CREATE TABLE highest PARTITION OF high FOR VALUES FROM (0) TO (10);
"""


def test_what_is_written_to_a_partition_is_followed(opened_pair: OpenedPair) -> None:
    """Whatever partition is named; one that comes or goes takes rows along that no statement has written."""
    with opened_pair(_MONTHS + _ROWS, _TABLES, _MAPPING) as migration:
        source, target = migration.source, migration.target

        def applied() -> bool:
            apply_forward(source, target, migration.mapping)
            return target.rows(_LINES) == source.rows(_LINES)

        backfill(migration, SilentProgress())
        for statement in (
            "INSERT INTO low VALUES (7, 7, 'direct', 1); INSERT INTO highest VALUES (11, 1, 'deep', 1)",
            "UPDATE high SET sku = 'deeper'; DELETE FROM low WHERE sku = 'a'",
            "UPDATE line SET purchase = 12 WHERE sku = 'direct'",
            "TRUNCATE low",
            (
                "ALTER TABLE line DETACH PARTITION high; INSERT INTO highest VALUES (13, 2, 'away', 1);"
                " UPDATE high SET sku = 'away too'; ALTER TABLE line ATTACH PARTITION high FOR VALUES FROM (10) TO (20)"
            ),
        ):
            source.execute(statement)
            assert applied(), statement
        source.execute("CREATE TABLE more (LIKE line INCLUDING ALL); INSERT INTO more VALUES (25, 1, 'came', 1)")
        source.execute("ALTER TABLE line ATTACH PARTITION more FOR VALUES FROM (20) TO (30)")
        with pytest.raises(JournalError, match="line has partitions without its journal: more;"):
            applied()
        migration.install()
        repair(migration, verified(migration).differences)
        assert applied()
        source.execute("ALTER TABLE line DETACH PARTITION more")
        with pytest.raises(JournalError, match="line has other partitions than when its journal began"):
            applied()
        migration.install()
        repair(migration, verified(migration).differences)
        assert applied()
        source.journal.remove(["line"])
        assert source.rows("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'strangler_journal%%'", ()) == [(4,)]


def test_the_fence_of_a_table_is_one_of_its_partitions(opened_pair: OpenedPair) -> None:
    """A job of the monolith that empties old partitions must not empty the service after the cut-over."""
    with opened_pair(_MONTHS + _ROWS, _TABLES, _MAPPING) as migration:
        source, target = migration.source, migration.target
        backfill(migration, SilentProgress())
        apply_forward(source, target, migration.mapping)
        give_to_v2(migration)
        target.execute("INSERT INTO line VALUES (5, 5, 'born', 1)")
        for statement in ("TRUNCATE low", "TRUNCATE highest", "INSERT INTO highest VALUES (11, 1, 'deep', 1)"):
            with pytest.raises(DatabaseError, match="may not be written here now"):
                source.execute(statement)
        apply_forward(source, target, migration.mapping)
        assert target.rows("SELECT count(*) FROM line") == [(5,)]
        apply_backward(source, target, migration.mapping)
        assert source.rows("SELECT count(*) FROM low") == [(5,)]


def test_a_key_with_a_column_that_is_gone_may_be_any_row(postgres_database: str) -> None:
    """Until somebody has mended it, what is journaled must not look like the key of another row."""
    with open_database(DatabaseUrl(postgres_database)) as database:
        database.execute(_TABLES)
        database.install()
        database.journal.install([_LINE])
        database.execute("ALTER TABLE line RENAME COLUMN line TO place; INSERT INTO line VALUES (1, 2, 'a')")
        assert database.rows("SELECT key FROM strangler.journal") == [(None,)]


def test_sqlite_is_looked_at_too(tmp_path: Path) -> None:
    """A table made anew has lost its triggers, and OR REPLACE takes more rows away when more is unique."""
    path = tmp_path / "shop.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE line (purchase, line, sku, PRIMARY KEY (purchase, line))")
    with open_database(DatabaseUrl(f"sqlite:///{path}")) as database:
        database.install()
        assert database.journal.install([_LINE]) == {"line"}
        database.execute("INSERT INTO line VALUES (1, 2, 'a')")
        other = JournaledTable("line", ("line", "purchase"))
        (fault,) = database.journal.faults([other])
        assert fault.misread
        assert database.journal.install([other]) == {"line"}
        assert database.journal.length(["line"]) == 0
        assert database.journal.install([_LINE]) == {"line"}
        database.execute("INSERT INTO line VALUES (1, 3, 'b')")
        database.execute("CREATE UNIQUE INDEX one ON line (sku)")
        (fault,) = database.journal.faults([_LINE])
        assert not fault.misread
        assert database.journal.install([_LINE]) == {"line"}
        assert database.journal.length(["line"]) == 1
        database.execute("DROP INDEX one")
        assert database.journal.faults([_LINE]) == ()
        database.execute("ALTER TABLE line RENAME COLUMN line TO place")
        assert database.journal.faults([JournaledTable("line", ("purchase", "place"))]) == ()
        (fault,) = database.journal.faults([_LINE])
        assert fault.misread
        database.execute("ALTER TABLE line RENAME TO row")
        (fault,) = database.journal.faults([JournaledTable("row", ("purchase", "place"))])
        assert fault.what == "has no journal"
