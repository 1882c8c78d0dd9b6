"""SQL that code hands to a driver as text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.system import AccessMode, Confidence, SystemFacts
from strangler.model.tables import TableOrigin
from strangler_analyzers.frameworks.sql.dialects import dialects_of
from strangler_analyzers.frameworks.sql.statements import HOLE, looks_like_sql, read_sql
from tests.analyzers.source_tree import facts_of, linked


def _facts(root: Path, source: str) -> SystemFacts:
    return facts_of(root, {"app/db.py": source})


def _touched(facts: SystemFacts, function: str) -> tuple[list[str], list[str]]:
    own = [access for access in facts.accesses if access.function == f"app.db:{function}"]
    reads = sorted({access.table for access in own if access.mode is AccessMode.READ})
    writes = sorted({access.table for access in own if access.mode is AccessMode.WRITE})
    return reads, writes


def test_a_text_given_to_a_driver_is_read(tmp_path: Path) -> None:
    """Constants, module constants, concatenation, ``%`` and ``format`` make statements."""
    facts = _facts(
        tmp_path,
        """
        LIST = "SELECT id FROM orders o "

        def constant(cursor):
            cursor.execute("INSERT INTO log (text) VALUES (%s)", ["x"])

        def joined(cursor):
            sql = LIST + "JOIN users u ON u.id = o.user_id WHERE o.id = %(id)s"
            cursor.execute(sql, {"id": 1})

        def formatted(cursor, table):
            cursor.execute("UPDATE {} SET paid = true WHERE id IN (SELECT id FROM {})".format("invoices", table))

        def interpolated(cursor, column):
            cursor.execute("SELECT %s FROM payments" % column)
        """,
    )
    assert _touched(facts, "constant") == ([], ["log"])
    assert _touched(facts, "joined") == (["orders", "users"], [])
    assert _touched(facts, "formatted") == ([], ["invoices"])
    assert _touched(facts, "interpolated") == (["payments"], [])


def test_unknown_parts_of_a_statement_are_tolerated(tmp_path: Path) -> None:
    """An f-string's unknown condition, order or table does not hide the tables that are known."""
    facts = _facts(
        tmp_path,
        """
        def search(cursor, where, order, other):
            cursor.execute(f"SELECT * FROM orders WHERE shop = 1 {where} ORDER BY {order}")
            cursor.execute(f"SELECT * FROM {other} JOIN users ON true")
        """,
    )
    assert _touched(facts, "search") == (["orders", "users"], [])
    assert {access.confidence for access in facts.accesses} == {Confidence.LIKELY}


def test_libraries_take_statements_in_their_own_ways(tmp_path: Path) -> None:
    """SQLAlchemy's ``text``, Django's ``raw`` and ``RawSQL``, asyncpg, pandas and psycopg's composed statements."""
    facts = _facts(
        tmp_path,
        """
        import pandas as pd
        from django.db.models.expressions import RawSQL
        from psycopg import sql
        from sqlalchemy import text

        def alchemy(session):
            statement = text("SELECT 1 FROM a WHERE id = :id").bindparams(id=1)
            session.execute(statement)

        def django(Order):
            return Order.objects.raw("SELECT * FROM b").annotate(x=RawSQL("SELECT max(id) FROM c", []))

        async def asyncpg(pool):
            return await pool.fetchrow("SELECT * FROM d WHERE id = $1", 1)

        def pandas(connection):
            return pd.read_sql("SELECT * FROM e", connection)

        def psycopg(cursor):
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("f")))
        """,
    )
    assert _touched(facts, "alchemy") == (["a"], [])
    assert _touched(facts, "django") == (["b", "c"], [])
    assert _touched(facts, "asyncpg") == (["d"], [])
    assert _touched(facts, "pandas") == (["e"], [])
    assert _touched(facts, "psycopg") == ([], ["f"])


def test_a_wrapper_counts_for_its_callers(tmp_path: Path) -> None:
    """A function that hands its parameter to a driver runs what each caller passes."""
    facts = _facts(
        tmp_path,
        """
        def run(cursor, sql, *arguments):
            cursor.execute(sql, arguments)

        def orders(cursor):
            run(cursor, "SELECT * FROM orders")

        def users(cursor):
            run(cursor, sql="DELETE FROM users")
        """,
    )
    assert _touched(facts, "orders") == (["orders"], [])
    assert _touched(facts, "users") == ([], ["users"])
    assert _touched(facts, "run") == ([], [])


def test_tables_only_sql_knows_are_tables(tmp_path: Path) -> None:
    """What is created has its columns; what is only used has none; temporary tables do not count."""
    facts = _facts(
        tmp_path,
        '''
        def setup(connection):
            connection.executescript("""
                CREATE TABLE IF NOT EXISTS Events (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, note TEXT);
                CREATE TEMPORARY TABLE scratch (id INTEGER);
            """)

        def count(connection):
            connection.execute("SELECT count(*) FROM visits")
        ''',
    )
    tables = {table.name: table for table in facts.tables}
    assert sorted(tables) == ["events", "visits"]
    assert {table.origin for table in tables.values()} == {TableOrigin.RAW_SQL}
    assert [(c.name, c.type, c.nullable, c.primary_key) for c in tables["events"].columns] == [
        ("id", "INT", False, True),
        ("kind", "TEXT", False, False),
        ("note", "TEXT", True, False),
    ]


