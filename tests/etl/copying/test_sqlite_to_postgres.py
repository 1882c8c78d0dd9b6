"""A monolith on SQLite, whose service is on PostgreSQL: copied, followed in both directions, and compared."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from strangler.model.progress import SilentProgress
from strangler.project import Project
from strangler.project_reader import parse_project
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.path import CopyPath
from strangler_etl.errors import MappingError, SharedKeyError, TooManyRejectsError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration, Missing, open_migration
from strangler_etl.planning.plan import plan_etl
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from strangler_etl.verification.verification import verify
from tests.etl.copied_case import give_to_v2
from tests.etl.item_project import ITEM_PROJECT

pytestmark = pytest.mark.postgres

PROJECT = f"""{ITEM_PROJECT}id = {{ key = "source" }}
uid = {{ key = "uuid" }}
flag = "flag"
name = "name"
price = "price"
ratio = "ratio"
made = "made"
day = "day"
token = "token"
extra = "extra"
picture = "picture"
"""
SOURCE = """
CREATE TABLE item (id integer PRIMARY KEY AUTOINCREMENT, flag bool NOT NULL, name varchar(40) NOT NULL,
    price decimal, ratio real, made datetime, day date, token char(32), extra text, picture BLOB);
"""
TARGET = """
CREATE TABLE item (id bigint PRIMARY KEY, uid uuid UNIQUE, flag boolean NOT NULL, name text NOT NULL,
    price numeric(30, 2), ratio double precision, made timestamptz, day date, token uuid, extra jsonb, picture bytea);
"""
COLUMNS = "(id, flag, name, price, ratio, made, day, token, extra, picture)"
ODD_TEXTS = (
    "", "null", "\\N", "\\", "\\n", 'a"b', '\\"', "tab\tnew\nline\rback\b feed\f bell\x07", "\\\n\\\\t", "é ☃ 𝄞",
    ",", '","', "[]", "\\.", "\\u0041", "\x7f\x1f\x01", "\\u001f",
    '{"a": "\\u001b[0m\\n"}',
)  # fmt: skip


class Shop:
    """The two databases."""

    def __init__(self, folder: Path, target: str) -> None:
        self.file = folder / "shop.sqlite3"
        self.target = target
        self.environment = {"SOURCE": f"sqlite:///{self.file}", "TARGET": target}
        self.write(SOURCE)
        with psycopg.connect(target, autocommit=True) as connection:
            connection.execute(TARGET)

    def write(self, script: str, *rows: tuple[object, ...]) -> None:
        """Run a script, or a statement for each row, as the monolith."""
        with sqlite3.connect(self.file) as connection:
            if rows:
                connection.executemany(script, rows)
            else:
                connection.executescript(script)
        connection.close()

    def insert(self, *rows: tuple[object, ...]) -> None:
        """Write rows of the source."""
        self.write(f"INSERT INTO item {COLUMNS} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *rows)

    def read(self, query: str) -> list[tuple[object, ...]]:
        """What the service sees."""
        with psycopg.connect(self.target) as connection:
            return connection.execute(query.encode()).fetchall()

    @contextmanager
    def migration(self) -> Generator[Migration]:
        """Strangler's own connections, with journals and fence in place."""
        environment = {"SOURCE": f"sqlite:///{self.file}", "TARGET": self.target}
        with open_migration(parse_project(PROJECT), "reviews", environment) as migration:
            migration.install()
            yield migration


@pytest.fixture
def shop(tmp_path: Path, postgres_database: str) -> Shop:
    """Both databases, empty."""
    return Shop(tmp_path, postgres_database)


def item(number: int, **values: object) -> tuple[object, ...]:
    """A row that means nothing, but for these values."""
    known: dict[str, object] = {
        "flag": 1, "name": f"item {number}", "price": 12.35, "ratio": 0.5, "made": "2024-05-06 07:08:09.123456",
        "day": "2024-05-06", "token": f"{number:032x}", "extra": '{"b": 1, "a": [null, "x"]}', "picture": b"\x00\xff",
    }  # fmt: skip
    return (number, *{**known, **values}.values())


