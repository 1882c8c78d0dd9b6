"""A monolith on MariaDB, whose service is on PostgreSQL: copied, and compared."""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from hashlib import sha256
from threading import Event

import psycopg
import pytest

from strangler.model.authority import Authority, Side
from strangler.model.errors import ConfigurationError
from strangler.model.progress import SilentProgress
from strangler.planner.following import Following, NotFollowedError
from strangler.planner.readiness import NotReadyError, Readiness
from strangler.project_reader import parse_project
from strangler.secret import DatabaseUrl
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.foreign_rows import ForeignRows
from strangler_etl.copying.path import CopyPath
from strangler_etl.errors import DatabaseError, MappingError, TooManyRejectsError
from strangler_etl.examination.examination import opened_to_look, server_checks, table_checks
from strangler_etl.examination.finding import Level, findings_of
from strangler_etl.examination.table_use import TableUse
from strangler_etl.mapping.selects import forward_select
from strangler_etl.mariadb.database import MariaDBDatabase
from strangler_etl.mariadb.forms import CopiedColumn, copied_lines
from strangler_etl.migration import Migration, Missing, open_migration
from strangler_etl.planning.plan import plan_etl
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from strangler_etl.verification.bisection import find_suspects
from strangler_etl.verification.comparison import forward_comparison
from strangler_etl.verification.database_hashes import LEVELS, database_rows
from strangler_etl.verification.hashed_rows import Buckets
from strangler_etl.verification.repair import repair
from strangler_etl.verification.verification import verify
from tests.etl.item_project import ITEM_PROJECT
from tests.mariadb import MariaDBCase

pytestmark = [pytest.mark.postgres, pytest.mark.mariadb]

PROJECT = f"""{ITEM_PROJECT}id = {{ key = "source" }}
uid = {{ key = "uuid" }}
flag = "flag"
name = "name"
price = "price"
ratio = "ratio"
single = "single"
made = "made"
seen = "seen"
day = "day"
noon = "noon"
token = "token"
raw_token = "raw_token"
extra = "extra"
picture = "picture"
big = "big"
bits = "bits"
mood = "mood"
moods = "moods"
fixed = "fixed"
year = "year"
"""
SOURCE = """
CREATE TABLE item (id int unsigned PRIMARY KEY AUTO_INCREMENT, flag tinyint(1) NOT NULL, name varchar(40) NOT NULL,
    price decimal(12, 3), ratio double, single float, made datetime(6), seen timestamp(3) NULL, day date, noon time(2),
    token char(32), raw_token binary(16), extra json, picture blob, big bigint unsigned, bits bit(5),
    mood enum('sad', 'glad'), moods set('a', 'b', 'c'), fixed char(6), year year);
"""
TARGET = """
CREATE TABLE item (id bigint PRIMARY KEY, uid uuid UNIQUE, flag boolean NOT NULL, name text NOT NULL,
    price numeric(12, 3), ratio double precision, single real, made timestamptz, seen timestamptz(3), day date,
    noon time(2), token uuid, raw_token uuid, extra jsonb, picture bytea, big numeric(20, 0), bits bit(5), mood text,
    moods text, fixed char(6), year smallint);
"""
ODD_TEXTS = (
    "", "null", "\\N", "\\", "\\n", 'a"b', "a'b", '\\"', "tab\tnew\nline\rback\b feed\f bell\x07", "\\\n\\\\t", "é ☃ 𝄞",
    ",", "[]", "\\.", "\\u0041", "\x7f\x1f\x01\x1a", "trailing  ", "100 %s %%",
)  # fmt: skip


