"""A table that is split by its columns goes back as one, whatever v2 writes to which of its parts, and when."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_OID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.model.authority import Side
from strangler.model.progress import SilentProgress
from strangler_etl.errors import MappingError
from strangler_etl.following.batch_size import MOST_CHANGES
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration
from strangler_etl.planning.plan import plan_etl
from strangler_etl.planning.table_risks import RiskKind
from strangler_etl.refreshing.refresh import refresh
from strangler_etl.run.rejects import Reject, write_rejects
from strangler_etl.verification.repair import repair
from strangler_etl.verification.verification import compare_changes
from tests.etl.copied_case import key_of, tamper, verified
from tests.etl.parts_case import (
    CROSSING,
    ENGINES,
    OpenedParts,
    copied_parts,
    follow_back,
    killed_follower,
    moved_to,
)

TABLES = (
    (
        "CREATE TABLE users (id integer PRIMARY KEY, email varchar(40) NOT NULL, name varchar(40) NOT NULL, bio text,"
        " legacy varchar(9) DEFAULT 'new')"
    ),
    *(f"INSERT INTO users VALUES ({n}, 'mail {n}', 'name {n}', 'bio {n}', 'old')" for n in range(1, 5)),
)
ACCOUNT = """
tables = ["users"]
[etl.people.tables.users]
target = "account"
columns = { id = { key = "uuid" }, number = { key = "source" }, email = "email" }
drop = ["legacy"]
"""
PERSON = """
[etl.people.tables.person]
source = "users"
columns = { id = { key = "uuid" }, name = "name" }
"""
PROFILE = """
[etl.people.tables.profile]
source = "users"
columns = { id = { key = "uuid" }, bio = "bio", seen = { default = "0" } }
"""
MAPPING = ACCOUNT + PERSON + PROFILE
CROSSED = [*ENGINES, CROSSING]
USERS = "SELECT id, email, name, bio, legacy FROM users ORDER BY id"


def _users(migration: Migration) -> Sequence[tuple[object, ...]]:
    return migration.source.rows(USERS)


@pytest.mark.parametrize("opened_parts", CROSSED, indirect=True)
def test_what_changes_in_any_part_goes_back(opened_parts: OpenedParts) -> None:
    """The columns of a part change, or are NULL without it; the row lives as long as that of the first part."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        moved_to(migration, Side.V2)
        target = migration.target
        born = str(uuid5(NAMESPACE_OID, "born"))
        for statement in (
            f"UPDATE account SET email = 'new' WHERE id = '{key_of(1, 'users')}'",
            f"UPDATE profile SET bio = 'sings' WHERE id = '{key_of(2, 'users')}'",
            f"DELETE FROM profile WHERE id = '{key_of(3, 'users')}'",
            f"DELETE FROM account WHERE id = '{key_of(4, 'users')}'",
            f"DELETE FROM person WHERE id = '{key_of(4, 'users')}'",
            f"DELETE FROM profile WHERE id = '{key_of(4, 'users')}'",
            f"INSERT INTO account (id, number, email) VALUES ('{born}', 9, 'nine')",
            f"INSERT INTO person (id, name) VALUES ('{born}', 'Nina')",
        ):
            target.execute(statement)
        follow_back(migration)
        assert _users(migration) == [
            (1, "new", "name 1", "bio 1", "old"),
            (2, "mail 2", "name 2", "sings", "old"),
            (3, "mail 3", "name 3", None, "old"),
            (9, "nine", "Nina", None, "new"),
        ]
        assert verified(migration).clean
        target.execute(f"INSERT INTO profile (id, bio, seen) VALUES ('{born}', 'dives', 3)")
        follow_back(migration)
        assert _users(migration)[-1] == (9, "nine", "Nina", "dives", "new")
        assert verified(migration).clean


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_a_row_waits_for_a_part_without_which_it_is_refused(opened_parts: OpenedParts) -> None:
    """It comes as soon as that is there; what lies in v1 stays as it is meanwhile, and nobody may move back."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        moved_to(migration, Side.V2)
        born, known = str(uuid5(NAMESPACE_OID, "born")), key_of(1, "users")
        migration.target.execute(f"INSERT INTO account (id, number, email) VALUES ('{born}', 9, 'nine')")
        migration.target.execute(f"DELETE FROM person WHERE id = '{known}'")
        migration.target.execute(f"UPDATE account SET email = 'new' WHERE id = '{known}'")
        before = _users(migration)
        follow_back(migration)
        assert _users(migration) == before
        assert len(compare_changes(migration, Side.V2, None).differences) == 2
        repair(migration, verified(migration).differences)
        assert _users(migration) == before
        migration.target.execute(f"INSERT INTO person (id, name) VALUES ('{born}', 'Nina'), ('{known}', 'Una')")
        follow_back(migration)
        assert [_users(migration)[0], _users(migration)[-1]] == [
            (1, "new", "Una", "bio 1", "old"),
            (9, "nine", "Nina", None, "new"),
        ]
        assert compare_changes(migration, Side.V2, None).differences == ()
        assert verified(migration).clean


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_a_row_beside_none_is_told_and_comes_with_it(opened_parts: OpenedParts) -> None:
    """Nothing in v1 could hold it: verification and the move back say so."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        moved_to(migration, Side.V2)
        born = str(uuid5(NAMESPACE_OID, "born"))
        migration.target.execute(f"INSERT INTO profile (id, bio, seen) VALUES ('{born}', 'dives', 0)")
        migration.target.execute(f"INSERT INTO person (id, name) VALUES ('{born}', 'Nina')")
        follow_back(migration)
        for found in (verified(migration).differences, compare_changes(migration, Side.V2, None).differences):
            assert {(one.part, one.key) for one in found} == {("profile", born), ("person", born)}
        repair(migration, verified(migration).differences)
        migration.target.execute(f"INSERT INTO account (id, number, email) VALUES ('{born}', 9, 'nine')")
        follow_back(migration)
        assert _users(migration)[-1] == (9, "nine", "Nina", "dives", "new")
        assert verified(migration).clean


