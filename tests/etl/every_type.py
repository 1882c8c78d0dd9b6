"""Two PostgreSQL databases with rows of every type and children of theirs, and runs of the copy that can be killed.

The children of one table have numbers, those of the other are known by two columns.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from strangler.demo.postgres import PostgresServer
from strangler.project_reader import load_project
from strangler_etl.copying.cleaning import clean
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import open_migration

KINDS = """
small smallint, whole integer, big bigint, exact numeric(12,3), free numeric, single real, double double precision,
words text, short varchar(40), fixed char(6), bytes bytea, day date, noon time, zoned timetz, local timestamp,
moment timestamptz, span interval, truth boolean, token uuid, document json, packed jsonb, host inet, net cidr,
card macaddr, bits varbit, spot point, whole_range int4range, moments tstzrange, wholes integer[], tags text[],
feeling mood, feelings mood[], words_found tsvector, price money
"""
COLUMNS = tuple(part.split()[0] for part in re.split(r",\s+", KINDS.strip()))
VALUES = """
n % 30000, n, n * 1000003::bigint, n / 7.0, CASE WHEN n % 11 = 0 THEN 'NaN' ELSE (n::numeric ^ 3) / 13.0 END,
n / 3.0, 'Infinity',
E'\\\\N \\t\\n\\\\.' || n, left('é' || n, 40), 'ab', decode(md5(n::text), 'hex'), date '0001-01-01' + n,
time '00:00:01',
timetz '10:00+05', timestamp '1970-01-01' + n * interval '1 us', timestamptz '1904-02-29 12:00+00' + n * interval '1 h',
n * interval '1 mon 2 days 3 us', n % 2 = 0, md5(n::text)::uuid, '{"b": 1, "a":  2}', jsonb_build_object('n', n),
'10.0.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', B'101', point(n, -n), int4range(n, n + 5),
tstzrange(NULL, timestamptz '2026-01-01 00:00Z'), ARRAY[n, NULL, 3], ARRAY['a,b', '{', NULL], 'glad', '{sad,glad}',
to_tsvector('simple', 'word ' || n), n
"""
TABLES = f"""
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE item (id bigint PRIMARY KEY, {KINDS});
CREATE TABLE part (id bigint PRIMARY KEY, item_id bigint NOT NULL REFERENCES item ON DELETE CASCADE
    DEFERRABLE INITIALLY DEFERRED, label text UNIQUE);
CREATE INDEX ON part (item_id);
CREATE TABLE mark (word text, item_id bigint REFERENCES item ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    weight integer, PRIMARY KEY (word, item_id));
CREATE INDEX ON mark (item_id);
"""


def project_of(columns: Iterable[str]) -> str:
    """A project that copies three tables, with these columns of ``item`` under their own names."""
    return (
        """
[monolith]
database = "${SOURCE}"
[services.items]
tables = ["item", "part", "mark"]
database = "${TARGET}"
[etl.items.tables.item]
target = "item"
[etl.items.tables.item.columns]
id = { key = "source" }
"""
        + "\n".join(f'{name} = "{name}"' for name in columns)
        + """
[etl.items.tables.part]
target = "part"
columns = { id = { key = "source" }, item_id = "item_id", label = "label" }
[etl.items.tables.mark]
target = "mark"
columns = { word = "word", item_id = "item_id", weight = "weight" }
"""
    )


PROJECT = project_of(COLUMNS)

# Chunks are small, so that there are many instants between two transactions.
_PROGRAM = """
import os
from pathlib import Path
from strangler.model.progress import SilentProgress
from strangler.project_reader import load_project
from strangler_etl.copying.backfill import backfill
from strangler_etl.migration import open_migration
from strangler_etl.run.executor import parse_executor
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
with open_migration(load_project(Path()), "items", os.environ) as migration:
    migration.install()
    print("begun", flush=True)
    executor = parse_executor(os.environ["EXECUTOR"]) if "EXECUTOR" in os.environ else None
    settings = RunSettings(Pace(200, seconds=0.03), jobs=3, indexes_last=True, keys_last=0, executor=executor)
    backfill(migration, SilentProgress(), settings)
