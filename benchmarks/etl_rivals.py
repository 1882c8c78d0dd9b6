"""The programs the copy is timed beside: each copies the tables `review` and `vote` from one URL to another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import PeerUnavailableError, peer_environment

_SLING = ("sling-linux-amd64==1.4.11",)
_DLT = ("dlt[postgres,sql-database]==1.31.0", "pyarrow==26.0.1", "psycopg[binary]==3.3.9")
_PETL = ("petl==1.7.30", "psycopg2-binary==2.9.13")

_CHOSEN_BY_PGLOADER = {
    "postgresql": "MATCHING 'review', 'vote' IN SCHEMA 'public'",
    "mariadb": "MATCHING 'review', 'vote'",
    "sqlite": "LIKE 'review', 'vote'",
}
_KEYS = (
    "ALTER TABLE {0}review ADD PRIMARY KEY (id);"
    " ALTER TABLE {0}vote ADD PRIMARY KEY (id), ADD FOREIGN KEY (review_id) REFERENCES {0}review"
)
"""What programs that make their tables themselves leave out, or cannot do, of the tables of the others."""
_PETL_PROGRAM = """
import sys
import petl, psycopg2
source, target = psycopg2.connect(sys.argv[1]), psycopg2.connect(sys.argv[2])
for table in ("review", "vote"):
    rows = petl.fromdb(lambda: source.cursor(name=table), f"SELECT * FROM {table}")
    if table == "review":
        rows = petl.convert(rows, "extra", lambda v: None if v is None else __import__("json").dumps(v))
    petl.appenddb(rows, target, table)
"""
_DLT_PROGRAM = """
import sys
import dlt
from dlt.sources.sql_database import sql_database
source = sql_database(sys.argv[1], table_names=["review", "vote"], backend="pyarrow", chunk_size=100_000)
pipeline = dlt.pipeline("bench", pipelines_dir=sys.argv[3], destination=dlt.destinations.postgres(sys.argv[2]),
                        dataset_name="loaded")
