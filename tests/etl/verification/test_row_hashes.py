"""PostgreSQL hashes rows alike exactly when their canonical texts are alike: the same value, not the same spelling."""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import backfill
from strangler_etl.engine.database import Database
from strangler_etl.migration import Migration, open_migration
from strangler_etl.postgres.row_hashes import RowHash, common_row_hash
from strangler_etl.verification import suspects
from strangler_etl.verification.canonical import canonical_of
from strangler_etl.verification.read_hashes import ReadRows
from strangler_etl.verification.verification import verify

pytestmark = pytest.mark.postgres
HASHES = pytest.mark.parametrize("of_records", [True, False], ids=["of records", "of their text"])


@pytest.fixture
def database(postgres_database: str) -> Generator[Database]:
    """An empty database."""
    with open_database(DatabaseUrl(postgres_database)) as opened:
        yield opened


def _equal(database: Database, of_records: bool, type_: str, one: str, other: str) -> bool:
    """Whether two SQL values are hashed alike for a column of this type."""
    row_hash = RowHash(of_records)
    hashes = (row_hash.of_row(["1", row_hash.form(value, type_)], ["integer", type_], 1) for value in (one, other))
    (found,) = database.rows(f"SELECT {', '.join(hashes)}")
    return found[0] == found[1]


@HASHES
@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("bigint", "7", "'7'::text"),
        ("numeric(12,2)", "12.5", "12.500"),
        ("double precision", "1::real", "1"),
        ("boolean", "'t'::text", "TRUE"),
        ("timestamp with time zone", "'2026-03-29 01:30:00+00'", "'2026-03-29 03:30:00+02'"),
        ("timestamp(0) with time zone", "'2026-03-29 01:30:00.4+00'", "'2026-03-29 01:30:00+00'"),
        ("timestamp without time zone", "'infinity'", "'infinity'::text"),
        ("date", "'2026-03-29'", "'2026-03-29'::date"),
        ("uuid", "'00000000-0000-0000-0000-00000000000B'::text", "'00000000-0000-0000-0000-00000000000b'"),
        ("jsonb", """'{"b": 1, "a": 2}'""", """'{"a":2,"b":1}'::jsonb"""),
        ("json", """'{"b": 1, "a": 2}'::json""", """'{"a":2,"b":1}'"""),
        ("character(5)", "'ab'", "'ab   '::character(5)"),
        ("text", "NULL", "NULL::varchar"),
        ("integer[]", "'{1,2}'::text", "'{1,2}'::integer[]"),
    ],
)
def test_the_same_value_has_one_hash(database: Database, of_records: bool, type_: str, one: str, other: str) -> None:
    """However it is written, and whatever type it comes from."""
    assert _equal(database, of_records, type_, one, other)


@HASHES
@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("text", "NULL", "''"),
        ("text", "'a'", "'a '"),
        ("text", "'a'", "'A'"),
        ("text", "'\u00e4'", "'a\u0308'"),
        ("character varying(2)", "'abc'", "'ab'"),
        ("numeric", "1.0000000000000000000000000000001", "1"),
        ("double precision", "'NaN'", "NULL"),
        ("double precision", "0", "NULL"),
        ("real", "0", "NULL"),
        ("numeric", "0", "NULL"),
        ("integer", "0", "NULL"),
        ("boolean", "FALSE", "NULL"),
        ("timestamp without time zone", "'2026-01-01 00:00:00.000001'", "'2026-01-01'"),
        ("date", "'-infinity'", "'infinity'"),
        ("bytea", "'ab'", "'ba'"),
        ("bit varying", "B'10'", "B'1'"),
        ("point", "'(1,2)'", "'(2,1)'"),
        ("xml", "'<a/>'", "'<b/>'"),
        ("text[]", "'{a,NULL}'", "'{a,\"NULL\"}'"),
        ("jsonb", "'null'", "NULL"),
        # Equal for an index, or hashed alike by it.
        ("bigint", "-1", "4294967295"),
        ("bigint", "1", "4294967296"),
        ("numeric", "1.5", "-1.5"),
        ("numeric(9,2)", "1.5", "-1.5"),
        ("numeric", "'NaN'", "NULL"),
        ("interval", "'1 month'", "'30 days'"),
        ("interval", "'1 day'", "'24 hours'"),
        ("integer[]", "'{1,2}'", "'{{1},{2}}'"),
        ("integer[]", "'{1,2}'", "'[0:1]={1,2}'"),
        ("bigint[]", "'{-1}'", "'{4294967295}'"),
        ("jsonb", "'[[1],2]'", "'[[1,2]]'"),
        ("jsonb", """'{"a": [1], "b": 2}'""", """'{"a": [1, "b", 2]}'"""),
        (
            "jsonb",
            "(SELECT jsonb_agg(0) FROM generate_series(1, 64))",
            "(SELECT jsonb_agg(1) FROM generate_series(1, 64))",
        ),
        ("time with time zone", "'12:00+00'", "'13:00+01'"),
        ("time with time zone", "'00:00+00'", "NULL"),
    ],
)
def test_different_values_have_different_hashes(
    database: Database, of_records: bool, type_: str, one: str, other: str
) -> None:
    """Nothing is rounded, trimmed, folded or taken for empty."""
    assert not _equal(database, of_records, type_, one, other)


