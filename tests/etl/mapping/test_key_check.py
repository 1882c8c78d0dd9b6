"""Keys that differ in the source and would be one in the target, between two databases of PostgreSQL."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import psycopg
import pytest

from strangler.demo.postgres import PostgresServer
from strangler.project_reader import parse_project
from strangler_etl.errors import SharedKeyError
from strangler_etl.mapping.key_check import require_keys
from strangler_etl.migration import Migration, open_migration

pytestmark = pytest.mark.postgres

PROJECT = """
[monolith]
database = "${{SOURCE}}"
[services.things]
tables = ["thing"]
database = "${{TARGET}}"
[etl.things.tables.thing]
target = "thing"
columns = {{ id = "id::{type}" }}
"""


@contextmanager
def things(server: PostgresServer, here: str, there: str, keys: Sequence[str]) -> Generator[Migration]:
    """A table with these keys, of one type in the source and of another in the target."""
    names = ("SOURCE", "TARGET")
    urls = {name: server.create_database(f"keys_{name.lower()}") for name in names}
    for name, type_, rows in (("SOURCE", here, keys), ("TARGET", there, ())):
        with psycopg.connect(urls[name], autocommit=True) as connection:
            connection.execute(f"CREATE TABLE thing (id {type_} PRIMARY KEY)".encode())
            connection.cursor().executemany("INSERT INTO thing VALUES (%s)", [(key,) for key in rows])
    with open_migration(parse_project(PROJECT.format(type=there)), "things", urls) as migration:
        yield migration


@pytest.mark.parametrize(
    ("here", "there", "keys", "said"),
    [
        ("text", "uuid", (f"{1:032x}", f"{2:032X}", "00000000-0000-0000-0000-000000000001"), "0000-000000000001"),
        ("text", "uuid", (f"{1:032x}", f"{2:032x}"), None),
        ("text", "uuid", (f"{1:032x}", f"{{{1:032x}}}", "no uuid"), f"{1:032x} and {{{1:032x}}}"),
        ("text", "uuid", (f"{1:032x}", "no uuid"), None),
        ("text", "bigint", ("1", "01", "3"), "1 and 01|01 and 1"),
        ("integer", "bigint", ("1", "2"), None),
    ],
)
def test_keys_stay_different(
    postgres: PostgresServer, here: str, there: str, keys: Sequence[str], said: str | None
) -> None:
    """Or the run does not begin; a key that is none of that type is left to the copy, which names its row."""
    with things(postgres, here, there, keys) as migration:
        if said is None:
            require_keys(migration.source, migration.target, migration.mapping)
        else:
            with pytest.raises(SharedKeyError, match=f"several rows of thing have the same id in the target: .*{said}"):
                require_keys(migration.source, migration.target, migration.mapping)