class Shop:
    """The two databases."""

    def __init__(self, source: MariaDBCase, target: str) -> None:
        self.source = source
        self.target = target
        source.execute(SOURCE)
        with psycopg.connect(target, autocommit=True) as connection:
            connection.execute(TARGET)

    def insert(self, number: int, **values: str) -> None:
        """Write a row of the source: these values, in SQL, and others that mean nothing."""
        known = {
            "flag": "1", "name": f"'item {number}'", "price": "12.350", "ratio": "0.1e0", "single": "0.1",
            "made": "'2024-05-06 07:08:09.123456'", "seen": "'2024-05-06 07:08:09.125'", "day": "'2024-05-06'",
            "noon": "'12:00:00.25'", "token": f"md5({number})", "raw_token": f"unhex(md5({number}))",
            "extra": """'{"b": 1, "a": [null, "x\\\\n"]}'""", "picture": "x'00ff5c'", "big": "18446744073709551615",
            "bits": "b'101'", "mood": "'glad'", "moods": "'a,c'", "fixed": "'ab'", "year": "2024",
        }  # fmt: skip
        row = {**known, **values}
        self.source.execute(f"INSERT INTO item (id, {', '.join(row)}) VALUES ({number}, {', '.join(row.values())})")

    def read(self, query: str) -> list[tuple[object, ...]]:
        """What the service sees."""
        with psycopg.connect(self.target) as connection:
            connection.execute("SET TIME ZONE 'UTC'")
            return connection.execute(query.encode()).fetchall()

    @contextmanager
    def migration(self, project: str = PROJECT, missing: Missing = Missing.REFUSE) -> Generator[Migration]:
        """Strangler's own connections, with journal and fence of the target in place."""
        environment = {"SOURCE": self.source.url, "TARGET": self.target}
        with open_migration(parse_project(project), "reviews", environment, missing) as migration:
            migration.install()
            yield migration


@pytest.fixture
def shop(mariadb_database: MariaDBCase, postgres_database: str) -> Shop:
    """Both databases, empty."""
    return Shop(mariadb_database, postgres_database)


@pytest.fixture
def _only_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test fail whose rows are not carried by the lines that MariaDB writes."""

    def refused(*_: object) -> int:
        raise AssertionError("the lines of MariaDB were refused")

    monkeypatch.setattr(ForeignRows, "_one_by_one", refused)


@pytest.mark.usefixtures("_only_lines")
def test_rows_become_what_postgresql_means_by_them(shop: Shop) -> None:
    """Numbers to their last digit, bits, bytes, UUIDs, moments of UTC; and the verification finds them equal."""
    shop.insert(1)
    nothing = ("price", "ratio", "single", "made", "seen", "day", "noon", "token", "raw_token", "extra", "picture",
               "big", "bits", "mood", "moods", "fixed", "year")  # fmt: skip
    shop.insert(2, flag="0", name="''", **dict.fromkeys(nothing, "NULL"))
    shop.insert(3, ratio="1e300", price="-0.001", moods="''", picture="''", extra="'null'", fixed="''")
    shop.insert(4, ratio="0.1e0 + 0.2e0", single="16777217", extra="'[1.50, 1e2]'", noon="'23:59:59.99'", year="1901")
    with shop.migration() as migration:
        assert plan_etl(migration).tables[0].path is CopyPath.TEXT
        assert [(table.copied, table.rejects) for table in backfill(migration, SilentProgress())] == [(4, ())]
        found = verify(migration, SilentProgress())
    assert (found.rows, found.differences) == (4, ())
    query = (
        "SELECT id, flag, name, price::text, ratio, single, made::text, seen::text, day::text, noon::text, token::text,"
        " raw_token::text, extra::text, encode(picture, 'hex'), big::text, bits::text, mood, moods, fixed, year"
        " FROM item ORDER BY 1"
    )
    token = "c4ca4238-a0b9-2382-0dcc-509a6f75849b"
    assert shop.read(query)[:2] == [
        (1, True, "item 1", "12.350", 0.1, 0.1, "2024-05-06 07:08:09.123456+00", "2024-05-06 07:08:09.125+00",
         "2024-05-06", "12:00:00.25", token, token, '{"a": [null, "x\\n"], "b": 1}', "00ff5c", "18446744073709551615",
         "00101", "glad", "a,c", "ab    ", 2024),
        (2, False, "", *[None] * 17),
    ]  # fmt: skip
    assert shop.read("SELECT ratio, moods, encode(picture, 'hex'), extra::text FROM item WHERE id = 3") == [
        (1e300, "", "", "null")
    ]
    assert shop.read("SELECT ratio, single FROM item WHERE id = 4") == [(0.1 + 0.2, 16777216.0)]


@pytest.mark.usefixtures("_only_lines")
def test_texts_arrive_as_they_are(shop: Shop) -> None:
    """Whatever means something to COPY, to MariaDB's texts or to placeholders; chunk by chunk."""
    for number, text in enumerate(ODD_TEXTS, 1):
        shop.insert(number, name=f"x'{text.encode().hex()}'")
    with shop.migration() as migration:
        backfill(migration, SilentProgress(), RunSettings(Pace(3)))
        assert verify(migration, SilentProgress()).clean
    assert tuple(name for (name,) in shop.read("SELECT name FROM item ORDER BY id")) == ODD_TEXTS


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("made", "'0000-00-00'", 'date/time field value out of range: "0000-00-00'),
        ("day", "'2024-00-00'", 'date/time field value out of range: "2024-00-00'),
        ("noon", "'-10:00:00'", "invalid input syntax for type time"),
        ("noon", "'100:00:00'", "date/time field value out of range"),
        ("flag", "2", "invalid input syntax for type boolean"),
        ("name", "x'610062'", "the column name has a text with a NUL character"),
        ("token", "'no uuid'", "invalid input syntax for type uuid"),
        ("extra", """'["\\\\u0000"]'""", "unsupported Unicode escape sequence"),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_nothing_else_is_lost(
    shop: Shop, column: str, value: str, what: str
) -> None:
    """MariaDB keeps zero dates, numbers as booleans and texts as UUIDs; such a row is set aside until it is mended."""
    for number in range(1, 6):
        shop.insert(number)
    shop.source.execute(f"SET sql_mode = ''; UPDATE item SET {column} = {value} WHERE id = 4")
    with shop.migration() as migration:
        with pytest.raises(TooManyRejectsError, match=f"such as 4: .*{re.escape(what)}"):
            backfill(migration, SilentProgress(), RunSettings(Pace(2), most_rejects=0))
        (copied,) = backfill(migration, SilentProgress(), RunSettings(Pace(2)))
        assert [reject.key for reject in copied.rejects] == ["4"]
        assert (copied.rows, shop.read("SELECT count(*) FROM item")) == (4, [(4,)])
        found = verify(migration, SilentProgress())
        assert (found.differences, found.set_aside, found.clean) == ((), 1, False)
        shop.source.execute(f"UPDATE item SET {column} = (SELECT {column} FROM item WHERE id = 1) WHERE id = 4")
        assert [table.rows for table in backfill(migration, SilentProgress(), RunSettings(Pace(2)))] == [5]
        assert verify(migration, SilentProgress()).clean