def test_rows_become_what_postgresql_means_by_them(shop: Shop) -> None:
    """Zero and one are booleans, texts moments, blobs bytes; and the verification finds them equal."""
    shop.insert(
        item(1),
        item(2, flag=0, price=None, ratio=None, made=None, day=None, token=None, extra=None, picture=None),
        item(3, flag="true", price=7, ratio=3, made="2024-05-06T07:08:09+02:00", picture="text"),
        item(4, price="123456789012345678.25", ratio=0.1 + 0.2, picture=b""),
        item(5, ratio=1e300, price=1e15, token=bytes(range(16))),
        item(6, ratio=float("inf"), price=-0.01, day="infinity"),
    )
    with shop.migration() as migration:
        assert plan_etl(migration).tables[0].path is CopyPath.TEXT
        assert [table.copied for table in backfill(migration, SilentProgress())] == [6]
        found = verify(migration, SilentProgress())
    assert (found.rows, found.differences) == (6, ())
    assert shop.read(
        "SELECT id, flag, price::text, ratio, made::text, encode(picture, 'hex') FROM item ORDER BY 1"
    ) == [
        (1, True, "12.35", 0.5, "2024-05-06 07:08:09.123456+00", "00ff"),
        (2, False, None, None, None, None),
        (3, True, "7.00", 3.0, "2024-05-06 05:08:09+00", "74657874"),
        (4, True, "123456789012345680.00", 0.30000000000000004, "2024-05-06 07:08:09.123456+00", ""),
        (5, True, "1000000000000000.00", 1e300, "2024-05-06 07:08:09.123456+00", "00ff"),
        (6, True, "-0.01", float("inf"), "2024-05-06 07:08:09.123456+00", "00ff"),
    ]


def test_texts_arrive_as_they_are(shop: Shop) -> None:
    """Whatever means something to COPY, to JSON or to a quoted form of rows."""
    shop.insert(*(item(number, name=text) for number, text in enumerate(ODD_TEXTS, 1)))
    with shop.migration() as migration:
        backfill(migration, SilentProgress(), RunSettings(Pace(3)))
        assert verify(migration, SilentProgress()).clean
    assert tuple(name for (name,) in shop.read("SELECT name FROM item ORDER BY id")) == ODD_TEXTS


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("name", b"\x00\x01", "the column name has a BLOB"),
        ("name", "a\0b", "the column name has a text with a NUL character"),
        ("made", 20240506, "the column made has a number, for timestamp with time zone"),
        ("day", 20240506, "the column day has a number, for date"),
        ("day", "now", "the column day has a text that is no plain date"),
        ("day", "1/2/2024", "the column day has a text that is no plain date"),
        ("day", "2024-05-06 07:08:09", "the column day has a text that is no plain date"),
        ("made", "today", "the column made has a text that is no plain timestamp with time zone"),
        ("flag", 2, "invalid input syntax for type boolean"),
        ("price", "cheap", "invalid input syntax for type numeric"),
        ("extra", "{", "invalid input syntax for type json"),
        ("token", "no uuid", "invalid input syntax for type uuid"),
        ("price", 1e40, "numeric field overflow"),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_nothing_else_is_lost(
    shop: Shop, column: str, value: object, what: str
) -> None:
    """SQLite lets any column hold any value; such a row is set aside, and comes when it is mended."""
    shop.insert(*(item(number) for number in range(1, 9)), item(9, **{column: value}), item(10))
    with shop.migration() as migration:
        with pytest.raises(TooManyRejectsError, match=f"such as 9: .*{what}"):
            backfill(migration, SilentProgress(), RunSettings(Pace(4), most_rejects=0))
        assert shop.read("SELECT count(*) FROM item")[0][0] in {4, 8}
        (copied,) = backfill(migration, SilentProgress(), RunSettings(Pace(4)))
        assert [reject.key for reject in copied.rejects] == ["9"]
        assert (copied.rows, shop.read("SELECT count(*) FROM item")) == (9, [(9,)])
        shop.write(f"UPDATE item SET {column} = (SELECT {column} FROM item WHERE id = 1) WHERE id = 9")
        assert [table.rows for table in backfill(migration, SilentProgress(), RunSettings(Pace(4)))] == [10]
        assert verify(migration, SilentProgress()).clean


def test_bytes_that_are_no_utf_8_are_named(shop: Shop) -> None:
    """SQLite takes them for a text all the same."""
    shop.insert(item(1))
    shop.write("UPDATE item SET name = CAST(x'61ff62' AS text)")
    with shop.migration() as migration:
        assert plan_etl(migration).rows == 1
        (copied,) = backfill(migration, SilentProgress())
        assert [(reject.key, "UTF-8" in reject.reason) for reject in copied.rejects] == [("1", True)]


