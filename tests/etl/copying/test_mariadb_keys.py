"""Keys and bits of MariaDB that PostgreSQL writes, or tells apart, in another way."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from strangler.cli.main import run
from strangler.cli.render.etl_plan import PlanLines
from strangler.demo.processes import free_port
from strangler.model.authority import Side
from strangler.model.progress import SilentProgress
from strangler.planner.follower_state import lag_of, standstill, unfollowed
from strangler.planner.migration_plan.data_readings import data_readings
from strangler.planner.migration_plan.reading import State
from strangler.planner.migration_plan.steps import Step
from strangler.project_reader import parse_project
from strangler_etl.copying.backfill import backfill
from strangler_etl.errors import SharedKeyError
from strangler_etl.mariadb.database import MariaDBDatabase
from strangler_etl.migration import Migration, open_migration
from strangler_etl.planning.plan import plan_etl
from strangler_etl.planning.table_risks import RiskKind
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from strangler_etl.verification.repair import repair
from strangler_etl.verification.verification import verify
from tests.etl.item_project import ITEM_PROJECT
from tests.mariadb import MariaDBCase

pytestmark = [pytest.mark.postgres, pytest.mark.mariadb]

Opened = Callable[[str, str, str], AbstractContextManager[Migration]]


@pytest.fixture
def opened(mariadb_database: MariaDBCase, postgres_database: str) -> Opened:
    """Open a migration between tables made by two statements; the third text are the columns of the mapping."""

    @contextmanager
    def opening(source: str, target: str, columns: str) -> Generator[Migration]:
        mariadb_database.execute(source)
        with psycopg.connect(postgres_database, autocommit=True) as connection:
            connection.execute(target.encode())
        environment = {"SOURCE": mariadb_database.url, "TARGET": postgres_database}
        with open_migration(parse_project(ITEM_PROJECT + columns), "reviews", environment) as migration:
            migration.install()
            yield migration

    return opening


@pytest.mark.parametrize(
    ("type_", "form"), [("char(32)", "md5({})"), ("binary(16)", "unhex(md5({}))")], ids=["text", "bytes"]
)
def test_keys_become_uuids(opened: Opened, type_: str, form: str) -> None:
    """As texts or bytes, chunk by chunk."""
    rows = ", ".join(f"({form.format(number)}, 'x')" for number in range(5))
    source = f"CREATE TABLE item (id {type_} PRIMARY KEY, name text); INSERT INTO item VALUES {rows}"
    target = "CREATE TABLE item (id uuid PRIMARY KEY, name text)"
    with opened(source, target, 'id = { key = "source" }\nname = "name"') as migration:
        assert backfill(migration, SilentProgress(), RunSettings(Pace(2)))[0].rows == 5
        assert verify(migration, SilentProgress()).clean


def test_two_texts_that_are_one_uuid_are_refused(opened: Opened) -> None:
    """One would take the place of the other."""
    source = (
        "CREATE TABLE item (id char(36) PRIMARY KEY, name text);"
        "INSERT INTO item VALUES (md5(1), 'a'), ('c4ca4238-a0b9-2382-0dcc-509a6f75849b', 'b')"
    )
    target = "CREATE TABLE item (id uuid PRIMARY KEY, name text)"
    with (
        opened(source, target, 'id = { key = "source" }\nname = "name"') as migration,
        pytest.raises(SharedKeyError) as refused,
    ):
        backfill(migration, SilentProgress())
    assert "c4ca4238-a0b9-2382-0dcc-509a6f75849b" in refused.value.keys


def test_bits_that_a_type_has_no_room_for_are_not_cut(opened: Opened) -> None:
    """The row is set aside, as PostgreSQL refuses it."""
    source = (
        "CREATE TABLE item (id int PRIMARY KEY, bits bit(8));"
        "INSERT INTO item VALUES (1, b'11110000'), (2, b'1'), (3, NULL)"
    )
    target = "CREATE TABLE item (id int PRIMARY KEY, bits bit(4))"
    with opened(source, target, 'id = { key = "source" }\nbits = "bits"') as migration:
        (copied,) = backfill(migration, SilentProgress(), RunSettings(most_rejects=1))
        assert [reject.key for reject in copied.rejects] == ["1"]
        assert migration.target.rows("SELECT id, CAST(bits AS text) FROM item ORDER BY 1") == [(2, "0001"), (3, None)]


@pytest.mark.parametrize("collation", ["utf8mb4_bin", "utf8mb4_general_ci", "latin1_swedish_ci"])
def test_a_row_set_aside_hides_none_whose_key_looks_alike(opened: Opened, collation: str) -> None:
    """The connection's collation takes keys for the same that the table's does not."""
    keys = ["a", "B", "c", "É", "f", *(["A", "b", "C", "é", "e", "E"] if collation.endswith("_bin") else [])]
    rows = ", ".join(f"('{key}', '{'0000-00-00' if key == 'a' else '2024-01-01'}')" for key in keys)
    charset = collation.partition("_")[0]
    source = (
        f"SET sql_mode = ''; CREATE TABLE item (id varchar(20) CHARACTER SET {charset} COLLATE {collation} PRIMARY KEY,"
        f" day date); INSERT INTO item VALUES {rows}"
    )
    target = "CREATE TABLE item (id text PRIMARY KEY, day date)"
    with opened(source, target, 'id = { key = "source" }\nday = "day"') as migration:
        (copied,) = backfill(migration, SilentProgress(), RunSettings(Pace(2), most_rejects=1))
        assert (copied.rows, [reject.key for reject in copied.rejects]) == (len(keys) - 1, ["a"])
        found = verify(migration, SilentProgress())
    assert (found.rows, found.differences) == (len(keys) - 1, ())


def test_enumerated_keys_are_copied_in_their_order(opened: Opened) -> None:
    """MariaDB sorts them by their numbers, not as texts."""
    source = (
        "CREATE TABLE item (id enum('z', 'm', 'a', 'q') PRIMARY KEY, name text);"
        "INSERT INTO item VALUES ('a', 'a'), ('m', 'b'), ('z', 'c'), ('q', 'd')"
    )
    target = "CREATE TABLE item (id text PRIMARY KEY, name text)"
    with opened(source, target, 'id = { key = "source" }\nname = "name"') as migration:
        assert backfill(migration, SilentProgress(), RunSettings(Pace(2)))[0].rows == 4
        assert verify(migration, SilentProgress()).clean


def test_decimal_keys_below_zero_are_found(opened: Opened) -> None:
    """They have as many digits as numbers without a sign, and are none."""
    source = (
        "SET sql_mode = ''; CREATE TABLE item (id decimal(20, 0) PRIMARY KEY, day date);"
        "INSERT INTO item VALUES (-7, '2024-01-01'), (-3, '0000-00-00'), (0, NULL), (99999999999999999999, NULL)"
    )
    target = "CREATE TABLE item (id numeric(20, 0) PRIMARY KEY, day date)"
    with opened(source, target, 'id = { key = "source" }\nday = "day"') as migration:
        (copied,) = backfill(migration, SilentProgress(), RunSettings(most_rejects=1))
        assert (copied.rows, [reject.key for reject in copied.rejects]) == (3, ["-3"])
        assert verify(migration, SilentProgress()).differing == 0


def test_many_notes_hide_no_warning(opened: Opened) -> None:
    """MariaDB notes every blank that a conversion leaves out, and keeps 64 of what it has to say."""
    source = (
        "CREATE TABLE item (id int PRIMARY KEY, n varchar(10));"
        "INSERT INTO item SELECT seq, concat(seq, ' ') FROM seq_1_to_100; INSERT INTO item VALUES (101, 'x7')"
    )
    target = "CREATE TABLE item (id int PRIMARY KEY, n int)"
    with opened(source, target, 'id = { key = "source" }\nn = "CAST(n AS int)"') as migration:
        (copied,) = backfill(migration, SilentProgress(), RunSettings(most_rejects=1))
        assert (copied.rows, [reject.key for reject in copied.rejects]) == (100, ["101"])


def test_a_key_with_a_blank_at_its_end_is_another_one(opened: Opened) -> None:
    """A collation without padding keeps both; the row that is set aside must not hide the other one."""
    source = (
        "SET sql_mode = ''; CREATE TABLE item (id varchar(9) COLLATE utf8mb4_nopad_bin PRIMARY KEY, day date);"
        "INSERT INTO item VALUES ('a', '0000-00-00'), ('a ', '2024-01-01'), ('b ', '2024-01-01'), ('b', '2024-01-01')"
    )
    target = "CREATE TABLE item (id text PRIMARY KEY, day date)"
    with opened(source, target, 'id = { key = "source" }\nday = "day"') as migration:
        (copied,) = backfill(migration, SilentProgress(), RunSettings(Pace(2), most_rejects=1))
        assert (copied.rows, [reject.key for reject in copied.rejects]) == (3, ["a"])
        found = verify(migration, SilentProgress())
        assert (found.rows, found.differences) == (3, ())
        with migration.target.transaction(applying=True):
            migration.target.execute("DELETE FROM item WHERE id = 'a '")
            migration.target.execute("UPDATE item SET day = NULL WHERE id = 'b '")
        differences = verify(migration, SilentProgress()).differences
        assert [(one.key, one.kind.value) for one in differences] == [("a ", "missing"), ("b ", "different")]
        repair(migration, differences)
        assert verify(migration, SilentProgress()).differences == ()


@pytest.mark.parametrize("by_driver", [False, True], ids=["read here", "read by the driver"])
def test_a_copy_that_is_given_up_half_way_leaves_the_connection_fit(opened: Opened, by_driver: bool) -> None:
    """The target refuses an early line while MariaDB still sends; what comes next must not read the rest of it."""
    source = (
        "CREATE TABLE item (id int PRIMARY KEY, name text);"
        "INSERT INTO item SELECT seq, CONCAT(IF(seq = 3, 'x', ''), REPEAT('1', 200)) FROM seq_1_to_20000"
    )
    target = "CREATE TABLE item (id int PRIMARY KEY, name numeric)"
    with opened(source, target, 'id = { key = "source" }\nname = "name"') as migration:
        assert isinstance(migration.source, MariaDBDatabase)
        if by_driver:
            migration.source.read_by_driver()
        settings = RunSettings(Pace(20_000), most_rejects=1)
        (copied,) = backfill(migration, SilentProgress(), settings)
        assert (copied.rows, [reject.key for reject in copied.rejects]) == (19_999, ["3"])


def test_the_plan_names_values_that_no_type_has(opened: Opened) -> None:
    """Zero dates, and numbers for booleans; a check counts them, and says nothing where there are none."""
    source = (
        "SET sql_mode = ''; CREATE TABLE item (id int PRIMARY KEY, day date, made datetime, flag tinyint(1), sure"
        " tinyint(1)); INSERT INTO item VALUES (1, '0000-00-00', '2024-00-07 10:00:00', 7, 1), (2, '2024-01-00', NULL,"
        " 1, 0), (3, '2010-10-10', '2024-01-01 00:00:00', NULL, NULL)"
    )
    target = "CREATE TABLE item (id int PRIMARY KEY, day date, made timestamptz, flag boolean, sure boolean)"
    columns = "\n".join(f'{name} = "{name}"' for name in ("id", "day", "made", "flag", "sure"))
    with opened(source, target, columns) as migration:
        kinds = {RiskKind.ZERO_DATE, RiskKind.TRUTH}
        found = [
            [(r.column, r.rows) for r in plan_etl(migration, check=check).tables[0].risks if r.kind in kinds]
            for check in (False, True)
        ]
        assert found == [
            [("day", None), ("made", None), ("flag", None), ("sure", None)],
            [("day", 2), ("made", 1), ("flag", 1)],
        ]


@pytest.mark.parametrize("command", ["journal follow", "cutover", "rollback"])
def test_what_follows_is_refused_before_a_gateway_is_asked(
    opened: Opened, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No gateway is declared, and none would help."""
    made = "CREATE TABLE item (id int PRIMARY KEY, name text)"
    columns = 'id = { key = "source" }\nname = "name"'
    with opened(made, made, columns) as migration:
        monkeypatch.setenv("SOURCE", migration.addresses.source.reveal())
        monkeypatch.setenv("TARGET", migration.addresses.target.reveal())
    (tmp_path / "strangler.toml").write_text(ITEM_PROJECT + columns)
    monkeypatch.chdir(tmp_path)
    assert run([*command.split(), "reviews"]) == 3
    told = capsys.readouterr().err
    assert "are not followed yet" in told
    assert "gateway" not in told


