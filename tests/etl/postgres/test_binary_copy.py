"""What passes between two PostgreSQL databases without being looked at, and what does not."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from strangler.demo.postgres import PostgresServer
from strangler.secret import DatabaseUrl
from strangler_etl.postgres.binary_copy import CopyFormat, copy_format
from strangler_etl.postgres.database import PostgresDatabase

pytestmark = pytest.mark.postgres


@pytest.fixture
def sides(postgres: PostgresServer) -> Generator[tuple[PostgresDatabase, PostgresDatabase]]:
    """Two empty databases."""
    urls = [DatabaseUrl(postgres.create_database(f"passage_{side}")) for side in "st"]
    with PostgresDatabase(urls[0]) as source, PostgresDatabase(urls[1]) as target:
        yield source, target


def _passage(sides: tuple[PostgresDatabase, PostgresDatabase], have: str, want: str) -> CopyFormat:
    source, target = sides
    source.execute(f"CREATE TABLE item (value {have})")
    target.execute(f"CREATE TABLE item (value {want})")
    return copy_format(source, target, ("SELECT value FROM item", ()), "item", ("value",))


@pytest.mark.parametrize(
    "type_", ["integer", "numeric(10,2)", "timestamptz", "jsonb", "uuid[]", "character varying(10)", "daterange"]
)
def test_equal_types_pass_in_binary(sides: tuple[PostgresDatabase, PostgresDatabase], type_: str) -> None:
    """Their bytes mean the same on both sides."""
    assert _passage(sides, type_, type_) == CopyFormat((None,), binary=True)


@pytest.mark.parametrize(
    ("have", "want", "cast"),
    [("integer", "bigint", "int8"), ("real", "double precision", "float8"), ("text", "varchar(9)", "varchar")],
)
def test_the_source_widens(sides: tuple[PostgresDatabase, PostgresDatabase], have: str, want: str, cast: str) -> None:
    """The source gives the target's type where nothing can be lost."""
    assert _passage(sides, have, want) == CopyFormat((cast,), binary=True)


@pytest.mark.parametrize(
    ("have", "want"),
    [
        ("integer", "real"),  # four bytes each
        ("bigint", "timestamptz"),  # eight bytes each
        ("bigint", "integer"),
        ("numeric", "integer"),  # a cast would round
        ("text", "integer"),
        ("money", "money"),  # depends on the server's locale
        ("regclass", "regclass"),  # a number that means another table there
        ("oid", "oid"),
    ],
)
def test_everything_else_passes_as_text(sides: tuple[PostgresDatabase, PostgresDatabase], have: str, want: str) -> None:
    """The target reads it as it reads what a user has typed, and refuses what it cannot read."""
    assert _passage(sides, have, want) == CopyFormat((None,), binary=False)


def test_types_of_users_pass_as_text(sides: tuple[PostgresDatabase, PostgresDatabase]) -> None:
    """Their numbers differ from database to database, also inside an array."""
    for side in sides:
        side.execute("CREATE TYPE mood AS ENUM ('sad', 'glad')")
    assert _passage(sides, "mood[]", "mood[]") == CopyFormat((None,), binary=False)