def test_a_whole_number_kept_as_a_real_one_is_the_number(shop: Shop) -> None:
    """A column without a declared type keeps 3.0 as it came; a chunk with one is carried value by value."""
    shop.write("CREATE TABLE loose (id integer PRIMARY KEY, amount, note)")
    shop.write("INSERT INTO loose VALUES (?, ?, ?)", (1, 3.0, "a"), (2, 4, 2.5), (3, None, None))
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("CREATE TABLE loose (id bigint PRIMARY KEY, amount integer, note text)")
    project = PROJECT[: PROJECT.index("[etl")].replace('"item"', '"loose"') + (
        '[etl.reviews.tables.loose]\ntarget = "loose"\n'
        'columns = { id = { key = "source" }, amount = "amount", note = "note" }\n'
    )
    environment = {"SOURCE": f"sqlite:///{shop.file}", "TARGET": shop.target}
    with open_migration(parse_project(project), "reviews", environment) as migration:
        migration.install()
        backfill(migration, SilentProgress())
        assert verify(migration, SilentProgress()).clean
    assert shop.read("SELECT * FROM loose ORDER BY id") == [(1, 3, "a"), (2, 4, "2.5"), (3, None, None)]


def test_numbers_with_more_digits_than_are_kept_are_equal_to_what_was_kept(shop: Shop) -> None:
    """A repair would write them anew for ever, copied or followed, half way up and down; others still differ."""
    with shop.migration() as migration:
        shop.insert(*(item(number, price=number + 0.345) for number in range(1, 9)), item(9, price=-1.005))
        backfill(migration, SilentProgress())
        shop.insert(item(10, price=12.345), item(11, price=0.125), item(12, price=-2.675), item(13, price=2e-7))
        apply_forward(migration.source, migration.target, migration.mapping)
        assert verify(migration, SilentProgress()).clean
        with migration.target.transaction(applying=True):
            migration.target.execute("UPDATE item SET price = price + 0.01 WHERE id = 10")
        assert verify(migration, SilentProgress()).differing == 1


def test_changes_follow_and_come_back(shop: Shop) -> None:
    """What users write at v1 reaches v2, and after the cut-over the other way round, as SQLite keeps it."""
    shop.insert(item(1), item(2))
    with shop.migration() as migration:
        backfill(migration, SilentProgress())
        shop.write("UPDATE item SET flag = 0, picture = x'0a' WHERE id = 1; DELETE FROM item WHERE id = 2")
        shop.insert(item(3, made=None))
        assert apply_forward(migration.source, migration.target, migration.mapping).rows == 3
        assert verify(migration, SilentProgress()).clean
        assert shop.read("SELECT id, flag, encode(picture, 'hex') FROM item ORDER BY id") == [
            (1, False, "0a"), (3, True, "00ff"),
        ]  # fmt: skip
        give_to_v2(migration)
        with psycopg.connect(shop.target, autocommit=True) as service:
            service.execute("UPDATE item SET flag = true, made = '2025-01-02 03:04:05+01', day = NULL WHERE id = 1")
        apply_backward(migration.source, migration.target, migration.mapping)
        assert verify(migration, SilentProgress()).clean
        columns = "flag, typeof(flag), made, day, price, token, hex(picture)"
        assert migration.source.rows(f"SELECT {columns} FROM item WHERE id = 1") == [
            (1, "integer", "2025-01-02 02:04:05", None, 12.35, f"{1:032x}", "0A"),
        ]


@contextmanager
def things(shop: Shop, *keys: str) -> Generator[Migration]:
    """A table whose rows are known by a UUID, which SQLite keeps as a text."""
    shop.write("CREATE TABLE thing (id char(32) NOT NULL PRIMARY KEY, name text)")
    shop.write("INSERT INTO thing VALUES (?, ?)", *((key, f"thing {number}") for number, key in enumerate(keys, 1)))
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("CREATE TABLE thing (id uuid PRIMARY KEY, name text)")
    project = PROJECT[: PROJECT.index("[etl")].replace('"item"', '"thing"') + (
        '[etl.reviews.tables.thing]\ntarget = "thing"\ncolumns = { id = { key = "source" }, name = "name" }\n'
    )
    environment = {"SOURCE": f"sqlite:///{shop.file}", "TARGET": shop.target}
    with open_migration(parse_project(project), "reviews", environment) as migration:
        migration.install()
        yield migration


