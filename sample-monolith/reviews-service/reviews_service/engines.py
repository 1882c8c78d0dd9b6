"""The engines the service runs on."""

from reviews_service.database import Database
from reviews_service.postgres import PostgresDatabase
from reviews_service.sqlite import SqliteDatabase, sqlite_path


def database_at(url: str) -> Database:
    """The database of a ``postgresql://`` or ``sqlite:///`` URL, not yet open."""
    path = sqlite_path(url)
    return PostgresDatabase(url) if path is None else SqliteDatabase(path)
