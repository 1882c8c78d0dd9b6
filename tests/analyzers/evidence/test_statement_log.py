"""Statements from the logs of databases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler_analyzers.evidence.statement_log import statements, without_values

_POSTGRES = """\
2026-11-28 10:00:00.000 UTC [12] LOG:  database system is ready
2026-11-28 10:00:00.000 UTC [12] shop@shop LOG:  statement: SELECT name
\tFROM orders WHERE mail = 'a@b.example'
2026-11-28 10:00:00.000 UTC [12] LOG:  duration: 0.1 ms  execute S_1: UPDATE orders SET total = $1 WHERE id = $2
2026-11-28 10:00:00.000 UTC [12] shop@shop DETAIL:  parameters: $1 = 'secret', $2 = '4'
2026-11-28 10:00:00.000 UTC [12] shop@shop ERROR:  duplicate key
"""


def _csv_row(message: str) -> str:
    """A line of csvlog as PostgreSQL 18 writes it."""
    when = "2026-11-28 10:00:00 UTC"
    return (
        f'{when},"shop","shop",12,"[local]",6,1,"SELECT",{when},3/1,0,LOG,00000,"{message}",,,,,,,,,"psql","client",,0'
    )


_CSV = "\n".join(
    map(
        _csv_row,
        (
            "statement: SELECT name\nFROM orders WHERE mail = 'a@b.example'",
            "execute <unnamed>: UPDATE orders SET total = $1 WHERE id = $2",
            "disconnection",
        ),
    )
)
_STATISTICS = """\
userid,calls,query
10,7,"SELECT name FROM orders WHERE mail = $1"
10,2,"UPDATE orders SET total = $1 WHERE id = $2"
"""
_MYSQL = """\
/usr/sbin/mariadbd, Version: 10.11. started with:
Tcp port: 3306  Unix socket: /run/mysqld.sock
Time\t\t    Id Command\tArgument
2026-11-28T10:00:00.000000Z\t   12 Connect\tshop@localhost on shop
2026-11-28T10:00:00.000000Z\t   12 Query\tSELECT name
FROM orders WHERE mail = "a@b.example"
\t\t   12 Execute\tUPDATE orders SET total = 4 WHERE id = 5
2026-11-28T10:00:00.000000Z\t   12 Quit\t
"""
_PLAIN = """\
SELECT name FROM orders WHERE mail = 'a@b.example';
UPDATE orders SET total = 4 WHERE id = 5

"""


def _read(log: str) -> list[tuple[str, int, str]]:
    return [(item.text, item.count, item.dialects[0]) for item in statements(iter(log.splitlines()))]


def _expected(*, dialect: str, placed: bool = False, counts: tuple[int, int] = (1, 1)) -> list[tuple[str, int, str]]:
    one, two = ("$1", "$2") if placed else ("?", "?")
    mail = "$1" if counts != (1, 1) else "?"
    return [
        (f"SELECT name FROM orders WHERE mail = {mail}", counts[0], dialect),
        (f"UPDATE orders SET total = {one} WHERE id = {two}", counts[1], dialect),
    ]


def test_every_log_says_what_it_is() -> None:
    """The same two statements, out of five kinds of logs, without the values."""
    assert _read(_POSTGRES) == _expected(dialect="postgres", placed=True)
    assert _read(_CSV) == _expected(dialect="postgres", placed=True)
    assert _read(_STATISTICS) == _expected(dialect="postgres", placed=True, counts=(7, 2))
    assert _read(_MYSQL) == _expected(dialect="mysql")
    assert _read(_PLAIN) == _expected(dialect="postgres")


def test_an_empty_log_has_no_statements() -> None:
    """A log that was just rotated is no mistake."""
    assert _read("") == []


def test_values_are_taken_out_whatever_they_look_like() -> None:
    """Strings of every spelling, numbers, and lists of them; names stay, also those with digits."""
    statement = "SELECT a1, t2.b FROM t2 WHERE c = E'it\\'s' AND d = 'o''x' AND e IN (1, -2.5, 3e4) AND f = $q$x'y$q$"
    assert without_values(statement) == "SELECT a1, t2.b FROM t2 WHERE c = ? AND d = ? AND e IN (?) AND f = ?"
    assert without_values("INSERT INTO t VALUES (1, 'a'), (2, 'b');") == "INSERT INTO t VALUES (?)"
    assert (
        without_values('SELECT 0x1F, "t"."c-d" FROM "t" WHERE n = "Ann O."')
        == 'SELECT ?, "t"."c-d" FROM "t" WHERE n = ?'
    )


@given(st.text(alphabet="abc '0123456789-", max_size=20))
def test_no_string_survives(value: str) -> None:
    """Whatever a quoted value holds, nothing of it is left."""
    quoted = value.replace("'", "''")
    assert without_values(f"SELECT x FROM t WHERE y = '{quoted}' AND z") == "SELECT x FROM t WHERE y = ? AND z"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT x FROM t WHERE path = 'C:\\' AND name = 'Alice'",
        "SELECT x FROM t WHERE note = 'it\\'s Alice' AND name = 'Alice'",
        "SELECT x FROM t WHERE path = 'C:\\' AND name = $q$Alice's$q$",
        "SELECT x FROM t WHERE -- Alice's\n name = 'Alice'",
        "SELECT x FROM t WHERE /* for Alice's page */ name = 'Alice'",
        "SELECT x FROM t WHERE name = 'Alice, cut off",
    ],
)
def test_no_string_survives_what_hides_its_ends(statement: str) -> None:
    """Backslashes that escape in some dialects only, quotes in comments, statements that were cut off."""
    stripped = without_values(statement)
    assert stripped.startswith("SELECT x FROM t WHERE ")
    assert "Alice" not in stripped


def test_a_count_that_is_no_number_is_left_out() -> None:
    """Digits of other kinds and figures without end are damage."""
    assert _read(f"query,calls\nSELECT a FROM t,\u00b2\nSELECT b FROM t,{'9' * 5000}\nSELECT c FROM t,2") == [
        ("SELECT c FROM t", 2, "postgres")
    ]


@given(st.lists(st.text(max_size=60), max_size=30))
def test_any_lines_can_be_read(lines: list[str]) -> None:
    """No log makes reading it raise."""
    list(statements(iter(lines)))
