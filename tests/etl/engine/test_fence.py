"""The fence holds against every way a transaction may have begun."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import psycopg
import pytest

from strangler.contracts.generation.runtime.fence import unwritable
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.journal import JournaledTable
from strangler_etl.errors import LockTimeoutError

pytestmark = pytest.mark.postgres


@pytest.fixture
def table(postgres_database: str) -> str:
    """A database with one table and strangler's own schema."""
    with open_database(DatabaseUrl(postgres_database)) as database:
        database.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
        database.install()
    return postgres_database


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_a_transaction_begun_before_the_fence_can_not_write_behind_it(table: str, isolation: str) -> None:
    """Its snapshot is older than the fence; what it writes is refused all the same."""
    with psycopg.connect(table) as early, open_database(DatabaseUrl(table)) as database:
        early.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}".encode())
        assert early.execute("SELECT count(*) FROM item").fetchone() == (0,)
        early.execute("SAVEPOINT before")
        with database.locked(["item"], 5):
            database.fence.close(["item"])
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="may not be written") as refused:
            early.execute("INSERT INTO item VALUES (1)")
        assert "strangler status" in str(refused.value.diag.message_hint)
        answer = unwritable(refused.value)
        assert answer is not None, "a generated service answers 503 for it"
        assert (answer.status, answer.code) == (503, "fenced")


def test_what_is_refused_is_counted_although_it_is_undone(table: str) -> None:
    """Whoever writes has no rights in strangler's schema, and learns the same as before; partitions count as one."""
    name = f"writer_{table.rpartition('/')[2]}"
    with psycopg.connect(table, autocommit=True) as writer, open_database(DatabaseUrl(table)) as database:
        database.execute(
            f"""
            CREATE TABLE place (id int) PARTITION BY RANGE (id);
            CREATE TABLE near PARTITION OF place FOR VALUES FROM (0) TO (5);
            CREATE ROLE {name};
            GRANT INSERT ON item, place TO {name};
            """
        )
        with database.locked(["item", "place"], 5):
            database.fence.close(["item", "place"])
        assert database.fence.refused() is None
        writer.execute(f"SET ROLE {name}".encode())
        for number, refused in enumerate(["item", "place", "item"], 1):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="may not be written"):
                writer.execute(f"INSERT INTO {refused} VALUES (1)".encode())
            found = database.fence.refused()
            assert found is not None
            assert (found.count, found.table) == (number, refused)
            assert abs(found.last_at - time.time()) < 60
        writer.execute("RESET ROLE")
        with database.transaction(applying=True):
            database.execute("INSERT INTO item VALUES (7)")
        database.execute("DROP SEQUENCE strangler.refused_writes")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="may not be written"):
            writer.execute("INSERT INTO item VALUES (1)")
        database.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_the_lock_waits_for_who_has_written(table: str) -> None:
    """A transaction with an uncommitted write is let end first, and what it wrote is there when the lock is."""
    with psycopg.connect(table) as writer, open_database(DatabaseUrl(table)) as database:
        writer.execute("INSERT INTO item VALUES (1)")
        with pytest.raises(LockTimeoutError), database.locked(["item"], 0.05):
            pass
        commit = threading.Timer(0.1, writer.commit)
        commit.start()
        with database.locked(["item"], 10):
            assert database.rows("SELECT id FROM item") == [(1,)]
        commit.join()


