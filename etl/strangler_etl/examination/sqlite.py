"""What a SQLite file must be and allow."""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from strangler.secret import DatabaseUrl
from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import key_name
from strangler_etl.engine.schema import Table
from strangler_etl.errors import DatabaseError
from strangler_etl.examination.finding import Check, Finding, ok, problem, warning
from strangler_etl.examination.outside_check import outside_check
from strangler_etl.examination.permission import mend_of_permission
from strangler_etl.examination.reference_check import reference_check
from strangler_etl.examination.table_use import TableUse
from strangler_etl.sqlite.database import SQLiteDatabase, sqlite_path
from strangler_etl.sqlite.run_lock import SQLiteRunLock

OLDEST = (3, 35, 0)
"""The first version with RETURNING; upserts came with 3.24."""
_BUSY_MILLISECONDS = 2_000
_MAGIC = b"SQLite format 3\0"
_WRITE_VERSION = 18
"""The byte of the header that says how the file is written (SQLite, Database File Format, section 1.3.3)."""
_WRITE_AHEAD = 2


class ObservedSQLite(SQLiteDatabase):
    """A connection that can change neither the file nor its journal mode."""

    def __init__(self, url: DatabaseUrl) -> None:
        self._address = str(url)
        path = sqlite_path(url).absolute()
        self._run_lock = SQLiteRunLock(path)
        with self._errors():
            self._connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None)
            self._connection.execute("PRAGMA query_only = ON")
            self._connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
            # The first statement that reads the file fails if it is no database.
            self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


@contextmanager
def opened_to_look(url: DatabaseUrl) -> Generator[Database]:
    """Connect without changing anything; DatabaseError when that is not possible."""
    path = sqlite_path(url)
    if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file may raise
        raise DatabaseError(str(url), _missing(path), "let its application create it, or correct the address")
    try:
        opened = ObservedSQLite(url)
    except DatabaseError as error:
        mend = "name a SQLite file in the address" if "not a database" in error.what else _OPEN
        raise DatabaseError(str(url), error.what, mend) from error
    with opened as database:
        yield database


_OPEN = "let this user read and write the file and its folder, and look whether it is damaged or busy"


def _missing(path: Path) -> str:
    return "there is no such file" if path.is_absolute() else f"there is no such file in {Path.cwd()}"


def file_of(url: DatabaseUrl) -> Path:
    """The file the URL names."""
    return sqlite_path(url)


def file_checks(path: Path) -> Sequence[Check]:
    """Checks of the file itself, by the file system."""
    if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file may raise
        return ()
    return (
        Check("file", lambda: [_writable(path)]),
        Check("write-ahead log", lambda: _write_ahead(path)),
        Check("disk", lambda: [_free(path, shutil.disk_usage(path.absolute().parent).free)]),
    )


def server_checks(database: Database) -> Sequence[Check]:
    """Checks of the SQLite library, and of the file's settings."""
    return (
        Check("engine", lambda: [engine_finding(sqlite3.sqlite_version)]),
        Check("JSON functions", lambda: [_json(database)]),
        Check("encoding", lambda: [_encoding(database)]),
        Check("clock", lambda: [ok("clock", "that of this machine")]),
        Check("foreign keys", lambda: [ok("foreign keys", "kept by connections that ask for it; strangler's do")]),
    )


def table_checks(database: Database, uses: Sequence[TableUse]) -> Sequence[Check]:
    """Checks of the tables and what depends on them; SQLite has no privileges: file permissions say who may write."""
    return (
        *(Check(f"table {use.name}", _table(database, use)) for use in uses),
        Check("triggers", lambda: _triggers(database, uses)),
        outside_check(database, uses),
        reference_check(database, uses),
    )


def identity_of(database: Database) -> str:
    """Device and inode number of the file, the same whatever path it is opened by."""
    file = next(str(file) for _, name, file in database.rows("PRAGMA database_list") if name == "main")
    found = Path(file).stat()
    return f"{found.st_dev}:{found.st_ino}"