pipeline.run(source, write_disposition="replace", loader_file_format="csv")
"""


@dataclass(frozen=True, slots=True)
class Rival:
    """A program; `command` of the source's and the target's URL and a folder of its own.

    Where it is `slow` it gets a tenth of the rows; `own_tables` says that it makes the target's tables itself.
    """

    name: str
    command: Callable[[str, str, Path], list[str]]
    slow: bool = False
    own_tables: bool = False


def psql(program: str, queries: tuple[str, str]) -> Rival:
    """COPY in binary from one psql into another, a table at a time, with these queries for the two tables."""

    def command(source: str, target: str, _folder: Path) -> list[str]:
        pipes = [
            f"{program} {source} -qXc {quoted(f'COPY ({query}) TO STDOUT BINARY')}"
            f" | {program} {target} -qXc 'COPY {table} FROM STDIN BINARY'"
            for table, query in zip(("review", "vote"), queries, strict=True)
        ]
        return ["bash", "-e", "-o", "pipefail", "-c", "\n".join(pipes)]

    return Rival("psql", command)


def psql_by_hand(program: str) -> Rival:
    """As `psql`, by somebody who takes all keys away before, and makes them after, of both tables at once."""
    pipes = psql(program, ("SELECT * FROM review", "SELECT * FROM vote"))

    def command(source: str, target: str, folder: Path) -> list[str]:
        *shell, script = pipes.command(source, target, folder)
        alter = f"{program} {target} -qXv ON_ERROR_STOP=1 -c 'ALTER TABLE"
        drop = (
            f"{alter} vote DROP CONSTRAINT vote_review_id_fkey, DROP CONSTRAINT vote_pkey'\n"
            f"{alter} review DROP CONSTRAINT review_pkey'\n"
        )
        make = (
            f"\n{alter} vote ADD PRIMARY KEY (id)' &\n{alter} review ADD PRIMARY KEY (id)'\nwait $!\n"
            f"{alter} vote ADD FOREIGN KEY (review_id) REFERENCES review'"
        )
        return [*shell, drop + script + make]

    return Rival("psql by hand", command)


def digests(program: str) -> Rival:
    """The MD5 of every row of both tables, in the order of the keys, from both databases at once, compared by `cmp`."""

    def command(source: str, target: str, _folder: Path) -> list[str]:
        query = "COPY (SELECT md5({0}::text) FROM {0} ORDER BY id) TO STDOUT"
        comparisons = [
            "cmp " + " ".join(f"<({program} {url} -qXc '{query.format(table)}')" for url in (source, target))
            for table in ("review", "vote")
        ]
        return ["bash", "-e", "-c", "\n".join(comparisons)]

    return Rival("md5", command)


def pgloader(psql: str) -> Rival:
    """Debian's pgloader, which makes its tables itself: it cannot read those that PostgreSQL 18 has already.

    Their keys are made by `psql` (a path).
    """
    program = _of_debian("pgloader", "pgloader")

    def command(source: str, target: str, folder: Path) -> list[str]:
        script = folder / "copy.load"
        engine = source.partition(":")[0]
        keys = "" if engine == "sqlite" else "no foreign keys, "
        script.write_text(
            f"LOAD DATABASE FROM {_unencrypted(source).replace('mariadb:', 'mysql:')} INTO {_unencrypted(target)}\n"
            f"WITH create tables, create no indexes, {keys}reset no sequences,"
            " workers = 4, concurrency = 2, prefetch rows = 50000\n"
            f"INCLUDING ONLY TABLE NAMES {_CHOSEN_BY_PGLOADER[engine]};\n"
        )
        keys_of = _KEYS.format('"source".' if engine == "mariadb" else "")
        return [
            *("bash", "-e", "-c"),
            f"{program} --on-error-stop {script}\n{psql} {target} -qXv ON_ERROR_STOP=1 -c {quoted(keys_of)}",
        ]

    return Rival("pgloader", command, own_tables=True)


def sling(psql: str) -> Rival:
    """Sling, which makes its tables itself, without keys: `psql` (a path) makes them."""
    folder = peer_environment(_SLING)
    program = next(folder.parent.glob("lib/python*/site-packages/sling_linux_amd64/bin/sling-linux-amd64"), None)
    if program is None:
        raise PeerUnavailableError("sling-linux-amd64 has no program sling")
    program.chmod(0o755)

    def command(source: str, target: str, _folder: Path) -> list[str]:
        ends = f"--src-conn {_of_sling(source)} --tgt-conn {_of_sling(target)}"
        schema = {"postgresql": "public", "sqlite": "main", "mariadb": "source"}[source.partition(":")[0]]
        runs = [
            f"{program} run {ends} --src-stream {schema}.{table} --tgt-object public.sling_{table} --mode full-refresh"
            for table in ("review", "vote")
        ]
        runs.append(f"{psql} {target} -qXv ON_ERROR_STOP=1 -c {quoted(_KEYS.format('sling_'))}")
        return ["bash", "-e", "-c", "\n".join(runs)]

    return Rival("sling", command, own_tables=True)


def dlt() -> Rival:
    """Dlt by way of Arrow and CSV, the fastest of its ways here; it makes its tables itself."""
    python = str(peer_environment(_DLT) / "python")
    return Rival(
        "dlt",
        lambda source, target, folder: [python, "-c", _DLT_PROGRAM, source, target, str(folder / "dlt")],
        slow=True,
        own_tables=True,
    )


def petl() -> Rival:
    """Petl, from a cursor on the server into tables that are there."""
    python = str(peer_environment(_PETL) / "python")
    return Rival("petl", lambda source, target, _: [python, "-c", _PETL_PROGRAM, source, target], slow=True)


def ours() -> Rival:
    """`strangler etl run`, in a folder that holds a project."""
    return Rival("ours", lambda _source, _target, _folder: [*STRANGLER, "etl", "run", "reviews", "--json"])


STRANGLER = (sys.executable, "-m", "strangler")


def _unencrypted(url: str) -> str:
    return f"{url}?sslmode=disable" if url.startswith("postgresql:") else url


def _of_sling(url: str) -> str:
    """An address as sling writes it: the path of a SQLite file follows two slashes."""
    return _unencrypted(url).replace("sqlite:///", "sqlite://")


def _of_debian(name: str, package: str) -> str:
    """The path of a program, whose package is installed where that is allowed; PeerUnavailableError otherwise."""
    if shutil.which(name) is None and shutil.which("apt-get") and os.geteuid() == 0:
        # Without recommendations it brings no service that starts.
        command = ["apt-get", "install", "--yes", "-qq", "--no-install-recommends", package]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, check=False, capture_output=True, env=environment, timeout=300)
    program = shutil.which(name)
    if program is None:
        raise PeerUnavailableError(f"{name} is missing (Debian: apt install {package})")
    return program


def quoted(text: str) -> str:
    """As a shell takes it for one word."""
    return "'" + text.replace("'", "'\\''") + "'"
