"""Whatever rows there are, and however they change: split and merged, each is where the mapping says, once."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import verified
from tests.etl.parts_case import OpenedParts, copied_parts

TABLES = (
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, state text)",
    "CREATE TABLE supplier (id integer PRIMARY KEY, name text NOT NULL)",
)
MAPPING = """
tables = ["users", "supplier"]
[etl.people]
way_back = false
[etl.people.tables.account]
source = "users"
columns = { id = { key = "uuid" }, number = { key = "source" }, name = "name", karma = { default = "0" } }
[etl.people.tables.open_user]
source = "users"
columns = { id = "id", state = "state" }
where = "state = 'open'"
[etl.people.tables.closed_user]
source = "users"
columns = { id = "id", state = "state" }
where = "state = 'closed'"
[etl.people.tables.user_party]
source = "users"
target = "party"
columns = { id = { key = "uuid" }, number = { key = "source" }, kind = "'user'", name = "name" }
where = "state IS NOT NULL"
[etl.people.tables.supplier]
target = "party"
columns = { id = { key = "uuid" }, number = { key = "source" }, kind = "'supplier'", name = "name" }
"""

_ENGINES = (
    "sqlite sqlite",
    pytest.param("postgres postgres", marks=[pytest.mark.postgres, pytest.mark.faults]),
    pytest.param("sqlite postgres", marks=[pytest.mark.postgres, pytest.mark.faults]),
)
Action = tuple[str, int, str | None]
STATES = st.sampled_from(["open", "closed", None])
ROWS = st.dictionaries(st.integers(1, 9), STATES, max_size=9)
ACTIONS = st.lists(st.tuples(st.sampled_from(["users", "supplier", "gone"]), st.integers(1, 12), STATES), max_size=9)


class _CutOff(SilentProgress):
    """Ends the run when some rows are copied."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def advance(self, n: int = 1) -> None:
        self._rows -= n
        if self._rows < 0:
            raise KeyboardInterrupt


def _write(migration: Migration, table: str, key: int, state: str | None) -> None:
    mark, source = migration.source.placeholder, migration.source
    if table == "gone":
        source.execute(f"DELETE FROM users WHERE id = {mark}", [key])
        source.execute(f"DELETE FROM supplier WHERE id = {mark}", [key + 1])
    elif table == "users":
        given = f"INSERT INTO users VALUES ({mark}, {mark}, {mark}) ON CONFLICT (id) DO UPDATE SET"
        source.execute(f"{given} state = excluded.state", [key, f"user {key}", state])
    else:
        given = f"INSERT INTO supplier VALUES ({mark}, {mark}) ON CONFLICT (id) DO UPDATE SET"
        source.execute(f"{given} name = excluded.name", [key, f"supplier of {state}"])


def _require_as_mapped(migration: Migration) -> None:
    """What the mapping says, computed here."""
    users = migration.source.rows("SELECT id, name, state FROM users")
    suppliers = migration.source.rows("SELECT id, name FROM supplier")

    def of_target(query: str) -> set[tuple[object, ...]]:
        rows = migration.target.rows(query)
        assert len({*rows}) == len(rows)
        return {*rows}

    def in_state(state: str) -> set[tuple[object, ...]]:
        return {(one[0],) for one in users if one[2] == state}

    assert of_target("SELECT number, name, karma FROM account") == {(*one[:2], 0) for one in users}
    assert of_target("SELECT id FROM open_user") == in_state("open")
    assert of_target("SELECT id FROM closed_user") == in_state("closed")
    parties = {("user", *one[:2]) for one in users if one[2] is not None} | {("supplier", *one) for one in suppliers}
    assert of_target("SELECT kind, number, name FROM party") == parties
    assert verified(migration).clean


@pytest.mark.parametrize("opened_parts", _ENGINES, indirect=True)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(users=ROWS, suppliers=ROWS, cut_off=st.integers(0, 9), meanwhile=ACTIONS, later=ACTIONS)
def test_every_row_is_where_the_mapping_says(  # noqa: PLR0917 - as many as are drawn
    opened_parts: OpenedParts,
    users: dict[int, str | None],
    suppliers: dict[int, str | None],
    cut_off: int,
    meanwhile: list[Action],
    later: list[Action],
) -> None:
    """Copied by a run that is cut off and one that goes on, while users write, and followed."""
    with opened_parts(TABLES, MAPPING) as migration:
        for table, rows in (("users", users), ("supplier", suppliers)):
            for key, state in rows.items():
                _write(migration, table, key, state)
        with suppress(KeyboardInterrupt):
            backfill(migration, _CutOff(cut_off), RunSettings(Pace(rows=2), jobs=1))
        for action in meanwhile:
            _write(migration, *action)
        copied_parts(migration)
        apply_forward(migration.source, migration.target, migration.mapping)
        _require_as_mapped(migration)
        for action in later:
            _write(migration, *action)
        apply_forward(migration.source, migration.target, migration.mapping)
        _require_as_mapped(migration)