def test_other_texts_are_left_alone(tmp_path: Path) -> None:
    """Other commands and what no dialect reads give no access; what should be SQL is listed as not read."""
    facts = _facts(
        tmp_path,
        """
        def f(cursor):
            cursor.execute("PRAGMA foreign_keys = ON")
            cursor.execute("SELECT FROM WHERE ((")
            cursor.execute("SELECT 1 FROM orders")
            cursor.execute("SELECT secret FROM WHERE password = 'hunter2' ((")
        """,
    )
    assert [table.name for table in facts.tables] == ["orders"]
    assert [(skip.file, skip.reason) for skip in facts.skipped] == [
        ("app/db.py", "SQL at line 3 not read: no dialect can parse it"),
        ("app/db.py", "SQL at line 5 not read: no dialect can parse it"),
    ]


def test_prose_gives_no_table(tmp_path: Path) -> None:
    """A sentence that begins with a verb of SQL."""
    facts = _facts(
        tmp_path,
        """
        def f(cursor):
            cursor.execute("Select the items you like from the list that follows")
        """,
    )
    assert facts.tables == ()


@pytest.mark.parametrize("row", ["/**/", "/* */ ", "--\n", "(", " ", "/*", "create ", "create a ", "drop\t"])
def test_a_hostile_text_takes_no_longer_than_its_length(row: str) -> None:
    """Comments, brackets and words in long rows; before, thirty comments took minutes."""
    assert not looks_like_sql(row * 20_000 + "x")


@given(st.lists(st.sampled_from([" ", "\n", "-- select\n", "/**/", "/* insert */", "("])), st.text(max_size=20))
def test_what_stands_before_a_statement_does_not_matter(before: list[str], text: str) -> None:
    """White space, comments and brackets are passed over, as often as they come."""
    assert looks_like_sql("".join(before) + text) == looks_like_sql(text)


@pytest.mark.parametrize(
    ("sql", "reads", "writes"),
    [
        ("WITH t AS (SELECT * FROM a) SELECT * FROM t JOIN b ON true", ["a", "b"], []),
        ("INSERT INTO a (x) SELECT x FROM b", ["b"], ["a"]),
        ("UPDATE a SET x = b.x FROM b WHERE a.id = b.id", ["b"], ["a"]),
        ("DELETE FROM a USING b WHERE a.id = b.id", ["b"], ["a"]),
        ("TRUNCATE TABLE a, b", [], ["a", "b"]),
        ("MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET x = 1", ["b"], ["a"]),
        ("SELECT * FROM a UNION SELECT * FROM b", ["a", "b"], []),
        ("SELECT * FROM generate_series(1, 3) JOIN pg_class ON true", [], []),
        ('SELECT * FROM "Mixed" JOIN Folded ON true', ["Mixed", "folded"], []),
        ("INSERT INTO a VALUES (1) ON CONFLICT DO UPDATE SET x = (SELECT max(x) FROM b)", ["b"], ["a"]),
        (f"SELECT * FROM a WHERE x = 1 {HOLE} LIMIT 3", ["a"], []),
    ],
)
def test_each_kind_of_statement(sql: str, reads: list[str], writes: list[str]) -> None:
    """Targets are written, everything else is read; named subqueries and functions are no tables."""
    read = read_sql(sql, ("postgres",))
    assert read is not None
    found = {mode: sorted(table for table, m, _ in read.accesses if m is mode) for mode in AccessMode}
    assert (found[AccessMode.READ], found[AccessMode.WRITE]) == (reads, writes)


def test_the_dialect_follows_settings_and_drivers(tmp_path: Path) -> None:
    """What the configuration names comes before what is merely imported."""
    program = linked(
        tmp_path,
        {
            "app/settings.py": 'DATABASES = {"default": {"ENGINE": "django.db.backends.mysql"}}',
            "app/store.py": "import sqlite3",
        },
    ).program
    assert dialects_of(program) == ("mysql", "sqlite")


def test_a_created_table_has_the_defaults_that_are_literals() -> None:
    """As JSON, whatever the column's type; what is computed is none. Lengths stand in the type."""
    sql = (
        "CREATE TABLE item (name VARCHAR(20) DEFAULT 'it''s', size INT DEFAULT -1, made TEXT DEFAULT (now())"
        ", open BOOLEAN DEFAULT TRUE, note TEXT DEFAULT NULL)"
    )
    found = read_sql(sql, ("postgres",))
    assert found is not None
    (created,) = found.created
    assert {item.name: (item.type, item.default) for item in created.columns if item.default} == {
        "name": ("VARCHAR(20)", '"it\'s"'),
        "size": ("INT", "-1"),
        "open": ("BOOLEAN", "true"),
    }
