"""A PostgreSQL server with a source to copy from, and targets that are made anew for every run."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import psycopg

from strangler.demo.mariadb import mariadb_server
from strangler.demo.postgres import PostgresServer, installed_programs, postgres_server
from strangler.demo.processes import Processes

SETTINGS: Mapping[str, str] = MappingProxyType(
    {"max_connections": "50", "shared_buffers": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "1h"}
)
"""Beside the defaults: fsync and synchronous_commit stay on. No checkpoint by time falls into one round only."""

REVIEW = """
CREATE TABLE review (id bigint PRIMARY KEY, product_id integer NOT NULL, author_id integer NOT NULL,
    rating smallint NOT NULL, title text NOT NULL, body text, created_at timestamptz NOT NULL, score numeric(10, 2),
    extra jsonb, token uuid NOT NULL);
"""
VOTE = """
CREATE TABLE vote (id bigint PRIMARY KEY, review_id bigint NOT NULL REFERENCES review, voter text NOT NULL,
    value integer NOT NULL);
"""
SOURCE = f"""
CREATE TABLE product (id bigint PRIMARY KEY, name text NOT NULL);
{REVIEW} {VOTE}
INSERT INTO product SELECT n, 'product ' || n FROM generate_series(0, 4999) AS n;
INSERT INTO review SELECT n, n % 5000, n % 70000, n % 5 + 1, 'title ' || n,
    repeat('word ' || n || ' ', (4 + n % 5)::int),
    timestamptz '2024-01-01 00:00Z' + n * interval '37 seconds', CASE WHEN n % 7 > 0 THEN (n % 10000) / 100.0 END,
    CASE WHEN n % 3 > 0 THEN jsonb_build_object('a', n, 'tags', jsonb_build_array('x', 'y')) END, md5(n::text)::uuid
  FROM generate_series(1, ROWS::bigint) AS n;
INSERT INTO vote SELECT n, n * 2, 'voter ' || n, n % 3 - 1 FROM generate_series(1, ROWS::bigint / 2) AS n;
"""
SQLITE_SOURCE = """
CREATE TABLE review (id integer PRIMARY KEY, product_id integer NOT NULL, author_id integer NOT NULL,
    rating smallint NOT NULL, title text NOT NULL, body text, created_at datetime NOT NULL, score decimal,
    extra text, token char(32) NOT NULL);
CREATE TABLE vote (id integer PRIMARY KEY, review_id bigint NOT NULL REFERENCES review, voter text NOT NULL,
    value integer NOT NULL);
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ROWS)
INSERT INTO review SELECT n, n % 5000, n % 70000, n % 5 + 1, 'title ' || n,
    substr('word ' || n || ' word ' || n || ' word ' || n || ' word ' || n || ' word ' || n || ' ', 1, 40 + n % 20),
    datetime('2024-01-01', (n * 37) || ' seconds'), CASE WHEN n % 7 > 0 THEN (n % 10000) / 100.0 END,
    CASE WHEN n % 3 > 0 THEN json_object('a', n, 'tags', json_array('x', 'y')) END, printf('%032x', n)
  FROM numbers;
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ROWS / 2)
INSERT INTO vote SELECT n, n * 2, 'voter ' || n, n % 3 - 1 FROM numbers;
"""
MARIADB_SOURCE = """
CREATE TABLE review (id bigint PRIMARY KEY, product_id integer NOT NULL, author_id integer NOT NULL,
    rating smallint NOT NULL, title varchar(100) NOT NULL, body text, created_at datetime(6) NOT NULL,
    score decimal(10, 2), extra json, token char(32) NOT NULL);
CREATE TABLE vote (id bigint PRIMARY KEY, review_id bigint NOT NULL, voter varchar(100) NOT NULL,
    value integer NOT NULL, FOREIGN KEY (review_id) REFERENCES review (id));
INSERT INTO review SELECT seq, seq % 5000, seq % 70000, seq % 5 + 1, concat('title ', seq),
    repeat(concat('word ', seq, ' '), 4 + seq % 5), timestamp'2024-01-01 00:00:00' + interval seq * 37 second,
    CASE WHEN seq % 7 > 0 THEN (seq % 10000) / 100.0 END,
    CASE WHEN seq % 3 > 0 THEN json_object('a', seq, 'tags', json_array('x', 'y')) END, md5(seq)
  FROM seq_1_to_ROWS;
INSERT INTO vote SELECT seq, seq * 2, concat('voter ', seq), CAST(seq AS SIGNED) % 3 - 1 FROM seq_1_to_HALF;
ANALYZE TABLE review, vote;
"""
MAPPED = """
CREATE TABLE review (id uuid PRIMARY KEY, number bigint NOT NULL UNIQUE, product text NOT NULL, stars integer NOT NULL,
    heading text NOT NULL, body text, created_at timestamptz NOT NULL, score double precision, extra jsonb);
CREATE TABLE vote (id uuid PRIMARY KEY, number bigint NOT NULL UNIQUE, review_id uuid NOT NULL REFERENCES review,
    voter text NOT NULL, value integer NOT NULL);
