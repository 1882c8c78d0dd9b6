"""The service's own tables: numbered SQL files, each applied once. ``python -m reviews_service.schema``"""

import os
import sqlite3
from collections.abc import Iterator
from importlib.resources import files

import psycopg

from reviews_service.config import setting
from reviews_service.sqlite import connected, sqlite_path

LEDGER = """
    CREATE TABLE IF NOT EXISTS schema_migration (
        name text PRIMARY KEY,
        applied_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
    )
"""
LOCK_KEY = 0x72657669657773


def migrations(engine: str) -> list[tuple[str, str]]:
    """Name and SQL of every migration of ``postgres`` or ``sqlite``, in order."""
    folder = files("reviews_service") / "migrations" / engine
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name, (folder / name).read_text("utf-8")) for name in names]


def create(url: str) -> list[str]:
    """Apply what is missing, all or nothing, and return the names; [] when nothing was."""
    path = sqlite_path(url)
    return create_in_postgres(url) if path is None else create_in_sqlite(path)


def create_in_postgres(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
        connection.execute(LEDGER)
        done = {name for (name,) in connection.execute("SELECT name FROM schema_migration")}
        missing = [(name, sql) for name, sql in migrations("postgres") if name not in done]
        for name, sql in missing:
            connection.execute(sql.encode())
            connection.execute("INSERT INTO schema_migration (name) VALUES (%s)", [name])
    return [name for name, _ in missing]


def create_in_sqlite(path: str) -> list[str]:
    connection = connected(path)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(LEDGER)
        done = {name for (name,) in connection.execute("SELECT name FROM schema_migration")}
        missing = [(name, sql) for name, sql in migrations("sqlite") if name not in done]
        for name, sql in missing:
            for statement in statements(sql):
                connection.execute(statement)
            connection.execute("INSERT INTO schema_migration (name) VALUES (?)", [name])
        connection.execute("COMMIT")
    finally:
        connection.close()
    return [name for name, _ in missing]


def statements(sql: str) -> Iterator[str]:
    """``executescript`` would commit; so one by one."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


if __name__ == "__main__":
    for applied in create(setting(os.environ, "REVIEWS_DATABASE_URL")):
        print(f"applied {applied}")