NEVER = "are not followed yet"
ITEM = "CREATE TABLE item (id int PRIMARY KEY, name text)"
ITEM_COLUMNS = 'id = { key = "source" }\nname = "name"'


def test_each_step_that_needs_a_follower_says_that_there_is_none(opened: Opened) -> None:
    """Before and after the copy; nobody is sent to start a follower that would be refused."""
    with opened(ITEM, ITEM, ITEM_COLUMNS) as migration:
        backfill(migration, SilentProgress())
        verify(migration, SilentProgress())
        readings = data_readings(migration)
        assert {step for step, reading in readings.items() if NEVER in reading.found} == {
            Step.JOURNAL, Step.FOLLOW, Step.CUTOVER,
        }  # fmt: skip
        assert {readings[step].state for step in (Step.SEED, Step.VERIFY)} == {State.DONE}
        assert (lag_of(migration, Side.V1), standstill(migration, Side.V1)) == (None, None)
        assert NEVER in (unfollowed(migration) or "")


def test_a_plan_of_a_copy_promises_no_way_back(opened: Opened) -> None:
    """Nothing goes back where nothing can be cut over."""
    with opened(ITEM, ITEM, ITEM_COLUMNS) as migration:
        plan = plan_etl(migration)
        out = StringIO()
        Console(file=out, width=400).print(PlanLines(plan, sql=False), soft_wrap=True)
        assert not plan.returns_whole
        assert NEVER in out.getvalue()
        assert "after the cut-over" not in out.getvalue()