print("ended", flush=True)
"""


@dataclass(frozen=True, slots=True)
class EveryType:
    """The two databases and the folder of the project."""

    folder: Path
    source: str
    target: str
    rows: int

    def begin(self, executor: str | None = None) -> subprocess.Popen[str]:
        """A run in a process of its own, that has just begun to copy; `executor` as its option says it."""
        environment = {**os.environ, "SOURCE": self.source, "TARGET": self.target}
        if executor is not None:
            environment["EXECUTOR"] = executor
        running = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert running.stdout is not None
        assert running.stdout.readline() == "begun\n"
        return running

    def write(self, dice: random.Random) -> None:
        """What users do: change, delete and add rows anywhere, and let a unique value pass to another row."""
        number, other, gone = (dice.randrange(1, self.rows) for _ in range(3))
        with psycopg.connect(self.source) as connection:
            connection.execute("UPDATE item SET words = words || '!' WHERE id = %s", [number])
            connection.execute("DELETE FROM item WHERE id = %s", [gone])
            connection.execute("INSERT INTO item (id) SELECT max(id) + 1 FROM item")
            connection.execute("INSERT INTO part SELECT max(id) + 1, (SELECT max(id) FROM item) FROM part")
            connection.execute("UPDATE part SET label = NULL WHERE id = %s", [number])
            connection.execute("UPDATE mark SET word = '~/' || word WHERE item_id = %s", [number])
            connection.execute("UPDATE mark SET weight = weight + 1 WHERE item_id > %s AND word LIKE '%%/1'", [other])
            connection.execute(
                "UPDATE part SET label = %s WHERE id = (SELECT min(id) FROM part WHERE id > %s)",
                [f"label {number}", other],
            )

    def cut_connections(self) -> None:
        """End every connection of strangler to the target."""
        with psycopg.connect(self.target) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'strangler' AND datname = current_database()"
            )

    def change_everything(self) -> None:
        """Let users touch every item, one value of each type."""
        with psycopg.connect(self.source) as connection:
            connection.execute("UPDATE item SET small = small + 1, document = '[1, null]', packed = 'null'")

    def follow(self) -> None:
        """Apply what was written since the copy ended."""
        with open_migration(
            load_project(self.folder), "items", {"SOURCE": self.source, "TARGET": self.target}
        ) as migration:
            apply_forward(migration.source, migration.target, migration.mapping)

    def clear(self) -> None:
        """Empty the target, to copy anew."""
        with open_migration(
            load_project(self.folder), "items", {"SOURCE": self.source, "TARGET": self.target}
        ) as migration:
            clean(migration)

    def copied(self) -> int:
        """How many rows the target has."""
        with psycopg.connect(self.target) as connection:
            found = connection.execute("SELECT (SELECT count(*) FROM item) + (SELECT count(*) FROM part)").fetchone()
        return int(found[0]) if found else 0

    def chunks(self) -> tuple[int, int]:
        """How many chunks an interrupted wave has copied, and how many it has left."""
        with psycopg.connect(self.target) as connection:
            found = connection.execute("SELECT count(rows), count(*) - count(rows) FROM strangler.chunk").fetchone()
        return (int(found[0]), int(found[1])) if found else (0, 0)

    def indexes(self) -> list[tuple[object, ...]]:
        """The indexes of the target's tables."""
        with psycopg.connect(self.target) as connection:
            return connection.execute(
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"
            ).fetchall()

    def checksums(self, url: str) -> list[tuple[object, ...]]:
        """The number of rows of each table and a hash of all of their values."""
        with psycopg.connect(url) as connection:
            hashed = "SELECT count(*), md5(string_agg(md5(row(one.*)::text), '' ORDER BY {})) FROM {} AS one"
            return [
                connection.execute(hashed.format(key, table).encode()).fetchall()[0]
                for table, key in (("item", "id"), ("part", "id"), ("mark", "word, item_id"))
            ]


def every_type(server: PostgresServer, folder: Path, rows: int) -> EveryType:
    """Make the databases: as many items, and as many parts and marks of them."""
    source, target = (server.create_database(f"every_type_{rows}_{side}") for side in "st")
    for url in (source, target):
        with psycopg.connect(url) as connection:
            connection.execute(TABLES.encode())
    with psycopg.connect(source) as connection:
        connection.execute(f"INSERT INTO item SELECT n, {VALUES} FROM generate_series(1, {rows}) AS n".encode())
        parts = f"SELECT n, 1 + n * 7 % {rows}, 'label ' || n FROM generate_series(1, {rows}) AS n"
        connection.execute(f"INSERT INTO part {parts}".encode())
        marks = f"SELECT 'é/' || n % 5, 1 + n * 11 % {rows}, n FROM generate_series(1, {rows}) AS n"
        connection.execute(f"INSERT INTO mark {marks} ON CONFLICT DO NOTHING".encode())
    (folder / "strangler.toml").write_text(PROJECT)
    return EveryType(folder, source, target, rows)
