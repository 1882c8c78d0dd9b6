"""Verification tells every two values apart that mean something else, and no two spellings of one value.

Each table has a row for every pair of values: the source holds the one, the target the other.
"""

from __future__ import annotations

from collections.abc import Generator
from itertools import product

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.migration import Migration
from strangler_etl.postgres.row_hashes import RowHash
from strangler_etl.verification import row_hashes, suspects, verification
from tests.etl.copied_case import verified
from tests.etl.pair import OpenedPair

pytestmark = pytest.mark.postgres

# Values of one line mean the same, those of different lines do not.
_VALUES: dict[str, tuple[tuple[str, ...], ...]] = {
    "boolean": (("NULL",), ("true",), ("false",)),
    "smallint": (("NULL",), ("0",), ("1",), ("-1",), ("-32768",)),
    "bigint": (("NULL",), ("0",), ("1",), ("-1",), ("4294967295",), ("4294967296",), ("-9223372036854775808",)),
    "numeric": (
        ("NULL",),
        ("0", "0.00", "-0"),
        ("1.5", "1.500"),
        ("-1.5",),
        ("15",),
        ("1.50000000000000000000000000000001",),
        ("1e300",),
        ("'NaN'",),
        ("'Infinity'",),
        ("'-Infinity'",),
    ),
    "numeric(9,2)": (("NULL",), ("0",), ("0.01",), ("-0.01",), ("0.1", "0.10"), ("'NaN'",)),
    "real": (("NULL",), ("0", "'-0'"), ("1",), ("-1",), ("1.0000001",), ("'NaN'",), ("'Infinity'",), ("1e-45",)),
    "double precision": (
        ("NULL",),
        ("0", "'-0'"),
        ("0.1",),
        ("0.10000000000000002",),
        ("'NaN'", "'-Infinity'::float8 + 'Infinity'::float8"),
        ("'Infinity'",),
        ("'-Infinity'",),
        ("5e-324",),
        ("9007199254740993",),
        ("9007199254740994",),
    ),
    "text": (
        ("NULL",),
        ("''",),
        ("' '",),
        ("'null'",),
        ("'None'",),
        ("'a'",),
        ("'A'",),
        ("'a '",),
        ("'ä'",),
        (r"E'a\u0308'",),
        ("'ab'",),
        (r"'\x6162'",),
        ("'6162'",),
        ("'0'",),
        ("'0.0'",),
        (r"E'\uFEFFa'",),
        (r"E'a\u200b'",),
        (r"E'a\n'",),
        (r"E'\x01'",),
    ),
    "character(6)": (("NULL",), ("''", "'  '"), ("'a'", "'a '"), ("' a'",), ("'A'",), (r"E'a\t'",)),
    "character varying(32)": (("NULL",), ("''",), ("'ab'",), ("'ab '",), (r"repeat('b', 32)",), ("repeat('B', 32)",)),
    "bytea": (("NULL",), ("''",), (r"'\x00'",), (r"'\x0000'",), (r"'\x6162'",), (r"'\x6261'",), ("'6162'::bytea",)),
    "date": (("NULL",), ("'2026-01-02'",), ("'2026-02-01'",), ("'infinity'",), ("'-infinity'",), ("'0001-01-01 BC'",)),
    "time": (("NULL",), ("'00:00'",), ("'24:00'",), ("'00:00:00.000001'",), ("'12:00'",)),
    "timetz": (("NULL",), ("'00:00+00'",), ("'24:00+00'",), ("'12:00+00'",), ("'12:00+01'",), ("'13:00+01'",)),
    "timestamp": (
        ("NULL",),
        ("'2026-01-02'",),
        ("'2026-01-02 00:00:00.000001'",),
        ("'2026-01-02 01:00'",),
        ("'2026-02-01'",),
        ("'infinity'",),
        ("'-infinity'",),
        ("'4713-01-01 BC'",),
        ("'294276-01-01'",),
    ),
    "timestamptz": (
        ("NULL",),
        ("'2026-01-02 12:00+00'", "'2026-01-02 13:00+01'"),
        ("'2026-01-02 13:00+00'",),
        ("'2026-10-25 01:30+00'",),
        ("'2026-10-25 00:30+00'",),
        ("'infinity'",),
        ("'0044-03-15 BC'",),
    ),
    "timestamp(0)": (("NULL",), ("'2026-01-02'", "'2026-01-02 00:00:00.4'"), ("'2026-01-02 00:00:01'",)),
    "interval": (
        ("NULL",),
        ("'0'",),
        ("'1 month'",),
        ("'30 days'",),
        ("'720 hours'",),
        ("'1 day'",),
        ("'24 hours'", "'1440 minutes'"),
        ("'-1 day'",),
        ("'-1 day +24 hours'",),
        ("'1 month -30 days'",),
        ("'1 us'",),
        ("'178000000 years'",),
    ),
    "uuid": (("NULL",), ("'00000000-0000-0000-0000-00000000000b'", "'00000000-0000-0000-0000-00000000000B'"),
             ("'00000000-0000-0000-0000-00000000000c'",)),
    "jsonb": (
        ("NULL",),
        ("'null'",),
        ("'\"null\"'",),
        ("'0'", "'0.0'", "'-0'", "'0e5'"),
        ("'false'",),
        ("'\"\"'",),
        ("'[]'",),
        ("'{}'",),
        ("'[[]]'",),
        ("'1'", "'1.0'"),
        ("'\"1\"'",),
        ("'1.00000000000000000001'",),
        ("'\"1.00000000000000000001\"'",),
        ("'0.1'", "'0.10'"),
        ("'1e400'", "'10e399'"),
        ("'\"1E+400\"'",),
        ("'12345678901234567890123'",),
        ("'12345678901234567890124'",),
        ("'[1,2]'",),
        ("'[2,1]'",),
        ("'[[1],2]'",),
        ("""'{"a":1,"b":2}'""", """'{"b":2,"a":1}'""", """'{"a":3,"a":1,"b":2}'"""),
        ("""'{"a":2,"b":1}'""",),
        ("""'{"a":"1","b":2}'""",),
        ("""'{"a":{"b":1}}'""",),
        ("""'{"a":{"b":null}}'""",),
        ("""'{"a":{}}'""",),
        ("""'{"a":1,"b":2,"c":null}'""",),
    ),
    "json": (
        ("NULL",),
        ("'null'",),
        ("'\"null\"'",),
        ("'1'", "' 1.0'"),
        ("""'{"a":1, "b":2}'""", """'{"b":2,"a":1}'"""),
        ("""'{"a":1,"b":"2"}'""",),
        ("'1.00000000000000000001'",),
        ("'\"1.00000000000000000001\"'",),
        ("'[1]'",),
    ),
    "inet": (("NULL",), ("'10.0.0.1'", "'10.0.0.1/32'"), ("'10.0.0.1/8'",), ("'10.0.0.2'",), ("'::ffff:10.0.0.1'",)),
    "cidr": (("NULL",), ("'10.0.0.0/8'",), ("'10.0.0.0/9'",), ("'10.0.0.0/32'",)),
    "macaddr": (("NULL",), ("'08:00:2b:01:02:03'", "'08002b-010203'"), ("'08:00:2b:01:02:04'",)),
    "bit varying": (("NULL",), ("B''",), ("B'0'",), ("B'00'",), ("B'1'",), ("B'10'",), ("B'01'",)),
    "bit(3)": (("NULL",), ("B'000'",), ("B'100'",), ("B'001'",)),
    "point": (("NULL",), ("'(1,2)'",), ("'(2,1)'",), ("'(1,2.0000000000000004)'",)),
    "int4range": (("NULL",), ("'empty'", "'[1,1)'"), ("'[1,2]'", "'[1,3)'"), ("'[1,)'",), ("'(,3)'",), ("'(,)'",)),
    "tstzrange": (
        ("NULL",),
        ("'[2026-01-01 00:00Z,infinity)'",),
        ("'[2026-01-01 00:00Z,)'",),
        ("'[2026-01-01 00:00Z,infinity]'",),
        ("'[2026-01-01 00:00:00.000001Z,)'",),
    ),
    "numrange": (("NULL",), ("'[1,2]'",), ("'[1,2)'",), ("'(1,2]'",), ("'[1,2.00000000000000000001]'",)),
    "int4multirange": (("NULL",), ("'{}'",), ("'{[1,2]}'",), ("'{[1,2],[5,6]}'",), ("'{[1,6]}'",)),
    "integer[]": (
        ("NULL",),
        ("'{}'",),
        ("'{NULL}'",),
        ("'{1,2}'", "'[1:2]={1,2}'"),
        ("'{2,1}'",),
        ("'{{1},{2}}'",),
        ("'{{1,2}}'",),
        ("'[0:1]={1,2}'",),
        ("'{1,2,NULL}'",),
    ),
    "text[]": (
        ("NULL",),
        ("'{}'",),
        ("'{NULL}'",),
        ("'{\"NULL\"}'",),
        ("'{\"\"}'",),
        ("'{a,b}'",),
        ("'{\"a,b\"}'",),
        ("'{\"a, b\"}'",),
        ("'{a,\" b\"}'",),
    ),
    "numeric[]": (("NULL",), ("'{1}'",), ("'{-1}'",), ("'{1.00000000000000000000001}'",), ("'{NaN}'",), ("'{NULL}'",)),
    "double precision[]": (("NULL",), ("'{0}'",), ("'{NaN}'",), ("'{Infinity}'",), ("'{0.10000000000000002}'",)),
    "interval[]": (("NULL",), ("'{1 month}'",), ("'{30 days}'",), ("'{720 hours}'",)),
    "timestamptz[]": (("NULL",), ("'{infinity}'",), ("'{-infinity}'",), ("'{2026-01-01 00:00Z}'",)),
    "bytea[]": (("NULL",), (r"'{\\x00}'",), (r"'{\\x0000}'",), (r"""'{"3030"}'""",)),
    "jsonb[]": (("NULL",), ("ARRAY['1'::jsonb]",), ("ARRAY['\"1\"'::jsonb]",), ("ARRAY['null'::jsonb]",),
                ("ARRAY[NULL::jsonb]",), ("ARRAY['1.00000000000000000001'::jsonb]",)),
    "mood": (("NULL",), ("'sad'",), ("'Sad'",), ("'sad '",)),
    "mood[]": (("NULL",), ("'{sad,Sad}'",), ("'{Sad,sad}'",)),
    "pair": (("NULL",), ("'(,)'",), ("'(1,)'",), ("'(1,\"\")'",), ("'(1,null)'",)),
    "cents": (("NULL",), ("1", "1.0"), ("-1",), ("1.00000000000000000001",)),
    "money": (("NULL",), ("1",), ("-1",), ("1.01",)),
    "tsvector": (("NULL",), ("'a:1'",), ("'a:2'",), ("'a'",), ("'a:1A'",)),
}  # fmt: skip
_TYPES = {f"t{number}": type_ for number, type_ in enumerate(_VALUES)}
_DEFINED = """
CREATE TYPE mood AS ENUM ({labels}); CREATE TYPE pair AS (one integer, two text); CREATE DOMAIN cents AS numeric;
"""
_TABLES = "".join(f"CREATE TABLE {name} (id integer PRIMARY KEY, v {type_});" for name, type_ in _TYPES.items())
_MAPPING = "".join(
    f'[etl.things.tables.{name}]\ntarget = "{name}"\ncolumns = {{ id = {{ key = "source" }}, v = "v" }}\n'
    for name in _TYPES
)


