"""Reads what a database of any engine declares of its tables beyond their columns' types."""

from __future__ import annotations

from collections.abc import Callable

from strangler_etl.engine.database import Database
from strangler_etl.engine.declaration import Declaration
from strangler_etl.engine.session import Session
from strangler_etl.mariadb import declarations as mariadb
from strangler_etl.postgres import declarations as postgres
from strangler_etl.sqlite import declarations as sqlite

_READERS: dict[str, Callable[[Session, str], Declaration]] = {
    "mariadb": mariadb.declaration_of,
    "postgres": postgres.declaration_of,
    "sqlite": sqlite.declaration_of,
}


def declaration_of(database: Database, table: str) -> Declaration:
    """The declarations of a table that exists."""
    return _READERS[database.dialect](database, table)