def test_a_row_that_is_known_by_a_uuid_is_deleted_on_the_way_back(shop: Shop) -> None:
    """SQLite keeps it as 32 digits, PostgreSQL gives it dashes; also where the whole table was emptied."""
    with things(shop, *(f"{number:032x}" for number in range(1, 4))) as migration:
        backfill(migration, SilentProgress())
        give_to_v2(migration)
        with psycopg.connect(shop.target, autocommit=True) as service:
            service.execute("DELETE FROM thing WHERE name = 'thing 1'")
            service.execute("UPDATE thing SET name = 'changed' WHERE name = 'thing 2'")
        apply_backward(migration.source, migration.target, migration.mapping)
        names = "SELECT name FROM thing ORDER BY id"
        assert migration.source.rows(names) == [("changed",), ("thing 3",)]
        assert verify(migration, SilentProgress()).clean
        with psycopg.connect(shop.target, autocommit=True) as service:
            service.execute("TRUNCATE thing")
        apply_backward(migration.source, migration.target, migration.mapping)
        assert migration.source.rows(names) == []


def test_a_derived_key_beside_a_uuid_is_derived_on_the_way_back_too(shop: Shop) -> None:
    """From the source's key as the source writes it: the key map has what nobody can derive, and no other spelling."""
    shop.write("CREATE TABLE thing (id char(32) NOT NULL PRIMARY KEY, name text)")
    shop.write("INSERT INTO thing VALUES (?, ?)", *((f"{number:032x}", f"thing {number}") for number in (1, 2)))
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("CREATE TABLE thing (id uuid PRIMARY KEY, old uuid UNIQUE NOT NULL, name text)")
    project = PROJECT[: PROJECT.index("[etl")].replace('"item"', '"thing"') + (
        '[etl.reviews.tables.thing]\ntarget = "thing"\n'
        'columns = { id = { key = "uuid" }, old = { key = "source" }, name = "name" }\n'
    )
    environment = {"SOURCE": f"sqlite:///{shop.file}", "TARGET": shop.target}
    with open_migration(parse_project(project), "reviews", environment) as migration:
        migration.install()
        backfill(migration, SilentProgress())
        give_to_v2(migration)
        with psycopg.connect(shop.target, autocommit=True) as service:
            service.execute("UPDATE thing SET name = 'changed' WHERE name = 'thing 1'")
            service.execute("INSERT INTO thing VALUES (%s, %s, 'new')", [f"{9:032x}", f"{3:032x}"])
        apply_backward(migration.source, migration.target, migration.mapping)
        assert migration.source.rows("SELECT source_key, target_key FROM strangler_key_map") == [
            (f"{3:032x}", "00000000-0000-0000-0000-000000000009")
        ]
        assert verify(migration, SilentProgress()).clean


def test_an_address_comes_back_without_a_netmask_nobody_wrote(shop: Shop) -> None:
    """Frameworks keep ``127.0.0.1`` as a text where the service has an ``inet``; a real mask stays."""
    shop.write("CREATE TABLE thing (id integer PRIMARY KEY, host char(39))")
    shop.write("INSERT INTO thing VALUES (?, ?)", (1, "198.51.100.7"), (2, "10.0.0.1/8"), (3, "2001:db8::1"))
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("CREATE TABLE thing (id bigint PRIMARY KEY, host inet)")
    project = PROJECT[: PROJECT.index("[etl")].replace('"item"', '"thing"') + (
        '[etl.reviews.tables.thing]\ntarget = "thing"\ncolumns = { id = { key = "source" }, host = "host" }\n'
    )
    environment = {"SOURCE": f"sqlite:///{shop.file}", "TARGET": shop.target}
    with open_migration(parse_project(project), "reviews", environment) as migration:
        migration.install()
        backfill(migration, SilentProgress())
        give_to_v2(migration)
        assert verify(migration, SilentProgress()).clean
        with psycopg.connect(shop.target, autocommit=True) as service:
            service.execute("INSERT INTO thing VALUES (4, '127.0.0.1'), (5, '2001:db8::2'), (6, '10.0.0.2/8')")
        apply_backward(migration.source, migration.target, migration.mapping)
        assert migration.source.rows("SELECT host FROM thing WHERE id > 3 ORDER BY id") == [
            ("127.0.0.1",), ("2001:db8::2",), ("10.0.0.2/8",),
        ]  # fmt: skip