def _spelled(type_: str) -> list[tuple[int, str]]:
    """Every spelling with the number of its value."""
    return [(number, spelling) for number, same in enumerate(_VALUES[type_]) for spelling in same]


def _rows(source: bool) -> str:
    statements: list[str] = []
    for name, type_ in _TYPES.items():
        pairs = enumerate(product(_spelled(type_), repeat=2))
        values = ", ".join(f"({n}, CAST({(one if source else other)[1]} AS {type_}))" for n, (one, other) in pairs)
        statements.append(f"INSERT INTO {name} VALUES {values};")
    return "".join(statements)


def _wrong(migration: Migration) -> list[str]:
    """What verification takes for equal and is not, or the other way round."""
    found = {(one.table, int(one.key)) for one in verified(migration).differences}
    wrong: list[str] = []
    for name, type_ in _TYPES.items():
        for number, ((one, here), (other, there)) in enumerate(product(_spelled(type_), repeat=2)):
            if ((name, number) in found) == (one == other):
                wrong.append(f"{type_}: {here} {'=' if one == other else '/='} {there}")
    return wrong


@pytest.fixture
def of_pairs(opened_pair: OpenedPair) -> Generator[Migration]:
    """A row for each pair of values: the one in the source, the other in the target."""
    here, there = (_DEFINED.format(labels=labels) for labels in ("'sad', 'Sad', 'sad '", "'sad ', 'Sad', 'sad'"))
    with opened_pair(here + _TABLES, there + _TABLES, _MAPPING) as migration:
        backfill(migration, SilentProgress())
        for database, is_source in ((migration.source, True), (migration.target, False)):
            with database.transaction(applying=True):
                database.execute(database.escaped(_rows(is_source)))
        yield migration


def test_what_differs_is_told_whoever_hashes(of_pairs: Migration, monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases as records, as texts of records, and, where they cannot, this process."""

    def as_text(*_: object) -> RowHash:
        return RowHash(of_records=False)

    def none(*_: object) -> None:
        return None

    monkeypatch.setattr(verification, "MOST_LISTED", 5_000)
    assert _wrong(of_pairs) == []
    monkeypatch.setattr(row_hashes, "common_row_hash", as_text)
    assert _wrong(of_pairs) == []
    monkeypatch.setattr(suspects, "database_rows", none)
    assert _wrong(of_pairs) == []
