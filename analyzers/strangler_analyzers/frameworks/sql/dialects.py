"""Detects the SQL dialects of a program from its imported drivers and its settings."""

from __future__ import annotations

from strangler_analyzers.frameworks.framework import imports_any
from strangler_analyzers.linker.program import Program
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import nodes

_DRIVERS = {
    "postgres": frozenset({"psycopg", "psycopg2", "asyncpg", "aiopg", "pg8000"}),
    "mysql": frozenset({"pymysql", "MySQLdb", "mysql", "aiomysql", "asyncmy"}),
    "oracle": frozenset({"cx_Oracle", "oracledb"}),
    "tsql": frozenset({"pymssql", "pyodbc"}),
    "snowflake": frozenset({"snowflake"}),
    "duckdb": frozenset({"duckdb"}),
    "clickhouse": frozenset({"clickhouse_driver", "clickhouse_connect"}),
    "sqlite": frozenset({"sqlite3", "aiosqlite"}),
}
_SCHEMES = {"postgres": "postgres", "mysql": "mysql", "sqlite": "sqlite", "oracle": "oracle", "mssql": "tsql"}
"""The dialects by words in database URLs and in the names of Django's backends."""


def dialects_of(program: Program) -> tuple[str, ...]:
    """Sqlglot's names of the dialects to try, the most likely first."""
    found = dict.fromkeys(_configured(program))
    for dialect, packages in _DRIVERS.items():
        if imports_any(program, packages):
            found[dialect] = None
    return tuple(found)


def _configured(program: Program) -> list[str]:
    """Dialects named by database URLs and engine names in configuration modules, in source order."""
    found: list[str] = []
    for unit in program.units.values():
        last = unit.name.rpartition(".")[2]
        if not any(word in unit.name for word in ("settings", "config")) and last not in {"database", "db", "base"}:
            continue
        for node in nodes(unit.tree.body):
            if isinstance(node, s.Constant) and isinstance(node.value, str):
                dialect = _named_in(node.value)
                if dialect is not None and dialect not in found:
                    found.append(dialect)
    return found


def _named_in(text: str) -> str | None:
    head = text.partition("://")[0].partition("+")[0] if "://" in text else ""
    if text.startswith("django.db.backends."):
        head = text.removeprefix("django.db.backends.")
    return next((dialect for word, dialect in _SCHEMES.items() if head.startswith(word)), None)