@pytest.mark.postgres
@pytest.mark.parametrize("opened_parts", ["postgres postgres"], indirect=True)
def test_a_part_that_is_emptied_takes_its_columns_only(opened_parts: OpenedParts) -> None:
    """TRUNCATE names no rows."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        moved_to(migration, Side.V2)
        migration.target.execute("TRUNCATE profile")
        follow_back(migration)
        assert _users(migration) == [(n, f"mail {n}", f"name {n}", None, "old") for n in range(1, 5)]
        assert verified(migration).clean


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
def test_what_was_set_aside_in_a_part_is_not_taken_for_empty(opened_parts: OpenedParts) -> None:
    """A service that was moved all the same does not have the columns; v1 keeps them, and verification says so."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        key = key_of(1, "users")
        tamper(migration, f"DELETE FROM profile WHERE id = '{key}'")
        write_rejects(migration.target, "people", [Reject("profile", "1", "does not fit", "{}")])
        moved_to(migration, Side.V2)
        migration.target.execute(f"UPDATE account SET email = 'new' WHERE id = '{key}'")
        follow_back(migration)
        assert _users(migration)[0] == (1, "mail 1", "name 1", "bio 1", "old")
        assert not verified(migration).clean


REFERRING = (
    "CREATE TABLE city (id integer PRIMARY KEY, name varchar(9) NOT NULL)",
    (
        "CREATE TABLE visit (city_id integer NOT NULL REFERENCES city (id), day integer NOT NULL, note text,"
        " next_id integer REFERENCES city (id), PRIMARY KEY (city_id, day))"
    ),
    "INSERT INTO city VALUES (1, 'Rome'), (2, 'Oslo')",
    "INSERT INTO visit VALUES (1, 1, 'one', 1), (1, 2, 'two', NULL), (2, 1, 'three', 2)",
)
REFERRING_MAPPING = """
tables = ["city", "visit"]
[etl.people.tables.city]
target = "place"
columns = { id = { key = "uuid" }, number = { key = "source" }, name = "name" }
[etl.people.tables.visit]
target = "stay"
columns = { place_id = { key = "uuid", of = "city", from = "city_id" }, day = "day", note = "note" }
[etl.people.tables.onward]
source = "visit"
columns = { place_id = { key = "uuid", of = "city", from = "city_id" }, day = "day", \
next_id = { key = "uuid", of = "city", from = "next_id" } }
"""


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_parts_may_refer_to_rows_and_be_known_by_several_columns(opened_parts: OpenedParts) -> None:
    """What a part refers to goes back as v1 knows it, also where that gets another number."""
    visits = "SELECT city_id, day, note, next_id FROM visit ORDER BY city_id, day"
    with opened_parts(REFERRING, REFERRING_MAPPING) as migration:
        copied_parts(migration)
        moved_to(migration, Side.V2)
        rome, oslo = key_of(1, "city"), key_of(2, "city")
        migration.target.execute(f"UPDATE onward SET next_id = '{oslo}' WHERE place_id = '{rome}' AND day = 2")
        migration.target.execute(f"DELETE FROM onward WHERE place_id = '{rome}' AND day = 1")
        follow_back(migration)
        assert migration.source.rows(visits) == [(1, 1, "one", None), (1, 2, "two", 2), (2, 1, "three", 2)]
        assert verified(migration).clean
        migration.target.execute(f"UPDATE place SET number = 7 WHERE id = '{oslo}'")
        follow_back(migration)
        assert migration.source.rows(visits) == [(1, 1, "one", None), (1, 2, "two", 7), (7, 1, "three", 7)]
        assert verified(migration).clean