@HASHES
@pytest.mark.parametrize(
    ("keys", "types"), [(1, ("bigint",)), (1, ("text",)), (2, ("bigint", "text"))], ids=["number", "text", "both"]
)
@pytest.mark.parametrize("type_", ["integer", "bigint", "numeric", "text", "uuid", "date", "double precision"])
def test_rows_that_exchanged_a_value_have_another_sum(
    database: Database, of_records: bool, keys: int, types: tuple[str, ...], type_: str
) -> None:
    """As when a join meets the wrong row: each value is there, and in the wrong place. NULL is a value, too."""
    row_hash = RowHash(of_records)
    values = {"uuid": "md5(v::text)::uuid", "date": "'2026-01-01'::date + v"}.get(type_, f"v::{type_}")
    forms = [row_hash.form("CAST(k AS text)" if kind == "text" else "k", kind) for kind in types]
    hashed = row_hash.of_row([*forms, row_hash.form(f"({values})", type_)], [*types, type_], keys)
    pairs = ("(1, 7), (2, NULL), (3, 0)", "(1, NULL), (2, 7), (3, 0)", "(1, 7), (2, 0), (3, NULL)")
    found = [database.rows(f"SELECT sum({hashed}) FROM (VALUES {rows}) AS t (k, v)") for rows in pairs]
    assert len({str(total) for total in found}) == len(pairs)


@pytest.mark.parametrize(
    ("type_", "value"), [("double precision", "0"), ("real", "0"), ("numeric", "0"), ("numeric", "'NaN'")]
)
def test_values_that_are_hashed_to_the_seed_say_whose_they_are(database: Database, type_: str, value: str) -> None:
    """Zero and NaN are, and NULL to 0: what they add up to was the same wherever the sum of the keys is."""
    row_hash = RowHash(of_records=True)
    hashed = row_hash.of_row(["k", row_hash.form("v", type_)], ["integer", type_], 1)
    sums: list[str] = []
    for having in ({4, 7}, {5, 6}):
        values = (f"({key}, CAST({value if key in having else 'NULL'} AS {type_}))" for key in range(4, 8))
        sums += map(str, database.rows(f"SELECT sum({hashed}) FROM (VALUES {', '.join(values)}) AS t (k, v)"))
    assert sums[0] != sums[1]


def test_an_infinite_number_is_no_other(database: Database) -> None:
    """Since PostgreSQL 14 a numeric can be infinite."""
    values = ("'Infinity'", "'-Infinity'", "'NaN'", "0")
    assert not any(_equal(database, True, "numeric", one, other) for one, other in combinations(values, 2))


def test_labels_of_enumerations_are_hashed_by_name(database: Database) -> None:
    """Their numbers are others in every database."""
    database.execute("CREATE TYPE one AS ENUM ('a', 'b'); CREATE TYPE other AS ENUM ('b', 'a')")
    assert _equal(database, True, "one", "'a'::one", "'a'::other")
    assert not _equal(database, True, "one", "'a'::one", "'b'::other")


VALUES = {
    "text": st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3),
    "numeric": st.decimals(allow_nan=False, allow_infinity=False, places=2).map(lambda d: d + Decimal("0.00")),
    "double precision": st.sampled_from([0.0, -0.0, 0.1, 1e300, 5e-324, 1.0, float("inf")]) | st.floats(),
    "timestamp with time zone": st.datetimes(timezones=st.timezones()).filter(lambda d: 2 < d.year < 9998),
    "bytea": st.binary(max_size=2),
    "boolean": st.booleans(),
}


