"""Tables that became one are cut over and rolled back by the commands a user gives, with everything running."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from strangler.demo.processes import Process, Processes, Program, free_port
from tests.etl.copied_case import key_of

_SECONDS = 60.0
_PROJECT = """
[monolith]
root = "app"
database = "${SOURCE}"
upstreams = ["http://127.0.0.1:UPSTREAM"]
[services.people]
tables = ["customer", "supplier"]
database = "${TARGET}"
upstreams = ["http://127.0.0.1:UPSTREAM"]
[gateway]
listen = "127.0.0.1:LISTEN"
admin = ["127.0.0.1:ADMIN"]
token = "${TOKEN}"
[[routes]]
match = { path = "/people", methods = ["GET", "POST"] }
service = "people"
[etl.people.tables.customer]
target = "party"
columns = { id = { key = "uuid" }, number = { key = "source" }, kind = "'customer'", name = "name" }
[etl.people.tables.supplier]
target = "party"
columns = { id = { key = "uuid" }, number = { key = "source" }, kind = "'supplier'", name = "title" }
"""
_TABLES = """
CREATE TABLE customer (id integer PRIMARY KEY, name varchar(40) NOT NULL);
CREATE TABLE supplier (id integer PRIMARY KEY, title varchar(40) NOT NULL);
INSERT INTO customer VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO supplier VALUES (1, 'Lamps');
"""


class _Town:
    """A monolith that does nothing, its gateway, and the follower; both databases are files."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        self.folder, self._processes = folder, processes
        self._environment = {
            **os.environ,
            "SOURCE": f"sqlite:///{folder / 'source.sqlite3'}",
            "TARGET": f"sqlite:///{folder / 'target.sqlite3'}",
            "TOKEN": "t" * 32,
        }
        upstream = free_port()
        (folder / "app").mkdir()
        (folder / "app" / "main.py").write_text("answer = 42\n")
        text = _PROJECT.replace("UPSTREAM", str(upstream)).replace("LISTEN", str(free_port()))
        (folder / "strangler.toml").write_text(text.replace("ADMIN", str(free_port())))
        (folder / "target.sqlite3").touch()
        with closing(sqlite3.connect(folder / "source.sqlite3")) as connection:
            connection.executescript(_TABLES)
        server = (sys.executable, "-m", "http.server", str(upstream), "--bind", "127.0.0.1")
        processes.start(Program("upstream", server, folder / "app", self._environment))

    def started(self, *words: str) -> Process:
        """Start a command that goes on."""
        command = (sys.executable, "-m", "strangler", *words)
        return self._processes.start(Program("-".join(words[:2]), command, self.folder, self._environment))

    def done(self, *words: str, status: int = 0) -> str:
        """Give a command, and return what it said."""
        process = self.started(*words)
        assert process.wait(_SECONDS) == status, process.said()
        return process.said()

    def serve(self) -> None:
        """Start the gateway and the follower."""
        gateway = self.started("gateway", "run")
        gateway.wait_until(gateway.says("gateway ready"))
        self.started("journal", "follow", "people")

    def write(self, side: str, *statements: str) -> None:
        """Change one of the databases."""
        with closing(sqlite3.connect(self.folder / f"{side}.sqlite3", timeout=_SECONDS)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, side: str, query: str) -> Sequence[tuple[object, ...]]:
        """What one of the databases has."""
        with closing(sqlite3.connect(self.folder / f"{side}.sqlite3", timeout=_SECONDS)) as connection:
            return connection.execute(query).fetchall()


@pytest.mark.faults
def test_tables_that_became_one_move_there_and_back(tmp_path: Path) -> None:
    """What v2 writes of each kind is in its table after the rollback; a row of no kind refuses it, and is named."""
    with Processes(tmp_path / "logs") as processes:
        town = _Town(tmp_path, processes)
        town.done("analyze")
        town.done("etl", "run", "people", "--create")
        town.done("journal", "install", "people")
        town.done("etl", "verify", "people")
        town.serve()
        town.done("cutover", "people")
        born = key_of(1, "nobody")
        town.write(
            "target",
            f"UPDATE party SET kind = 'supplier', number = 5 WHERE id = '{key_of(2, 'customer')}'",
            f"INSERT INTO party (id, number, kind, name) VALUES ('{born}', 2, 'partner', 'Nina')",
        )
        assert "is of no kind" in town.done("rollback", "people", status=4)
        assert town.rows("source", "SELECT * FROM customer") == [(1, "Ann"), (2, "Bob")]
        town.write("target", "UPDATE party SET kind = 'customer' WHERE name = 'Nina'")
        town.done("rollback", "people")
        assert town.rows("source", "SELECT * FROM customer ORDER BY id") == [(1, "Ann"), (2, "Nina")]
        assert town.rows("source", "SELECT * FROM supplier ORDER BY id") == [(1, "Lamps"), (5, "Bob")]
        said = town.done("etl", "verify", "people")
        assert "people: 4 rows compared, all equal" in said
        town.write("source", "UPDATE customer SET name = 'Nina again' WHERE id = 2")
        town.done("cutover", "people")
        assert town.rows("target", f"SELECT name FROM party WHERE id = '{born}'") == [("Nina again",)]