def test_what_users_write_meanwhile_is_found_and_mended(shop: Shop) -> None:
    """Nothing follows MariaDB: the verification finds it, whatever kind of change it is, and the repair mends it."""
    for number in range(1, 6):
        shop.insert(number)
    with shop.migration() as migration:
        backfill(migration, SilentProgress())
        shop.source.execute("UPDATE item SET name = 'changed', single = 0.3 WHERE id = 1")
        shop.source.execute("DELETE FROM item WHERE id = 2")
        shop.insert(6, bits="b'11111'")
        found = verify(migration, SilentProgress())
        assert sorted(difference.kind for difference in found.differences) == ["different", "extra", "missing"]
        repair(migration, found.differences)
        assert verify(migration, SilentProgress()).clean
    assert shop.read("SELECT id, single, bits::text FROM item WHERE id IN (1, 2, 6) ORDER BY id") == [
        (1, pytest.approx(0.3), "00101"), (6, pytest.approx(0.1), "11111"),
    ]  # fmt: skip


def test_missing_tables_are_made_with_the_types_of_postgresql(shop: Shop) -> None:
    """`etl run --create` from what MariaDB's columns are: unsigned ones wider, a zone for moments that have one."""
    shop.insert(1)
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("DROP TABLE item")
    with shop.migration(missing=Missing.CREATE) as migration:
        backfill(migration, SilentProgress())
        assert verify(migration, SilentProgress()).clean
    types = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'item'::regclass"
    assert {str(name): type_ for name, type_ in shop.read(f"{types} AND attnum > 0")} == {
        "id": "bigint", "uid": "uuid", "flag": "boolean", "name": "character varying(40)", "price": "numeric(12,3)",
        "ratio": "double precision", "single": "real", "made": "timestamp without time zone",
        "seen": "timestamp(3) with time zone", "day": "date", "noon": "time(2) without time zone",
        "token": "character(32)", "raw_token": "bytea", "extra": "jsonb", "picture": "bytea", "big": "numeric(20,0)",
        "bits": "bit(5)", "mood": "text", "moods": "text", "fixed": "character(6)", "year": "smallint",
    }  # fmt: skip