def engine_finding(version: str) -> Finding:
    """Judge the version of the library, as in ``3.40.1``."""
    if tuple(map(int, version.split("."))) >= OLDEST:
        return ok("engine", f"SQLite {version}")
    oldest = ".".join(map(str, OLDEST[:2]))
    return problem("engine", f"SQLite {version}", f"use a Python with SQLite {oldest} or newer")


def _writable(path: Path) -> Finding:
    folder = path.absolute().parent
    if not os.access(path, os.W_OK):
        return problem("file", "it cannot be written", mend_of_permission(path, "w"))
    if not os.access(folder, os.W_OK | os.X_OK):
        return problem("file", f"{folder}, where the log of {path.name} is kept, cannot be written",
                       mend_of_permission(folder, "wx"))  # fmt: skip
    return ok("file", "it and its folder can be written")


def _write_ahead(path: Path) -> Iterator[Finding]:
    try:
        with path.open("rb") as file:
            header = file.read(_WRITE_VERSION + 1)
    except OSError as error:
        yield problem("write-ahead log", f"cannot be read: {error.strerror}", mend_of_permission(path, "r"))
        return
    if header.startswith(_MAGIC) and header[_WRITE_VERSION] == _WRITE_AHEAD:
        yield ok("write-ahead log", "on")
    elif header.startswith(_MAGIC) or not header:
        yield warning(
            "write-ahead log",
            "off: whoever reads holds up whoever writes; strangler turns it on when it first writes to the file",
            f"run: sqlite3 {shlex.quote(str(path))} 'PRAGMA journal_mode = WAL'",
        )


def _free(path: Path, free: int) -> Finding:
    size = path.stat().st_size
    found = f"{_megabytes(free)} free, the file has {_megabytes(size)}"
    if free >= size:
        return ok("disk", found)
    return problem("disk", found, f"free at least {_megabytes(size - free)}: the copy and the log need the room")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB"


def _json(database: Database) -> Finding:
    try:
        database.rows("SELECT value FROM json_each(?)", ["[1]"])
    except DatabaseError as error:
        return problem("JSON functions", error.what, "use a Python whose SQLite has the JSON functions")
    return ok("JSON functions", "there; no extension is needed")


def _encoding(database: Database) -> Finding:
    found = str(database.rows("PRAGMA encoding")[0][0])
    if found == "UTF-8":
        return ok("encoding", found)
    return warning("encoding", found, "keys are compared as UTF-8: write the database anew in UTF-8")


def _table(database: Database, use: TableUse) -> Callable[[], Iterable[Finding]]:
    def look() -> Iterator[Finding]:
        name = f"table {use.name}"
        found = database.tables([use.name]).get(use.name)
        kind = database.rows("SELECT type FROM sqlite_master WHERE name = ?", [use.name])
        if found is None:
            yield problem(name, "is not there", "let its application create it, or correct [etl] in strangler.toml")
        elif kind != [("table",)]:
            yield problem(name, "is a view", "name the table the view is made of")
        elif not found.key:
            yield problem(name, "has no primary key", "give it one: rows are followed by it")
        elif use.number and not _numbers_for_ever(database, found, use.number):
            level = warning if database.rows("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'") else problem
            yield level(
                name,
                f"{use.number} is not AUTOINCREMENT: the numbers of deleted rows are given again",
                f"declare {use.number} INTEGER PRIMARY KEY AUTOINCREMENT, so that a number means one row for ever",
            )
        else:
            yield ok(name, f"its rows are known by {key_name(found.key)}")

    return look


def _numbers_for_ever(database: Database, table: Table, number: str) -> bool:
    if "INT" not in table.columns[number].type.upper():
        return True
    sql = str(database.rows("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", [table.name])[0][0])
    return table.key == (number,) and "AUTOINCREMENT" in sql.upper()


def _triggers(database: Database, uses: Sequence[TableUse]) -> Iterator[Finding]:
    found = [
        f"{name} on {table}"
        for table, name in database.rows(
            "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1, 2"
        )
        if any(use.name == table and use.written for use in uses) and not str(name).startswith("strangler_")
    ]
    if found:
        yield warning(
            "triggers",
            f"{', '.join(found)} also fire on the rows strangler writes",
            "check that they may: what they do to other rows comes from the other side as well",
        )
    else:
        yield ok("triggers", "none that would touch applied rows")
