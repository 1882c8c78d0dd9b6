"""A throw-away MariaDB server, run with the machine's own programs, as in Debian's package ``mariadb-server``."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from strangler.demo.postgres import unprivileged_account
from strangler.demo.processes import Process, ProcessError, Processes, Program, free_port
from strangler.demo.server_folder import server_folder
from strangler.model.errors import UnavailableError

USER = "strangler"
PACKAGE = "mariadb-server"
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_INIT_SECONDS = 60.0
_STATEMENT_SECONDS = 600.0
_START_ATTEMPTS = 3
_SETTINGS = (
    "--skip-log-bin", "--skip-name-resolve", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0",
    "--skip-innodb-doublewrite", "--character-set-server=utf8mb4", "--performance-schema=OFF",
)  # fmt: skip


class MariaDBServer:
    """A running server with a folder of its own; its data do not survive a power failure."""

    def __init__(self, processes: Processes, folder: Path, settings: tuple[str, ...] = ()) -> None:
        self._processes = processes
        self._folder = folder
        self._settings = settings
        self._account = unprivileged_account()
        self._password = secrets.token_hex(16)
        self._process: Process | None = None
        self.port = 0

    @property
    def pid(self) -> int | None:
        """The process id of the server; None if it is not running."""
        return self._process.pid if self._process else None

    def url(self, database: str) -> str:
        """Return the address of a database."""
        return f"mariadb://{USER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def initialise(self) -> None:
        """Make the data directory, owned by the user the server runs as."""
        if self._account:
            os.chown(self._folder, self._account.uid, self._account.gid)
        command = (
            "mariadb-install-db", "--no-defaults", f"--datadir={self._data}", "--skip-test-db",
            "--auth-root-authentication-method=normal", f"--tmpdir={self._folder}",
        )  # fmt: skip
        status = self._processes.run(self._program("mariadb-install-db", command), _INIT_SECONDS)
        if status.status != 0:
            raise ProcessError("mariadb-install-db", f"ended with status {status.status}", status.log)

    def start(self) -> None:
        """Start the server and wait until it accepts connections; later starts use the same port."""
        for attempt in range(1, _START_ATTEMPTS + 1):
            self.port = self.port or free_port()
            command = (
                "mariadbd", "--no-defaults", f"--datadir={self._data}", f"--socket={self._socket}",
                f"--port={self.port}", f"--pid-file={self._folder / 'pid'}", f"--tmpdir={self._folder}",
                *_SETTINGS, *self._settings,
            )  # fmt: skip
            self._process = self._processes.start(self._program("mariadbd", command))
            try:
                self._process.wait_until(self._accepts_connections)
            except ProcessError:
                if attempt == _START_ATTEMPTS or "Bind on TCP/IP port" not in self._process.said():
                    raise
                self.port = 0  # another process took the port
            else:
                self.execute(
                    f"CREATE USER IF NOT EXISTS {USER}@'127.0.0.1' IDENTIFIED BY '{self._password}';"
                    f" GRANT ALL ON *.* TO {USER}@'127.0.0.1'"
                )
                return

    def stop(self) -> None:
        """Stop the server; open connections are closed."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def create_database(self, name: str) -> str:
        """Create an empty database; return its address."""
        self.execute(f"CREATE DATABASE `{name}`")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database."""
        self.execute(f"DROP DATABASE `{name}`")

    def execute(self, statements: str, database: str = "") -> str:
        """Run statements as the server's owner, and return the output of the client."""
        command = ["mariadb", "--no-defaults", f"--socket={self._socket}", "--user=root", "--batch", database]
        found = subprocess.run(
            [part for part in command if part],
            input=f"SET NAMES utf8mb4; SET time_zone = '+00:00';\n{statements}",
            check=False,
            capture_output=True,
            text=True,
            timeout=_STATEMENT_SECONDS,
        )
        if found.returncode != 0:
            raise UnavailableError(f"MariaDB refuses: {found.stderr.strip()}")
        return found.stdout

    def _accepts_connections(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self._socket)) == 0

    def _program(self, name: str, command: tuple[str, ...]) -> Program:
        return Program(
            name=name,
            command=command,
            folder=self._folder,
            environment={"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": _PATH},
            account=self._account,
            stop_signal=signal.SIGTERM,
        )

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _socket(self) -> Path:
        return self._folder / "socket"


def missing_mariadb() -> str | None:
    """Say what this machine lacks to run a server; None if nothing."""
    programs = ("mariadbd", "mariadb-install-db", "mariadb")
    there = all(shutil.which(program, path=_PATH) for program in programs)
    return None if there else f"MariaDB is not installed (Debian: apt install {PACKAGE})"


@contextmanager
def mariadb_server(processes: Processes, settings: tuple[str, ...] = ()) -> Generator[MariaDBServer]:
    """Run a new server inside the block; afterwards it and its data are gone."""
    if reason := missing_mariadb():
        raise UnavailableError(reason)
    with server_folder("mariadb") as folder:
        server = MariaDBServer(processes, folder, settings)
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop()