COPIED_KEYS = """
tables = ["users"]
[etl.people.tables.users]
target = "account"
columns = { id = "id", email = "email" }
drop = ["legacy"]
[etl.people.tables.person]
source = "users"
columns = { id = "id", name = "name" }
reverse = { name = "coalesce(name, 'nobody')" }
[etl.people.tables.profile]
source = "users"
columns = { id = "id", bio = "bio" }
"""


@pytest.mark.parametrize("opened_parts", CROSSED, indirect=True)
def test_keys_may_be_those_of_the_source(opened_parts: OpenedParts) -> None:
    """What is said of a row without a part is what it gets, and nothing waits."""
    with opened_parts(TABLES, COPIED_KEYS) as migration:
        assert not [risk for table in plan_etl(migration).tables for risk in table.risks]
        copied_parts(migration)
        moved_to(migration, Side.V2)
        for statement in (
            "DELETE FROM person WHERE id = 1",
            "DELETE FROM account WHERE id = 2",
            "INSERT INTO account (id, email) VALUES (9, 'nine')",
        ):
            migration.target.execute(statement)
        follow_back(migration)
        assert _users(migration) == [
            (1, "mail 1", "nobody", "bio 1", "old"),
            (3, "mail 3", "name 3", "bio 3", "old"),
            (4, "mail 4", "name 4", "bio 4", "old"),
            (9, "nine", "nobody", None, "new"),
        ]
        assert {(one.part, one.key) for one in verified(migration).differences} == {("person", "2"), ("profile", "2")}


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
def test_what_rows_wait_for_is_told_by_the_plan(opened_parts: OpenedParts) -> None:
    """With what to write where they should not."""
    with opened_parts(TABLES, MAPPING) as migration:
        told = [
            (table.name, risk.column, risk.what)
            for table in plan_etl(migration).tables
            for risk in table.risks
            if risk.kind is RiskKind.WAY_BACK
        ]
        assert told == [
            (
                "person",
                "name",
                (
                    "of users must not be NULL: after the cut-over a row of account goes back, and a rollback is"
                    " allowed, when person has its own, too; to do without, add:"
                    ' reverse = { name = "coalesce(..., ...)" }'
                ),
            )
        ]


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            ACCOUNT + PERSON + PROFILE.replace("bio =", 'email = "email", bio ='),
            (
                "email comes back from users, too, and nobody can tell which of the two is right; let the service have"
                ' one of them for itself: email = { default = "email" }'
            ),
        ),
        (
            ACCOUNT + PERSON + PROFILE.replace('{ key = "uuid" }', '"id"'),
            (
                "its rows are known by id, and those of users, with which they go back, by id: that is another key; let"
                ' both have the same, of one type: id = { key = "uuid" }'
            ),
        ),
        (
            ACCOUNT + PROFILE,
            (
                "the source column name must not be empty, but nothing fills it on the way back; add: reverse"
                ' = { name = "..." }'
            ),
        ),
        (
            ACCOUNT.replace('number = { key = "source" }, ', "") + PERSON + PROFILE,
            'nothing keeps the source key, by which rows go back; add: number = { key = "source" }',
        ),
        (
            ACCOUNT + PERSON + PROFILE + 'where = "bio IS NOT NULL"',
            (
                "users takes all rows of users, and this some of them: it does not come back; to do without a rollback"
                " after the cut-over, write way_back = false in [etl.people]"
            ),
        ),
    ],
)
def test_what_could_not_go_back_is_refused(opened_parts: OpenedParts, text: str, message: str) -> None:
    """Before anything is copied, with the place and a remedy."""
    with pytest.raises(MappingError) as caught, opened_parts(TABLES, text):
        pass
    place, _, what = str(caught.value).partition("]: ")
    assert what == message
    assert place.startswith("strangler.toml:")


