"""A MariaDB database with rows of every type and children of theirs, and runs of the copy that can be killed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import psycopg

from strangler.demo.postgres import PostgresServer
from strangler.model.progress import SilentProgress
from strangler.project_reader import load_project
from strangler_etl.migration import open_migration
from strangler_etl.verification.verification import verify
from tests.etl.every_type import EveryType, project_of
from tests.mariadb import MariaDBCase

# The name, MariaDB's type and value for the row `n`, and PostgreSQL's.
_COLUMNS = (
    ("small", "smallint", "n % 30000", "smallint", "n % 30000"),
    ("whole", "int unsigned", "4294967295 - n", "bigint", "4294967295 - n"),
    ("big", "bigint", "n * -1000003", "bigint", "n * -1000003::bigint"),
    ("huge", "bigint unsigned", "18446744073709551615 - n", "numeric(20, 0)", "18446744073709551615 - n"),
    ("exact", "decimal(30, 6)", "n * 12345678901.234567", "numeric(30, 6)", "n * 12345678901.234567"),
    ("single", "float", "n / 16 + 0.1e0", "real", "n / 16.0::float8 + 0.1::float8"),
    ("double_", "double", "n / 3e0", "double precision", "n / 3::float8"),
    ("words", "text", r"concat('\\N \t\n\\.', n)", "text", r"E'\\N \t\n\\.' || n"),
    ("short", "varchar(40)", "concat('é', n)", "varchar(40)", "'é' || n"),
    ("fixed", "char(6)", "'ab'", "char(6)", "'ab'"),
    ("latin", "varchar(9) CHARACTER SET latin1", "'ÿé'", "text", "'ÿé'"),
    ("bytes", "blob", "unhex(md5(n))", "bytea", "decode(md5(n::text), 'hex')"),
    ("day", "date", "'1000-01-01' + interval n day", "date", "date '1000-01-01' + n"),
    ("noon", "time(6)", "'00:00:01.5'", "time", "time '00:00:01.5'"),
    ("local", "datetime(6)", "'1970-01-01' + interval n microsecond", "timestamp",
     "timestamp '1970-01-01' + n * interval '1 us'"),
    ("moment", "timestamp(3) NULL", "'2004-02-29 12:00:00.125' + interval n second", "timestamptz(3)",
     "timestamptz '2004-02-29 12:00:00.125Z' + n * interval '1 s'"),
    ("truth", "tinyint(1)", "n % 2 = 0", "boolean", "n % 2 = 0"),
    ("token", "char(32)", "md5(n)", "uuid", "md5(n::text)::uuid"),
    ("raw", "binary(16)", "unhex(md5(n))", "uuid", "md5(n::text)::uuid"),
    ("document", "json", """concat('{"b": ', n, ', "a":  [null, "x"]}')""", "jsonb",
     """jsonb_build_object('b', n, 'a', '[null, "x"]'::jsonb)"""),
    ("mood", "enum('sad', 'glad')", "'glad'", "text", "'glad'"),
    ("moods", "set('a', 'b', 'c')", "'a,c'", "text", "'a,c'"),
    ("bits", "bit(5)", "n % 32", "bit(5)", "(n % 32)::integer::bit(5)"),
    ("sparse", "varchar(9)", "CASE WHEN n % 3 THEN '' END", "text", "CASE WHEN n % 3 <> 0 THEN '' END"),
)  # fmt: skip
_NAMES = tuple(name for name, *_ in _COLUMNS)
_PROJECT = project_of(_NAMES)


@dataclass(frozen=True, slots=True)
class EveryMariaDBType(EveryType):
    """The two databases, and one of PostgreSQL with the rows that the target is to have."""

    reference: str

    def write(self, dice: random.Random) -> None:
        """Nobody writes: MariaDB is not followed."""

    def follow(self) -> None:
        """Only compare."""
        environment = {"SOURCE": self.source, "TARGET": self.target}
        with open_migration(load_project(self.folder), "items", environment) as migration:
            assert verify(migration, SilentProgress()).clean

    def checksums(self, url: str) -> list[tuple[object, ...]]:
        """The number of rows of each table and a hash of all of their values."""
        return super(EveryMariaDBType, self).checksums(self.reference if url == self.source else url)


def every_mariadb_type(source: MariaDBCase, server: PostgresServer, folder: Path, rows: int) -> EveryMariaDBType:
    """Make the databases: as many items, and as many parts and marks of them."""
    target, reference = (server.create_database(f"every_mariadb_type_{rows}_{side}") for side in "tr")
    there = ", ".join(f"{name} {type_}" for name, type_, *_ in _COLUMNS)
    here = ", ".join(f"{name} {type_}" for name, _, _, type_, _ in _COLUMNS)
    part = "id bigint PRIMARY KEY, item_id bigint NOT NULL REFERENCES item (id), label varchar(40) UNIQUE"
    mark = "word varchar(40), item_id bigint REFERENCES item (id), weight integer, PRIMARY KEY (word, item_id)"
    source.execute(
        f"CREATE TABLE item (id bigint PRIMARY KEY, {there}); CREATE TABLE part ({part});"
        f" CREATE TABLE mark ({mark}); INSERT INTO item SELECT n, {', '.join(value for _, _, value, _, _ in _COLUMNS)}"
        f" FROM (SELECT CAST(seq AS SIGNED) AS n FROM seq_1_to_{rows}) AS numbers;"
        f" INSERT INTO part SELECT seq, 1 + seq * 7 % {rows}, concat('label ', seq) FROM seq_1_to_{rows};"
        f" INSERT INTO mark SELECT concat('é/', seq % 5), 1 + seq * 11 % {rows}, seq FROM seq_1_to_{rows}"
    )
    for url in (target, reference):
        with psycopg.connect(url) as connection:
            for name, columns in (("item", f"id bigint PRIMARY KEY, {here}"), ("part", part), ("mark", mark)):
                connection.execute(f"CREATE TABLE {name} ({columns})".encode())
            connection.execute("CREATE INDEX ON part (item_id)")
    with psycopg.connect(reference) as connection:
        values = ", ".join(value for *_, value in _COLUMNS)
        numbers = f"generate_series(1, {rows}) AS n"
        connection.execute(f"INSERT INTO item SELECT n, {values} FROM {numbers}".encode())
        connection.execute(f"INSERT INTO part SELECT n, 1 + n * 7 % {rows}, 'label ' || n FROM {numbers}".encode())
        connection.execute(f"INSERT INTO mark SELECT 'é/' || n % 5, 1 + n * 11 % {rows}, n FROM {numbers}".encode())
    (folder / "strangler.toml").write_text(_PROJECT)
    return EveryMariaDBType(folder, source.url, target, rows, reference)
