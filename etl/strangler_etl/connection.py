"""Opens a database by its URL."""

from __future__ import annotations

from strangler.model.errors import ConfigurationError, MissingExtraError
from strangler.secret import DatabaseUrl
from strangler_etl.engine.database import Database

_FORMS = "write postgresql://user:password@host/database, mariadb://user:password@host/database or sqlite:////path"


def open_database(url: DatabaseUrl) -> Database:
    """Connect to ``postgresql://…``, ``mariadb://…`` (or ``mysql://…``) or ``sqlite:///…``.

    Raises ConfigurationError for another engine, MissingExtraError without its driver, DatabaseError when there is no
    connection.
    """
    try:
        engine = url.engine
    except ValueError as error:
        raise ConfigurationError(f"is no address of a database: {error}", where=str(url), remedy=_FORMS) from error
    match engine:
        case "postgresql":
            try:
                from strangler_etl.postgres.database import PostgresDatabase  # noqa: PLC0415 - its driver is an extra
            except ModuleNotFoundError as error:
                raise MissingExtraError("PostgreSQL", "postgres", error.name or "psycopg") from error
            return PostgresDatabase(url)
        case "sqlite":
            from strangler_etl.sqlite.database import SQLiteDatabase  # noqa: PLC0415 - most have none

            return SQLiteDatabase(url)
        case "mysql":
            try:
                from strangler_etl.mariadb.database import MariaDBDatabase  # noqa: PLC0415 - its driver is an extra
            except ModuleNotFoundError as error:
                raise MissingExtraError("MariaDB", "mariadb", error.name or "pymysql") from error
            return MariaDBDatabase(url)
        case other:
            raise ConfigurationError(
                f"there is no support for {other or 'this kind of'} databases",
                where=str(url),
                remedy=_FORMS,
            )
