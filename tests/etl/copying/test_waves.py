"""Tables are copied side by side, but for those that have to wait for others; a run that is cut off loses nothing."""

from __future__ import annotations

from contextlib import suppress

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying import waves
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.order import copied_before
from strangler_etl.engine.key_histogram import KeyHistogram
from strangler_etl.following.follower import apply_forward
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.records.chunks import estimated_end
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import verified
from tests.etl.pair import OpenedPair

pytestmark = pytest.mark.postgres

NAMES = tuple(f"thing_{number:02}" for number in range(6))
_TABLE = "CREATE TABLE {0} (id bigint PRIMARY KEY, up bigint REFERENCES parent, note text NOT NULL);"
TABLES = "CREATE TABLE parent (id bigint PRIMARY KEY);" + "".join(map(_TABLE.format, NAMES))
_ROWS = "INSERT INTO {0} SELECT n, 1 + n % 9, 'row ' || n FROM generate_series(1, 40) AS n;"
ROWS = "INSERT INTO parent SELECT generate_series(1, 9);" + "".join(map(_ROWS.format, NAMES))
_MAPPED = (
    '[etl.things.tables.{0}]\ntarget = "{0}"\ncolumns = {{ id = {{ key = "source" }}, up = "up", note = "note" }}\n'
)
MAPPING = '[etl.things.tables.parent]\ntarget = "parent"\ncolumns = { id = { key = "source" } }\n' + "".join(
    map(_MAPPED.format, NAMES)
)


class _CutOff(SilentProgress):
    """Ends the run when some rows are copied."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def advance(self, n: int = 1) -> None:
        self._rows -= n
        if self._rows < 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("jobs", [1, 3])
def test_many_tables_that_are_copied_in_part_are_brought_along(opened_pair: OpenedPair, jobs: int) -> None:
    """Cut off twice with most tables begun, changed where they are copied and where they are not, and finished."""
    with opened_pair(TABLES + ROWS, TABLES, MAPPING) as migration:
        for number, rows in enumerate((60, 90)):
            with suppress(KeyboardInterrupt):
                backfill(migration, _CutOff(rows), RunSettings(Pace(7, most_chunks=2), jobs))
            migration.source.execute(f"INSERT INTO parent VALUES ({100 + number})")
            for name in NAMES:
                migration.source.execute(f"UPDATE {name} SET note = 'again', up = {100 + number} WHERE id % 5 = 0")
                migration.source.execute(f"DELETE FROM {name} WHERE id % 11 = {number + 3}")
                migration.source.execute(
                    f"INSERT INTO {name} VALUES ({-1 - number}, 1, 'first'), ({90 + number}, 1, '')"
                )
        known = read_checkpoints(migration.target, migration.mapping.service)
        copied = backfill(migration, SilentProgress(), RunSettings(Pace(7), jobs))
        if sum(checkpoint.finished for checkpoint in known.values()) > len(NAMES):
            # Lanes go on while a busy machine lets nobody count: there was nothing left to cut off, nor to run again.
            apply_forward(migration.source, migration.target, migration.mapping)
        counted = {name: migration.source.rows(f"SELECT count(*) FROM {name}")[0][0] for name in NAMES}
        assert {name: migration.target.rows(f"SELECT count(*) FROM {name}")[0][0] for name in NAMES} == counted
        assert verified(migration).clean
        assert len(copied) == len(NAMES) + 1
        assert migration.target.rows("SELECT count(*) FROM strangler.chunk") == [(0,)]


def test_a_table_waits_where_the_target_looks_at_once(opened_pair: OpenedPair) -> None:
    """For what a foreign key that is there refers to, and, where a trigger is somebody else's, for all before it."""
    trigger = (
        "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NOT EXISTS (SELECT FROM thing_00"
        " WHERE id = 40) THEN RAISE check_violation; END IF; RETURN NEW; END';"
        "CREATE TRIGGER look BEFORE INSERT ON thing_03 FOR EACH ROW EXECUTE FUNCTION look();"
    )
    with opened_pair(TABLES + ROWS, TABLES + trigger, MAPPING) as migration:
        order = copied_before(migration.target, migration.mapping)
        assert order["parent"] == frozenset()
        assert order["thing_01"] == {"parent"}
        before = [table.name for table in migration.mapping.tables]
        assert order["thing_03"] == {*before[: before.index("thing_03")]}
        copied = backfill(migration, SilentProgress(), RunSettings(Pace(7)))
        assert sum(len(table.rejects) for table in copied) == 0
        assert verified(migration).clean


def test_what_becomes_one_table_may_come_in_different_types(opened_pair: OpenedPair) -> None:
    """Each of its sources is read as its own types are: the bytes of one were sent as those of the other."""
    source = (
        "CREATE TABLE near (id bigint PRIMARY KEY, size bigint); CREATE TABLE away (id bigint PRIMARY KEY, size int);"
        "INSERT INTO near VALUES (1, 7); INSERT INTO away VALUES (1, 8);"
    )
    target = "CREATE TABLE one (id uuid PRIMARY KEY, number bigint NOT NULL, kind text NOT NULL, size bigint)"
    columns = '{{ id = {{ key = "uuid" }}, number = {{ key = "source" }}, kind = "\'{0}\'", size = "size" }}'
    mapping = "[etl.things]\nway_back = false\n" + "".join(
        f'[etl.things.tables.{name}]\ntarget = "one"\ncolumns = {columns.format(name)}\n' for name in ("near", "away")
    )
    with opened_pair(source, target, mapping) as migration:
        backfill(migration, SilentProgress())
        assert {*migration.target.rows("SELECT kind, size FROM one")} == {("near", 7), ("away", 8)}
        assert verified(migration).clean


def test_a_large_table_is_cut_where_its_keys_are_known_to_lie(
    opened_pair: OpenedPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also rows that came since, at both ends and where no key was: all of them are there."""
    table = "CREATE TABLE parent (id bigint PRIMARY KEY)"
    keys = "SELECT DISTINCT n * (1 + n % 3) + n / 2500 * 100000 FROM generate_series(1, 10000) AS n"
    mapping = MAPPING.partition("[etl.things.tables.thing")[0]
    ends: list[str | None] = []

    def estimated(histogram: KeyHistogram, rows: int, after: str | None) -> str | None:
        ends.append(estimated_end(histogram, rows, after))
        return ends[-1]

    monkeypatch.setattr(waves, "_WORTH_ESTIMATING", 1_000)
    monkeypatch.setattr(waves, "estimated_end", estimated)
    with opened_pair(f"{table}; INSERT INTO parent {keys}", table, mapping) as migration:
        migration.source.execute("ANALYZE parent")
        migration.source.execute("INSERT INTO parent VALUES (-9), (99999), (9999999)")
        (copied,) = backfill(migration, SilentProgress(), RunSettings(Pace(1_000, most_chunks=2), 2))
        assert [(copied.rows,)] == migration.source.rows("SELECT count(*) FROM parent")
        assert verified(migration).clean
    assert len(ends) > 1
    assert ends[-1] is None