@HASHES
@pytest.mark.parametrize("type_", VALUES)
def test_hashes_are_equal_when_canonical_texts_are(database: Database, of_records: bool, type_: str) -> None:
    """Both ways to compare agree on random values, NULL among them."""
    row_hash = RowHash(of_records)
    hashed = row_hash.of_row(["7", row_hash.form("v", type_)], ["integer", type_], 1)
    canonical = canonical_of(type_)

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(VALUES[type_] | st.none(), min_size=2, max_size=12))
    def check(values: list[object]) -> None:
        rows = database.rows(f"SELECT v, {hashed} FROM unnest(%s::{type_}[]) AS v", [values])
        texts = {canonical(value): hash_ for value, hash_ in rows}
        assert len({*texts.values()}) == len(texts)
        if of_records:
            # The text of a record tells 1.0 from 1.00, which costs a second look and no mistake.
            assert all(texts[canonical(value)] == hash_ for value, hash_ in rows)

    check()


PROJECT = """
[monolith]
database = "${SOURCE}"
[services.docs]
tables = ["doc"]
database = "${TARGET}"
[etl.docs.tables.doc]
target = "doc"
columns = { id = "id", body = "body", day = "day" }
"""


@pytest.fixture
def documents(postgres_database: str) -> Generator[Migration]:
    """JSON texts copied from one database to another."""
    other = postgres_database.rpartition("/")[0] + "/" + postgres_database.rpartition("/")[2] + "_target"
    with open_database(DatabaseUrl(postgres_database)) as source:
        source.execute(f"CREATE DATABASE {other.rpartition('/')[2]}")
        source.execute("CREATE TABLE doc (id bigint PRIMARY KEY, body json, day date)")
        source.execute("""INSERT INTO doc VALUES (1, '{"a": 1}', '2026-01-01'), (3, NULL, NULL)""")
    with open_database(DatabaseUrl(other)) as target:
        target.execute("CREATE TABLE doc (id bigint PRIMARY KEY, body json, day date)")
    with open_migration(parse_project(PROJECT), "docs", {"SOURCE": postgres_database, "TARGET": other}) as migration:
        migration.install()
        backfill(migration, SilentProgress())
        yield migration


def _put_on_both_sides(migration: Migration, rows: str) -> None:
    for database in (migration.source, migration.target):
        with database.transaction(applying=True):
            database.execute(f"INSERT INTO doc VALUES {rows}")


def test_rows_that_can_not_be_hashed_are_read(documents: Migration) -> None:
    """`jsonb` has no U+0000: the databases give up, and every row is compared here."""
    _put_on_both_sides(documents, """(2, '{"a": "\\u0000"}', NULL)""")
    assert verify(documents, SilentProgress()).clean
    with documents.target.transaction(applying=True):
        documents.target.execute("""UPDATE doc SET body = '{"a": 2}' WHERE id = 1""")
    found = verify(documents, SilentProgress())
    assert [(d.key, d.columns[0].name) for d in found.differences] == [("1", "body")]


def test_postgres_is_not_read(documents: Migration, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where both databases can hash, no row travels."""

    def read(*_: object) -> None:
        raise AssertionError

    def no_hashes(*_: object) -> None:
        return None

    monkeypatch.setattr(ReadRows, "sums", read)
    assert verify(documents, SilentProgress()).clean
    assert common_row_hash(documents.source, documents.target) == RowHash(of_records=True)
    monkeypatch.setattr(suspects, "database_rows", no_hashes)
    with pytest.raises(AssertionError):
        verify(documents, SilentProgress())


def test_days_beyond_the_calendar_are_compared(documents: Migration) -> None:
    """Infinity, and years Python does not know."""
    _put_on_both_sides(documents, "(4, NULL, 'infinity'), (5, NULL, '4713-01-01 BC')")
    assert verify(documents, SilentProgress()).clean
    with documents.target.transaction(applying=True):
        documents.target.execute("UPDATE doc SET day = '-infinity' WHERE id = 4")
    found = verify(documents, SilentProgress())
    assert [(d.key, d.columns[0].expected, d.columns[0].found) for d in found.differences] == [
        ("4", "infinity", "-infinity")
    ]