KINDS = (("id", "integer"), *((name, "text") for name in "abcd"), ("e", "bytea"), ("f", "text"))
OTHER = """
[monolith]
database = "${SOURCE}"
[services.reviews]
tables = ["thing"]
database = "${TARGET}"
[etl.reviews.tables.thing]
target = "thing"
"""


@pytest.mark.parametrize(
    ("key", "values", "target"),
    [
        ("varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "('b'), ('A'), ('é'), ('Z'), ('a1')", "text"),
        ("varchar(20) CHARACTER SET latin1 COLLATE latin1_bin", "('b'), ('A'), ('é'), ('a')", "text"),
        ("bigint unsigned", "(18446744073709551615), (1), (9223372036854775808), (0)", "numeric"),
        ("bigint", "(-9223372036854775808), (0), (-1), (9223372036854775807)", "bigint"),
        ("binary(16)", "(unhex(md5(1))), (unhex(md5(2))), (unhex(md5(3))), (unhex(md5(4)))", "uuid"),
        ("varbinary(20)", "(x'00'), (x'ff'), (x''), (x'5c')", "bytea"),
        ("uuid", "(uuid()), (uuid()), (uuid()), (uuid())", "uuid"),
        ("date", "('2024-01-01'), ('1999-12-31'), ('2024-02-29')", "date"),
        ("decimal(20, 5)", "(1.5), (-2), (10), (9.00001)", "numeric(20, 5)"),
    ],
)
def test_keys_of_every_kind_are_walked_in_their_own_order(shop: Shop, key: str, values: str, target: str) -> None:
    """Chunks of one row, by whatever collation or sign the source sorts them; every row once."""
    shop.source.execute(f"CREATE TABLE thing (id {key} PRIMARY KEY); INSERT INTO thing VALUES {values}")
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE thing (id {target} PRIMARY KEY, own uuid UNIQUE)".encode())
    columns = """columns = { id = { key = "source" }, own = { key = "uuid" } }"""
    with shop.migration(OTHER + columns) as migration:
        (copied,) = backfill(migration, SilentProgress(), RunSettings(Pace(1, most_chunks=1)))
        assert copied.rows == values.count("), (") + 1
        assert verify(migration, SilentProgress()).clean


def test_expressions_mean_in_mariadb_what_they_mean_in_postgresql(shop: Shop) -> None:
    """Casts keep fractions, ``||`` joins, documents give their texts; masks and hashes never leave the source."""
    shop.source.execute(
        "CREATE TABLE kind (id int PRIMARY KEY, label varchar(20) NOT NULL);"
        "CREATE TABLE thing (id int PRIMARY KEY, kind_id int NOT NULL, made datetime(6), extra json, mail varchar(40),"
        " amount varchar(20), truth int);"
        "INSERT INTO kind VALUES (1, 'a\\\\b');"
        """INSERT INTO thing VALUES (1, 1, '2024-05-06 07:08:09.123456', '{"a": "x", "n": null}', 'Ann@x', '1.5', 0)"""
    )
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE thing (id bigint PRIMARY KEY, label text, made timestamptz, day date, deep text,"
            " nothing text, masked text, hashed text, amount numeric, truth boolean, percent text)"
        )
    project = OTHER.replace('["thing"]', "[]") + (
        'joins = { kind = "kind.id = thing.kind_id" }\n'
        "where = \"mail <> 'nobody'\"\n"
        "[etl.reviews.tables.thing.columns]\n"
        'id = { key = "source" }\n'
        "label = \"kind.label || '-' || thing.id::text\"\n"
        'made = "made::timestamptz"\n'
        'day = "made::date"\n'
        "deep = \"extra ->> 'a'\"\n"
        "nothing = \"extra ->> 'n'\"\n"
        'masked = { mask = "mail" }\n'
        'hashed = { hash = "mail" }\n'
        'amount = "amount::numeric"\n'
        'truth = "truth::boolean"\n'
        "percent = \"'100 %s'\"\n"
    )
    with shop.migration(project) as migration:
        backfill(migration, SilentProgress())
        assert verify(migration, SilentProgress()).clean
    assert shop.read("SELECT *, made::text FROM thing")[0][1:] == (
        "a\\b-1", datetime(2024, 5, 6, 7, 8, 9, 123456, UTC), date(2024, 5, 6), "x", None, "***",
        sha256(b"Ann@x").hexdigest(), Decimal("1.5"), False, "100 %s", "2024-05-06 07:08:09.123456+00",
    )  # fmt: skip


def test_a_text_that_is_no_number_is_set_aside(shop: Shop) -> None:
    """MariaDB's cast makes a nought of it, and warns: the warning counts."""
    shop.source.execute(
        "CREATE TABLE thing (id int PRIMARY KEY, amount varchar(20)); INSERT INTO thing VALUES (1, '7'), (2, 'x')"
    )
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("CREATE TABLE thing (id bigint PRIMARY KEY, amount integer)")
    columns = """columns = { id = { key = "source" }, amount = "amount::integer" }"""
    with shop.migration(OTHER + columns) as migration:
        (copied,) = backfill(migration, SilentProgress())
        assert [(reject.key, "'x'" in reject.reason) for reject in copied.rejects] == [("2", True)]
    assert shop.read("SELECT * FROM thing") == [(1, 7)]


def test_what_mariadb_can_not_say_is_refused_where_it_is_written(shop: Shop) -> None:
    """Instead of another meaning."""
    project = PROJECT.replace('made = "made"', "made = \"made AT TIME ZONE 'Europe/Berlin'\"")
    with pytest.raises(MappingError, match=r"strangler.toml:\d+:1: .*AT TIME ZONE"), shop.migration(project):
        pass


def test_both_databases_digest_a_row_alike(shop: Shop) -> None:
    """Nothing has to be read of equal rows: what is in doubt is only what differs."""
    shop.insert(1)
    shop.insert(2, ratio="-1e-300", single="-1e10", price="0", seen="NULL", name="''", fixed="''")
    shop.insert(3, ratio="123456789012345680", single="1e-10", price="100", picture="NULL", made="'1000-01-01'")
    shop.insert(4, ratio="-0e0", single="0", made="'9999-12-31 23:59:59.999999'", flag="0", noon="'00:00:00'", big="0")
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("ALTER TABLE item DROP COLUMN extra")
    with shop.migration(PROJECT.replace('extra = "extra"\n', "")) as migration:
        backfill(migration, SilentProgress())
        (table,) = migration.mapping.tables
        comparison = forward_comparison(migration.source, migration.target, table)
        sides = database_rows(migration.source, migration.target, comparison, frozenset())
        assert sides is not None
        for buckets in (Buckets(0), Buckets(10)):
            expected, found = (side.sums(buckets) for side in sides)
            assert expected == found
        assert sum(bucket.rows for bucket in found.values()) == 4
        shop.source.execute("UPDATE item SET ratio = -ratio WHERE id = 2")
        with migration.source.snapshot(), migration.target.snapshot():
            suspects = find_suspects(*sides, LEVELS)
        assert [suspect.origin_key for suspect in suspects.suspects if suspect.origin_key] == ["2"]


def test_a_database_that_is_only_read_is_no_target(shop: Shop) -> None:
    """Said before anything runs."""
    environment = {"SOURCE": shop.target, "TARGET": shop.source.url}
    with (
        pytest.raises(ConfigurationError, match="MariaDB and MySQL can be the source of a copy only"),
        open_migration(parse_project(PROJECT), "reviews", environment),
    ):
        pass


def test_nobody_is_told_that_mariadb_is_followed(shop: Shop) -> None:
    """Neither by the follower, nor before a cut-over."""
    shop.insert(1)
    with shop.migration() as migration:
        backfill(migration, SilentProgress())
        connect, stop = partial(nullcontext, migration), Event()
        with pytest.raises(NotFollowedError, match="are not followed yet"):
            Following(connect, lambda _authority, _moment: None, lambda _: None, lambda _: stop.set(), stop).run()
        with pytest.raises(NotReadyError, match="are not followed yet"):
            Readiness(migration, tuple, force=True).require(Authority("reviews"), Side.V2)


def test_the_doctor_looks_at_mariadb(shop: Shop) -> None:
    """Server, clock and tables; one that is of no engine with transactions is a problem."""
    shop.source.execute("CREATE TABLE old (id int PRIMARY KEY) ENGINE = MyISAM; CREATE VIEW seen AS SELECT * FROM item")
    uses = [TableUse(name, owned=True, written=False) for name in ("item", "old", "seen", "missing")]
    with opened_to_look(DatabaseUrl(shop.source.url)) as database:
        checks = (*server_checks(database, time.time), *table_checks(database, uses))
        found = list(findings_of(checks))
        with pytest.raises(DatabaseError, match="READ ONLY"):
            database.execute("INSERT INTO old VALUES (1)")
    assert [(finding.name, finding.level) for finding in found] == [
        ("engine", Level.OK), ("privileges", Level.OK), ("clock", Level.OK), ("table item", Level.OK),
        ("table old", Level.PROBLEM), ("table seen", Level.PROBLEM), ("table missing", Level.PROBLEM),
    ]  # fmt: skip


@pytest.mark.usefixtures("_only_lines")
@pytest.mark.parametrize("streamed", [True, False])
def test_character_sets_may_be_mixed(shop: Shop, streamed: bool) -> None:
    """Letters of a table's columns come as they are, also beside bytes; and where the driver reads them itself."""
    shop.source.execute(
        "CREATE TABLE thing (id int PRIMARY KEY, a varchar(9) CHARACTER SET latin1, b varchar(9) CHARACTER SET utf8mb4"
        " COLLATE utf8mb4_unicode_ci, c varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,"
        " d varchar(9) CHARACTER SET ucs2, e varbinary(9), f varchar(9) CHARACTER SET latin1);"
        r"INSERT INTO thing VALUES (1, 'é\\', '☃\t', '𝄞\n', 'ß\\', x'c3a95c', 'ÿ'), (2, 'é', NULL, '', 'b', x'61', 'é')"
    )
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("CREATE TABLE thing (id int PRIMARY KEY, a text, b text, c text, d text, e text, f text)")
    columns = ", ".join(f'{name} = "{name}"' for name in "abcdef")
    with shop.migration(OTHER + f'columns = {{ id = {{ key = "source" }}, {columns} }}') as migration:
        source, target = migration.source, migration.target
        assert isinstance(source, MariaDBDatabase)
        if not streamed:
            source.read_by_driver()
        (table,) = migration.mapping.tables
        sql, parameters = forward_select(source, table).between(source)
        listed = [CopiedColumn(source.quoted(name), "text", type_) for name, type_ in KINDS]
        lines = [line for part in source.lines(copied_lines(sql, listed), parameters) for line in part]
        assert lines[1].decode() == "2\té\t\\N\t\tb\ta\té"
        backfill(migration, SilentProgress())
        assert verify(migration, SilentProgress()).clean
        assert target.rows("SELECT a, b, c, d, e, f FROM thing WHERE id = 1") == [
            ("é\\", "☃\t", "𝄞\n", "ß\\", "é\\", "ÿ"),
        ]  # fmt: skip


def test_the_plan_tells_what_is_dangerous(shop: Shop) -> None:
    """Numbers in narrower types, moments without a zone, texts of which the collations think differently."""
    shop.source.execute(
        "CREATE TABLE thing (id int PRIMARY KEY, big bigint unsigned, made datetime(6), label varchar(20) UNIQUE)"
    )
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE thing (id bigint PRIMARY KEY, big integer, made timestamptz, label text UNIQUE)"
        )
    columns = """columns = { id = { key = "source" }, big = "big", made = "made", label = "label" }"""
    with shop.migration(OTHER + columns) as migration:
        (table,) = plan_etl(migration, check=True).tables
    assert [(risk.column, risk.kind) for risk in table.risks] == [
        ("big", "conversion"), ("made", "conversion"), ("label", "collation"),
    ]  # fmt: skip
