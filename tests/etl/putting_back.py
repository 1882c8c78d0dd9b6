"""Backups of a database that are put back: as a dump, in a new database, and as files, in the same one."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

_OF_THE_JOURNAL = ("reviews_vote", "reviews_review", "strangler.journal", "strangler.stream_position")


def backed_up(url: str) -> None:
    """Make a backup of a database, or of a file, to which nobody is connected; one that was made before goes."""
    if url.startswith("sqlite"):
        _copied(_file(url), f"{_file(url)}.backup")
        return
    with _administrator(url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(_backup(url)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(_backup(url), _name(url))
        )


def put_back(url: str) -> None:
    """Put the backup in place of the database, in another one of the same name, as a dump is read in."""
    if url.startswith("sqlite"):
        _copied(f"{_file(url)}.backup", _file(url))
        return
    with _administrator(url) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(_name(url)))
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(_backup(url), _name(url)))


def files_backed_up(connection: psycopg.Connection) -> None:
    """Keep the rows and records of the shop's reviews as they are: put back, they are in the same database."""
    for table in _OF_THE_JOURNAL:
        kept = sql.Identifier(f"kept {table}")
        connection.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(kept, _table(table)))


def files_put_back(connection: psycopg.Connection) -> None:
    """Put them back; the next record has the number that the first one after the backup had."""
    connection.execute("SET session_replication_role = replica")
    for table in _OF_THE_JOURNAL:
        connection.execute(sql.SQL("DELETE FROM {}").format(_table(table)))
    for table in reversed(_OF_THE_JOURNAL):
        kept = sql.Identifier(f"kept {table}")
        connection.execute(sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE TABLE {}").format(_table(table), kept))
    connection.execute(
        "SELECT setval(pg_get_serial_sequence('strangler.journal', 'seq'),"
        ' (SELECT max(seq) + 1 FROM "kept strangler.journal"), false)'
    )
    connection.execute("SET session_replication_role = origin")


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


def _file(url: str) -> str:
    return url.removeprefix("sqlite:///")


def _copied(file: str, to: str) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def _administrator(url: str) -> psycopg.Connection:
    return psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True)


def _name(url: str) -> sql.Identifier:
    return sql.Identifier(str(conninfo_to_dict(url)["dbname"]))


def _backup(url: str) -> sql.Identifier:
    return sql.Identifier(f"{conninfo_to_dict(url)['dbname']}_b")