def test_a_netmask_that_says_nothing_is_no_difference(shop: Shop) -> None:
    """Nobody could mend it: the monolith's text is right, and an ``inet`` has no place for it."""
    shop.write("CREATE TABLE thing (id integer PRIMARY KEY, host char(39))")
    shop.write("INSERT INTO thing VALUES (?, ?)", (1, "198.51.100.7/32"), (2, "2001:db8::1/128"), (3, "10.0.0.1"))
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("CREATE TABLE thing (id bigint PRIMARY KEY, host inet)")
    with open_migration(_things('id = { key = "source" }, host = "host"'), "reviews", shop.environment) as migration:
        migration.install()
        backfill(migration, SilentProgress())
        assert verify(migration, SilentProgress()).clean


def test_two_texts_that_are_one_number_stop_the_run(shop: Shop) -> None:
    """One would take the place of the other."""
    shop.write("CREATE TABLE thing (id text PRIMARY KEY, name text)")
    shop.write("INSERT INTO thing VALUES (?, ?)", ("1", "a"), ("01", "b"))
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("CREATE TABLE thing (id bigint PRIMARY KEY, name text)")
    with open_migration(_things('id = { key = "source" }, name = "name"'), "reviews", shop.environment) as migration:
        migration.install()
        with pytest.raises(SharedKeyError, match="01 and 1"):
            backfill(migration, SilentProgress())


@pytest.mark.parametrize(
    ("here", "there", "why"),
    [
        ("decimal(10,2)", "bigint", "fractions are rounded"),
        ("real", "numeric(8,2)", "digits after the first 2 are rounded"),
        ("datetime", "date", "the time of day is lost"),
        ("text", "numeric", "several texts may be one number"),
    ],
)
def test_a_key_is_not_rounded(shop: Shop, here: str, there: str, why: str) -> None:
    """Its row would not be found again, or be taken for another one."""
    shop.write(f"CREATE TABLE thing (id {here} PRIMARY KEY NOT NULL, name text)")
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE thing (id {there} PRIMARY KEY, name text)".encode())
    with (
        pytest.raises(MappingError, match=f"id keeps the key id as {re.escape(there)}, which is .*: {why}"),
        open_migration(_things('id = { key = "source" }, name = "name"'), "reviews", shop.environment),
    ):
        pass


def _things(columns: str) -> Project:
    """The project of a table `thing`."""
    return parse_project(
        PROJECT[: PROJECT.index("[etl")].replace('"item"', '"thing"')
        + f'[etl.reviews.tables.thing]\ntarget = "thing"\ncolumns = {{ {columns} }}\n'
    )


def test_two_texts_that_are_one_uuid_stop_the_run(shop: Shop) -> None:
    """The one that comes later would take the place of the other, and nobody would miss it."""
    keys = ("00112233445566778899aabbccddeeff", f"{7:032x}", "00112233-4455-6677-8899-AABBCCDDEEFF")
    with things(shop, *keys) as migration:
        with pytest.raises(
            SharedKeyError, match=f"rows of thing have the same id in the target: {keys[2]} and {keys[0]}"
        ):
            backfill(migration, SilentProgress())
        assert shop.read("SELECT count(*) FROM thing") == [(0,)]
        shop.write("DELETE FROM thing WHERE name = 'thing 3'")
        backfill(migration, SilentProgress())
        assert shop.read("SELECT count(*) FROM thing") == [(2,)]


def test_missing_tables_are_made_with_the_types_of_postgresql(shop: Shop) -> None:
    """`etl run --create` from what SQLite's columns are declared to be."""
    shop.insert(item(1))
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("DROP TABLE item")
    environment = {"SOURCE": f"sqlite:///{shop.file}", "TARGET": shop.target}
    with open_migration(parse_project(PROJECT), "reviews", environment, Missing.CREATE) as migration:
        migration.install()
        backfill(migration, SilentProgress())
        assert verify(migration, SilentProgress()).clean
    types = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'item'"
    assert {str(name): type_ for name, type_ in shop.read(types)} == {
        "id": "bigint", "uid": "uuid", "flag": "boolean", "name": "character varying", "price": "numeric",
        "ratio": "double precision", "made": "timestamp with time zone", "day": "date", "token": "character varying",
        "extra": "text", "picture": "bytea",
    }  # fmt: skip