@pytest.mark.parametrize(
    ("tables", "locked"),
    [
        (["CREATE TABLE item (id int)", "CREATE TABLE zone (id int)"], ["item", "zone"]),
        (
            [
                "CREATE TABLE place (id int) PARTITION BY RANGE (id)",
                "CREATE TABLE item PARTITION OF place FOR VALUES FROM (0) TO (5)",
                "CREATE TABLE zone PARTITION OF place FOR VALUES FROM (5) TO (9)",
            ],
            ["place"],
        ),
    ],
    ids=["tables", "partitions"],
)
def test_a_writer_that_takes_the_tables_in_another_order_is_let_through(
    postgres_database: str, tables: Sequence[str], locked: Sequence[str]
) -> None:
    """Two who wait for each other would be a deadlock, and an error for the user or an end of the move."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'zone'::regclass"
    with psycopg.connect(postgres_database, autocommit=True) as witness:
        for statement in (*tables, f"ALTER DATABASE \"{witness.info.dbname}\" SET deadlock_timeout = '200ms'"):
            witness.execute(statement.encode())
        with psycopg.connect(postgres_database) as writer, open_database(DatabaseUrl(postgres_database)) as database:
            writer.execute("INSERT INTO zone VALUES (5)")
            found: list[object] = []

            def lock() -> None:
                with database.locked(locked, 30):
                    found.extend(database.rows("SELECT item.id, zone.id FROM item, zone"))

            locking = threading.Thread(target=lock)
            locking.start()
            while witness.execute(waiting).fetchone() == (0,):
                pass
            writer.execute("INSERT INTO item VALUES (2)")
            writer.commit()
            locking.join()
            assert found == [(2, 5)]


def test_a_loose_fence_refuses_by_the_statement_and_is_one(table: str) -> None:
    """While a table is filled: whoever writes is refused, what is copied passes, and it opens and tightens like any."""
    writes = ("INSERT INTO item VALUES (2)", "UPDATE item SET id = 3", "DELETE FROM item", "TRUNCATE item")
    with psycopg.connect(table, autocommit=True) as writer, open_database(DatabaseUrl(table)) as database:
        writer.execute("INSERT INTO item VALUES (1)")
        with database.locked(["item"], 5):
            database.fence.loosen(["item"])
        assert database.fence.closed(["item"]) == database.fence.loose(["item"]) == {"item"}
        for statement in (*writes, "DELETE FROM item WHERE false"):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="may not be written"):
                writer.execute(statement.encode())
        with database.transaction(applying=True):
            assert database.fence.kept_closed(["item"]) == {"item"}
            database.execute("INSERT INTO item VALUES (7)")
        with database.locked(["item"], 5):
            database.fence.close(["item"])
        assert (database.fence.closed(["item"]), database.fence.loose(["item"])) == ({"item"}, frozenset())
        writer.execute("DELETE FROM item WHERE false")
        for statement in writes:
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="may not be written"):
                writer.execute(statement.encode())
        with database.locked(["item"], 5):
            database.fence.loosen(["item"])
            database.fence.open(["item"])
        assert database.fence.closed(["item"]) == frozenset()
        writer.execute("INSERT INTO item VALUES (2)")


def test_a_loose_fence_leaves_no_trigger_by_the_row(table: str) -> None:
    """COPY writes single rows into a table that has one, even a disabled one; closing the fence brings it back."""
    by_row = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'item'::regclass AND tgtype & 3 = 3"
    with open_database(DatabaseUrl(table)) as database:
        for loosened, there in ((False, 1), (True, 0), (False, 1)):
            with database.locked(["item"], 5):
                (database.fence.loosen if loosened else database.fence.close)(["item"])
            assert database.rows(by_row) == [(there,)]


def test_a_table_that_is_read_is_loosened_without_waiting_for_who_reads(table: str) -> None:
    """The trigger by the row stays, and does not fire."""
    with open_database(DatabaseUrl(table)) as database, psycopg.connect(table) as reader:
        with database.locked(["item"], 5):
            database.fence.close(["item"])
        reader.execute("SELECT count(*) FROM item")
        with database.locked(["item"], 5):
            database.fence.loosen(["item"])
        assert database.fence.closed(["item"]) == database.fence.loose(["item"]) == {"item"}
        found = database.rows("SELECT tgenabled::text FROM pg_trigger WHERE tgname = 'strangler_fence_rows'")
        assert found == [("D",)]


@pytest.mark.parametrize("ends", [("open",), ("close", "open")])
def test_the_journal_of_a_table_with_a_loose_fence_keeps_no_rows_and_misses_none(
    table: str, ends: Sequence[str]
) -> None:
    """It refuses inserts, even where somebody has put the fence out of order, and notes them when the fence changes.

    To open it waits for nobody who reads: users may.
    """
    kept = (
        "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'item'::regclass AND tgtype & 4 = 4 AND tgnewtable IS NOT NULL"
    )
    journaled = JournaledTable("item", ("id",), "id")
    with psycopg.connect(table, autocommit=True) as writer, open_database(DatabaseUrl(table)) as database:
        database.journal.install([journaled])
        before = database.rows("SELECT tgname, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger ORDER BY 1")
        with database.locked(["item"], 5):
            database.fence.loosen(["item"])
        assert (database.rows(kept), database.journal.faults([journaled])) == ([(0,)], ())
        assert database.journal.install([journaled]) == frozenset()
        database.execute("ALTER TABLE item DISABLE TRIGGER strangler_fence_statements")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="may not be written"):
            writer.execute("INSERT INTO item VALUES (1)")
        with database.transaction(applying=True):
            database.execute("INSERT INTO item VALUES (7)")
        for change in ends:
            with psycopg.connect(table) as reader, database.locked(["item"], 5):
                if change == "open":
                    reader.execute("SELECT FROM item")
                getattr(database.fence, change)(["item"])
        after = database.rows("SELECT tgname, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger ORDER BY 1")
        assert [row for row in after if "journal" in str(row[0])] == before
        writer.execute("INSERT INTO item VALUES (2)")
        assert database.rows("SELECT key, number FROM strangler.journal") == [("2", "2")]


def test_a_lock_that_ends_without_a_fence_leaves_no_trace(table: str) -> None:
    """A process that dies while it holds the lock gives everything back."""
    with psycopg.connect(table, autocommit=True) as writer:
        database = open_database(DatabaseUrl(table))
        lock = database.locked(["item"], 5)
        lock.__enter__()
        database.fence.close(["item"])
        database.close()
        writer.execute("INSERT INTO item VALUES (1)")


def test_an_application_without_rights_in_strangler_s_schema_is_journaled_and_fenced(table: str) -> None:
    """It runs as a role of its own: its writes are recorded, and refused with the fence's words, not with others."""
    with open_database(DatabaseUrl(table)) as database, psycopg.connect(table, autocommit=True) as application:
        database.execute("DROP ROLE IF EXISTS shop_application; CREATE ROLE shop_application")
        database.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON item TO shop_application")
        database.journal.install([JournaledTable("item", ("id",))])
        application.execute("SET ROLE shop_application")
        application.execute("INSERT INTO item VALUES (1)")
        assert database.rows("SELECT key FROM strangler.journal") == [("1",)]
        with database.locked(["item"], 5):
            database.fence.close(["item"])
        for statement in ("INSERT INTO item VALUES (2)", "UPDATE item SET id = 3", "DELETE FROM item"):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="may not be written"):
                application.execute(statement.encode())
        application.execute("RESET ROLE")
        database.execute("DROP OWNED BY shop_application; DROP ROLE shop_application")