Key = tuple[int, int]
"""A number of the source, and how often it was given away before."""
NUMBERS = st.integers(1, 6)
ACTIONS = st.lists(
    st.tuples(st.sampled_from(["account", "person", "profile", "-account", "-person", "-profile", "apply"]), NUMBERS),
    max_size=14,
)
_PROPERTY_ENGINES = (
    "sqlite sqlite",
    pytest.param("postgres postgres", marks=[pytest.mark.postgres, pytest.mark.faults]),
    pytest.param("sqlite postgres", marks=[pytest.mark.postgres, pytest.mark.faults]),
)
_COLUMN = {"account": "email", "person": "name", "profile": "bio"}


class _Oracle:
    """What both sides have to hold, computed here: v2's parts by key, and v1's rows by number."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[Key, str | None]] = {
            "account": {(n, 0): f"mail {n}" for n in range(1, 5)},
            "person": {(n, 0): f"name {n}" for n in range(1, 5)},
            "profile": {(n, 0): f"bio {n}" for n in range(1, 5)},
        }
        self.users = {n: (f"mail {n}", f"name {n}", f"bio {n}", "old") for n in range(1, 5)}
        self._given = dict.fromkeys(range(1, 7), 0)

    def key(self, number: int) -> Key:
        """That of the account with a number, or of the next one to have it."""
        there = [key for key in self.parts["account"] if key[0] == number]
        return there[0] if there else (number, self._given[number])

    def delete_account(self, key: Key) -> None:
        if self.parts["account"].pop(key, None) is not None:
            self._given[key[0]] += 1

    def go_back(self) -> None:
        """What of v2 has an account and a person is v1's row; what lacks a person is as it was."""
        accounts = {key[0]: key for key in self.parts["account"]}
        for number in [one for one in self.users if one not in accounts]:
            del self.users[number]
        for number, key in accounts.items():
            if (name := self.parts["person"].get(key)) is not None:
                legacy = self.users[number][3] if number in self.users else "new"
                email = self.parts["account"][key]
                self.users[number] = (str(email), name, str(self.parts["profile"].get(key)), legacy)

    @property
    def unfinished(self) -> bool:
        """Whether something of v2 has no place in v1."""
        account, person, profile = (self.parts[name].keys() for name in ("account", "person", "profile"))
        return bool(account ^ person or profile - account)


def _id(key: Key) -> str:
    number, times = key
    # The derived key is that of the row that was copied; v2 gives its own.
    return key_of(number, "users") if times == 0 and number < 5 else str(uuid5(NAMESPACE_OID, str(key)))


def _write_v2(migration: Migration, oracle: _Oracle, action: str, number: int, text: str) -> None:
    name, key = action.removeprefix("-"), oracle.key(number)
    if action.startswith("-"):
        migration.target.execute(f"DELETE FROM {name} WHERE id = '{_id(key)}'")
        if name == "account":
            oracle.delete_account(key)
        else:
            oracle.parts[name].pop(key, None)
        return
    further = {"account": ("number", number), "person": None, "profile": ("seen", 0)}[name]
    columns, values = (f", {further[0]}", f", {further[1]}") if further else ("", "")
    column = _COLUMN[name]
    migration.target.execute(
        f"INSERT INTO {name} (id, {column}{columns}) VALUES ('{_id(key)}', '{text}'{values})"
        f" ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}"
    )
    oracle.parts[name][key] = text


def _finish(migration: Migration, oracle: _Oracle) -> None:
    """Bring v2 to a state that v1 can hold."""
    for name in ("person", "profile"):
        for key in [one for one in oracle.parts[name] if one not in oracle.parts["account"]]:
            migration.target.execute(f"DELETE FROM {name} WHERE id = '{_id(key)}'")
            del oracle.parts[name][key]
    for key in [one for one in oracle.parts["account"] if one not in oracle.parts["person"]]:
        _write_v2(migration, oracle, "person", key[0], "came late")


def _require_back(migration: Migration, oracle: _Oracle, most: int = MOST_CHANGES) -> None:
    follow_back(migration, most)
    oracle.go_back()
    found = {int(str(n)): (email, name, str(bio), legacy) for n, email, name, bio, legacy in _users(migration)}
    assert found == oracle.users
    assert verified(migration).clean is not oracle.unfinished
    assert bool(compare_changes(migration, Side.V2, None).differences) is oracle.unfinished