"""
TARGETS: Mapping[str, str] = MappingProxyType({"same": REVIEW + VOTE, "mapped": MAPPED})
"""The tables of a target: those of the source, or what the mapping of `PROJECTS` makes of them."""

_PROJECT = """
[monolith]
database = "${SOURCE}"
[services.reviews]
tables = [%s]
database = "${TARGET}"
"""
_SAME = """
[etl.reviews.tables.review]
target = "review"
[etl.reviews.tables.review.columns]
id = { key = "source" }
product_id = "product_id"
author_id = "author_id"
rating = "rating"
title = "title"
body = "body"
created_at = "created_at"
score = "score"
extra = "extra"
token = "token"
[etl.reviews.tables.vote]
target = "vote"
columns = { id = { key = "source" }, review_id = "review_id", voter = "voter", value = "value" }
"""
_MAPPED = """
[etl.reviews.tables.review]
target = "review"
joins = { product = "product.id = review.product_id" }
drop = ["author_id", "token"]
[etl.reviews.tables.review.columns]
id = { key = "uuid" }
number = { key = "source" }
product = "product.name"
stars = "rating::integer"
heading = "title"
body = "body"
created_at = "created_at"
score = "score::double precision"
extra = "extra"
[etl.reviews.tables.vote]
target = "vote"
[etl.reviews.tables.vote.columns]
id = { key = "uuid" }
number = { key = "source" }
review_id = { key = "uuid", of = "review" }
voter = "voter"
value = "value"
"""
PROJECTS: Mapping[str, str] = MappingProxyType(
    {"same": _PROJECT % '"review", "vote"' + _SAME, "mapped": _PROJECT % '"vote"' + _MAPPED}
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: seconds by the clock, and seconds of processor time on both sides of the connection."""

    wall: float
    client: float
    server: float


class Stage:
    """The server with its databases; `rows` are those of the first table, the second has half as many."""

    def __init__(self, server: PostgresServer, rows: int) -> None:
        self._server = server
        self.rows = rows + rows // 2
        self.source = server.create_database("source")
        self._targets = 0
        self._further: int | None = None
        # As many as a server takes by default; sling refuses fewer.
        password = urlsplit(server.url()).password or ""
        self._execute(server.url(), f"SET scram_iterations = 4096; ALTER USER CURRENT_USER PASSWORD '{password}'")
        self._execute(self.source, SOURCE.replace("ROWS", str(rows)))
        self._execute(self.source, "VACUUM ANALYZE")

    @contextmanager
    def beside(self, process: int | None) -> Generator[None]:
        """Count the processor time of another server as well, for the block."""
        self._further = process
        try:
            yield
        finally:
            self._further = None

    @property
    def psql(self) -> str:
        """The program."""
        return str(installed_programs() / "bin" / "psql")

    def template(self, name: str, tables: str) -> None:
        """Keep a database with these tables, to make targets of."""
        self._execute(self._server.create_database(name), tables)

    def url(self, name: str) -> str:
        """The address of a database."""
        return self._server.url(name)

    @contextmanager
    def target(self, template: str) -> Generator[str]:
        """The address of a copy of a template, for the block."""
        self._targets += 1
        name = f"target_{self._targets}"
        self._execute(self._server.url(), f'CREATE DATABASE {name} TEMPLATE "{template}"')
        # What an earlier round has left to write shall not fall into this one.
        self._execute(self._server.url(), "CHECKPOINT")
        try:
            yield self._server.url(name)
        finally:
            self._server.drop_database(name)

    def cost(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Cost:
        """Run a command to its end. RuntimeError, with what it said, when it fails."""
        server, client, begun = self._server_seconds(), _client_seconds(), time.perf_counter()
        outcome = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=folder, env={**os.environ, **environment}
        )
        wall = time.perf_counter() - begun
        if outcome.returncode != 0:
            raise RuntimeError(
                f"{command[0]} ended with {outcome.returncode}: {outcome.stdout} {outcome.stderr}"[-2000:]
            )
        return Cost(wall, _client_seconds() - client, self._server_seconds() - server)

    def counted(self, url: str) -> int:
        """How many rows a target has."""
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT (SELECT count(*) FROM review) + (SELECT count(*) FROM vote)").fetchone()
        return int(found[0]) if found else 0

    def _execute(self, url: str, statements: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statements.encode())

    def _server_seconds(self) -> float:
        """Of the server, the processes it has ended included."""
        process = self._server.pid
        further = sum(_fields(f"/proc/{self._further}/stat")[11:13]) if self._further else 0
        ticks = further + sum(_fields(f"/proc/{process}/stat")[11:15])
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            ticks += sum(sum(_fields(f"/proc/{child}/stat")[11:13]) for child in children.read_text().split())
        return ticks / os.sysconf("SC_CLK_TCK")


def sqlite_source(folder: Path, rows: int) -> str:
    """The address of a SQLite file with the rows of the source, of the kinds that SQLite has."""
    path = folder / "source.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript(SQLITE_SOURCE.replace("ROWS", str(rows)))
    connection.close()
    return f"sqlite:///{path}"


@contextmanager
def mariadb_source(folder: Path, rows: int) -> Generator[tuple[str, int | None]]:
    """A MariaDB server with the rows of the source, for the block: its database's address and its process."""
    with Processes(folder) as processes, mariadb_server(processes, ("--innodb-buffer-pool-size=512M",)) as server:
        address = server.create_database("source")
        server.execute(MARIADB_SOURCE.replace("ROWS", str(rows)).replace("HALF", str(rows // 2)), "source")
        yield address, server.pid


def _fields(path: str) -> list[int]:
    try:
        text = Path(path).read_text()
    except OSError:
        return []
    return [int(field) if field.lstrip("-").isdigit() else 0 for field in text.rpartition(")")[2].split()]


def _client_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def stage(rows: int, folder: Path) -> Generator[Stage]:
    """A stage for the block."""
    with Processes(folder) as processes, postgres_server(processes, SETTINGS) as server:
        yield Stage(server, rows)
