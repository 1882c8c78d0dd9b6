"""Twelve tables that refer to each other, copied side by side by a process of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import psycopg

from strangler.demo.postgres import PostgresServer
from tests.etl.every_type import PROJECT, EveryType

NUMBER = 12
_TABLES = "".join(
    f"CREATE TABLE t{n} (id integer PRIMARY KEY, parent_id integer REFERENCES t{max(0, n - 1)} ON DELETE CASCADE,"
    " label text);"
    f"CREATE INDEX ON t{n} (parent_id);"
    for n in range(NUMBER)
)
_NAMES = [f"t{n}" for n in range(NUMBER)]


@dataclass(frozen=True, slots=True)
class ManyTables(EveryType):
    """The two databases; table n has rows that refer to those of table n - 1, the first to its own."""

    def write(self, dice: random.Random) -> None:
        """What users do: change, add and delete rows of any table, with all that refer to them."""
        with psycopg.connect(self.source) as connection:
            for name in dice.sample(_NAMES, 3):
                number, gone = dice.randrange(1, self.rows), dice.randrange(self.rows // 8, self.rows)
                connection.execute(f"UPDATE {name} SET label = label || '!' WHERE id = %s".encode(), [number])
                connection.execute(f"DELETE FROM {name} WHERE id = %s".encode(), [gone])
                connection.execute(f"INSERT INTO {name} SELECT max(id) + 1, NULL, 'new' FROM {name}".encode())

    def checksums(self, url: str) -> list[tuple[object, ...]]:
        """The number of rows of each table and a hash of all of their values."""
        with psycopg.connect(url) as connection:
            hashed = "SELECT count(*), md5(string_agg(md5(row(one.*)::text), '' ORDER BY id)) FROM {} AS one"
            return [connection.execute(hashed.format(name).encode()).fetchall()[0] for name in _NAMES]


def many_tables(server: PostgresServer, folder: Path, rows: int) -> ManyTables:
    """Make the databases, with so many rows in each table."""
    source, target = (server.create_database(f"many_tables_{side}") for side in "st")
    for url in (source, target):
        with psycopg.connect(url) as connection:
            connection.execute(_TABLES.encode())
    with psycopg.connect(source) as connection:
        for name in _NAMES:
            made = f"SELECT n, greatest(1, n / 2), 'of ' || n FROM generate_series(1, {rows}) AS n"
            connection.execute(f"INSERT INTO {name} {made}".encode())
    head = PROJECT[: PROJECT.index("[services.")]
    listed = ", ".join(f'"{name}"' for name in _NAMES)
    mappings = "".join(
        f'[etl.items.tables.{name}]\ntarget = "{name}"\n'
        'columns = { id = { key = "source" }, parent_id = "parent_id", label = "label" }\n'
        for name in _NAMES
    )
    services = f'[services.items]\ntables = [{listed}]\ndatabase = "${{TARGET}}"\n'
    (folder / "strangler.toml").write_text(head + services + mappings)
    return ManyTables(folder, source, target, rows)