def test_the_doctor_warns_before_there_is_a_mapping(
    mariadb_database: MariaDBCase, postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Whoever plans a cut-over learns it on the first day."""
    mariadb_database.execute(ITEM)
    monkeypatch.setenv("SOURCE", mariadb_database.url)
    monkeypatch.setenv("TARGET", postgres_database)
    (tmp_path / "strangler.toml").write_text(ITEM_PROJECT.partition("[etl")[0])
    monkeypatch.chdir(tmp_path)
    run(["doctor"])
    assert capsys.readouterr().out.count(NEVER) == 1


def test_readers_are_not_sent_to_a_copy_that_nothing_follows(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They would miss what they have written; who says that nobody writes gets as far as the gateways."""
    with opened(ITEM, ITEM, ITEM_COLUMNS) as migration:
        backfill(migration, SilentProgress())
        monkeypatch.setenv("SOURCE", migration.addresses.source.reveal())
        monkeypatch.setenv("TARGET", migration.addresses.target.reveal())
    monkeypatch.setenv("TOKEN", "open")
    gateway = f"""
[gateway]
admin = ["127.0.0.1:{free_port()}"]
token = "${{TOKEN}}"
[[routes]]
match = {{ path = "/items" }}
service = "reviews"
traffic = {{ v2 = 0, sticky = "client" }}
"""
    project = tmp_path / "strangler.toml"
    written = ITEM_PROJECT.replace('tables = ["item"]', 'tables = ["item"]\nupstreams = ["http://127.0.0.1:1"]')
    project.write_text(written + ITEM_COLUMNS + gateway)
    monkeypatch.chdir(tmp_path)
    assert run(["gateway", "shift", "reviews", "--to", "10%"]) == 3
    assert "--accept-stale-reads" in capsys.readouterr().err
    assert run(["gateway", "shift", "reviews", "--to", "10%", "--accept-stale-reads"]) == 4
    assert "did not confirm the share" in capsys.readouterr().err
    assert run(["gateway", "shift", "reviews", "--to", "0%"]) == 4, "the way back needs nobody's consent"
