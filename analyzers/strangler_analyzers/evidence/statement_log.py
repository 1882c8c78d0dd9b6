"""Statements from database logs, with their values removed."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ESCAPED_STRING = r"'(?:[^'\\]|''|\\.)*(?:'|\Z)"
_COMMENT = r"--[^\n]*|/\*(?:.*?\*/|.*)"
_OTHER_VALUE = (
    _COMMENT
    + r"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|(?<![\w$.])-?0[xX][\da-fA-F]+\b|(?<![\w$.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\b"
)
_VALUES = re.compile(rf"(?:\b[EeBbXxNn])?{_ESCAPED_STRING}|{_OTHER_VALUE}", re.DOTALL)
_VALUES_OF_STANDARD_SQL = re.compile(
    rf"\b[Ee]{_ESCAPED_STRING}|(?:\b[BbXxNn])?'(?:[^']|'')*(?:'|\Z)|{_OTHER_VALUE}", re.DOTALL
)
_FROM_FIRST_TO_LAST = re.compile(r"(?:\b[EeBbXxNn])?(?:'|\$\w*\$).*['$]", re.DOTALL)
_MYSQL_STRING = re.compile(r'"(?:[^"\\]|""|\\.)*"')
_IN_DOUBLE_QUOTES = re.compile(r'"(?P<name>(?:[^"]|"")*)"')
_NAME = re.compile(r"[\w$-]+")
_LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)(?:\s*,\s*\(\s*\?(?:\s*,\s*\?)*\s*\))*")

_POSTGRES = re.compile(
    r"\b(?:LOG|INFO|DEBUG\d?):  (?:duration: [\d.]+ ms  )?(?:statement|execute [^:]*): (?P<statement>.*)$", re.DOTALL
)
_POSTGRES_MESSAGE = re.compile(r"^(?:duration: [\d.]+ ms  )?(?:statement|execute [^:]*): (?P<statement>.*)$", re.DOTALL)
_POSTGRES_RECORD = re.compile(r"\b(?:LOG|DETAIL|ERROR|HINT|STATEMENT|FATAL|WARNING|NOTICE|CONTEXT|PANIC):  ")
_CSV_SEVERITY, _CSV_MESSAGE = 11, 13
"""Columns of PostgreSQL's csvlog (PostgreSQL documentation, 19.8.4)."""
_MYSQL = re.compile(
    r"^(?:\d{4}-\d\d-\d\dT\S+|\d{6}\s+[\d:]+|)\s*\d+\s+(?P<command>[A-Z]\w+(?: \w+)?)(?:\t(?P<argument>.*))?$"
)
_COUNT = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its values, the number of its runs, and sqlglot's names of its possible dialects."""

    text: str
    count: int
    dialects: tuple[str, ...]


def statements(lines: Iterator[str]) -> Iterator[Statement]:
    """The statements of a log in any of these formats, detected from its beginning.

    PostgreSQL's stderr log and csvlog with ``log_statement``, ``pg_stat_statements`` as CSV with a header, MySQL's
    general log, or plain statements, one a line.
    """
    head = list(itertools.islice(lines, 50))
    whole = itertools.chain(head, lines)
    if _is_statistics(head):
        yield from _from_statistics(whole)
    elif _is_csv_log(head):
        yield from _plain(_from_csv_log(whole), ("postgres",))
    elif any(_POSTGRES_RECORD.search(line) for line in head):
        yield from _plain(_from_postgres(whole), ("postgres",))
    elif any(_is_mysql(line) for line in head):
        yield from _plain(_from_mysql(whole), ("mysql",))
    else:
        yield from _plain(whole, ("postgres", "mysql", "sqlite"))


def without_values(text: str, *, mysql: bool = False) -> str:
    """A statement with a question mark for every value, so that no row data is kept and equal statements match.

    Only for MySQL is it known that a backslash before a quote continues a string. If any other statement reads
    differently with and without that rule, everything from its first quote to its last is one value: better to lose a
    table than to keep a value. Text in double quotes is a name, or a string to MySQL and SQLite: it is kept if it
    looks like a name.
    """
    stripped = _VALUES.sub(_mark, text)
    if not mysql and "\\'" in text and stripped != _VALUES_OF_STANDARD_SQL.sub(_mark, text):
        stripped = _VALUES.sub(_mark, _FROM_FIRST_TO_LAST.sub("?", text))
    text = _MYSQL_STRING.sub("?", stripped) if mysql else _IN_DOUBLE_QUOTES.sub(_name_or_mark, stripped)
    return " ".join(_LISTS.sub("(?)", text).split()).rstrip("; ")


def _mark(found: re.Match[str]) -> str:
    """The replacement of a token; comments, which may name people or hold a quote, are removed like values."""
    return " " if found[0].startswith(("--", "/*")) else "?"


def _name_or_mark(found: re.Match[str]) -> str:
    return found[0] if _NAME.fullmatch(found["name"]) else "?"


def _plain(texts: Iterable[str], dialects: tuple[str, ...]) -> Iterator[Statement]:
    mysql = dialects == ("mysql",)
    for text in texts:
        stripped = without_values(text, mysql=mysql)
        if stripped:
            yield Statement(stripped, 1, dialects)


# --- PostgreSQL


def _from_postgres(lines: Iterator[str]) -> Iterator[str]:
    """Records of the stderr log; the lines after the first begin with a tab."""
    statement: list[str] = []
    for line in lines:
        if line.startswith("\t"):
            if statement:
                statement.append(line)
            continue
        if statement:
            yield "\n".join(statement)
        found = _POSTGRES.search(line)
        statement = [] if found is None else [found["statement"]]
    if statement:
        yield "\n".join(statement)


def _is_csv_log(head: list[str]) -> bool:
    rows = list(_rows(iter(head)))
    return any(len(row) > _CSV_MESSAGE and row[_CSV_SEVERITY] in {"LOG", "ERROR", "FATAL", "WARNING"} for row in rows)


def _from_csv_log(lines: Iterator[str]) -> Iterator[str]:
    for row in _rows(lines):
        found = _POSTGRES_MESSAGE.match(row[_CSV_MESSAGE]) if len(row) > _CSV_MESSAGE else None
        if found is not None:
            yield found["statement"]


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    reader = csv.reader(line + "\n" for line in lines)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:  # A field exceeds the module's limit: the row is lost, the rest of the log is not.
            continue


def _is_statistics(head: list[str]) -> bool:
    return any({"query", "calls"} <= set(row) for row in _rows(iter(head[:1])))


def _from_statistics(lines: Iterator[str]) -> Iterator[Statement]:
    rows = _rows(lines)
    header = next(rows)
    query, calls = header.index("query"), header.index("calls")
    for row in rows:
        if len(row) > max(query, calls) and _COUNT.fullmatch(row[calls]):
            text = without_values(row[query])
            if text:
                yield Statement(text, int(row[calls]), ("postgres",))


# --- MySQL


def _is_mysql(line: str) -> bool:
    found = _MYSQL.match(line)
    return found is not None and found["command"] in {"Query", "Execute", "Connect", "Prepare", "Init DB", "Quit"}


def _from_mysql(lines: Iterator[str]) -> Iterator[str]:
    """Records of the general log; a line that does not begin a record belongs to the one before."""
    statement: list[str] = []
    for line in lines:
        found = _MYSQL.match(line)
        if found is None:
            if statement:
                statement.append(line)
            continue
        if statement:
            yield "\n".join(statement)
        statement = [found["argument"] or ""] if found["command"] in {"Query", "Execute"} else []
    if statement:
        yield "\n".join(statement)