def _parts_of(migration: Migration) -> Mapping[str, set[tuple[str, str]]]:
    rows = {name: migration.target.rows(f"SELECT id, {_COLUMN[name]} FROM {name}") for name in _COLUMN}
    return {name: {(str(key), str(value)) for key, value in found} for name, found in rows.items()}


def _write_v1(migration: Migration, oracle: _Oracle, action: str, number: int, text: str) -> None:
    """Write, or delete, a row of v1, and follow it."""
    column = _COLUMN[action.removeprefix("-")]
    if action == "-account":
        migration.source.execute(f"DELETE FROM users WHERE id = {number}")
        oracle.users.pop(number, None)
    elif number in oracle.users:
        migration.source.execute(f"UPDATE users SET {column} = '{text}' WHERE id = {number}")
        values = dict(zip(("email", "name", "bio"), oracle.users[number], strict=False)) | {column: text}
        oracle.users[number] = (values["email"], values["name"], values["bio"], oracle.users[number][3])
    elif not action.startswith("-"):
        migration.source.execute(f"INSERT INTO users (id, email, name) VALUES ({number}, '{text}', '{text}')")
        oracle.users[number] = (text, text, "None", "new")
    apply_forward(migration.source, migration.target, migration.mapping)


def _v1_for_a_while(migration: Migration, oracle: _Oracle, actions: Sequence[tuple[str, int]]) -> None:
    """Move back, write to v1, and move on again."""
    moved_to(migration, Side.V1)
    refresh(migration, SilentProgress())
    for position, (action, number) in enumerate(actions):
        _write_v1(migration, oracle, action, number, f"v1 {position}")
    assert verified(migration).clean
    ids = {int(str(n)): str(key) for key, n in migration.target.rows("SELECT id, number FROM account")}
    for part, position in (("account", 0), ("person", 1), ("profile", 2)):
        assert _parts_of(migration)[part] == {(ids[n], row[position]) for n, row in oracle.users.items()}
    moved_to(migration, Side.V2)


@pytest.mark.faults
@pytest.mark.postgres
@pytest.mark.parametrize("opened_parts", ["postgres postgres"], indirect=True)
def test_a_follower_that_is_killed_loses_nothing(opened_parts: OpenedParts) -> None:
    """SIGKILL at random instants while v2 writes to all parts: what the next one leaves is what the oracle says."""
    dice = random.Random(46)
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        oracle = _Oracle()
        moved_to(migration, Side.V2)
        for turn in range(10):
            with killed_follower(migration, MAPPING):
                for number in range(dice.randrange(5, 60)):
                    action = dice.choice([*_COLUMN, *_COLUMN, *(f"-{name}" for name in _COLUMN)])
                    _write_v2(migration, oracle, action, dice.randrange(1, 7), f"{turn} {number}")
            _finish(migration, oracle)
            follow_back(migration)
            found = {int(str(n)): (email, name, str(bio)) for n, email, name, bio, _ in _users(migration)}
            oracle.go_back()
            assert found == {number: row[:3] for number, row in oracle.users.items()}
            assert verified(migration).clean


@pytest.mark.parametrize("opened_parts", _PROPERTY_ENGINES, indirect=True)
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=ACTIONS,
    most=st.integers(1, 4),
    meanwhile=st.lists(st.tuples(st.sampled_from([*_COLUMN, "-account"]), st.integers(1, 4)), max_size=5),
)
def test_nothing_is_lost_and_nothing_is_there_twice(
    opened_parts: OpenedParts, before: list[tuple[str, int]], most: int, meanwhile: list[tuple[str, int]]
) -> None:
    """Written to v2 in any order and in one batch or more, moved back, written to v1, and moved on."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        oracle = _Oracle()
        moved_to(migration, Side.V2)
        for position, (action, number) in enumerate(before):
            if action == "apply":
                _require_back(migration, oracle, most)
            else:
                _write_v2(migration, oracle, action, number, f"v2 {position}")
        _require_back(migration, oracle, most)
        _finish(migration, oracle)
        _require_back(migration, oracle, most)
        _v1_for_a_while(migration, oracle, meanwhile)
        _require_back(migration, oracle) if not meanwhile else follow_back(migration)
        assert verified(migration).clean
