"""A table that is split by its rows goes back part by part: each row to its own place in v1, or not at all."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from uuid import NAMESPACE_OID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.model.authority import Side
from strangler_etl.errors import MappingError, MisplacedRowError, ReferredRowError
from strangler_etl.following.batch_size import MOST_CHANGES
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration
from strangler_etl.planning.plan import plan_etl
from strangler_etl.planning.table_risks import RiskKind
from strangler_etl.run.rejects import Reject, write_rejects
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
    write_v2,
)

TABLES = (
    (
        "CREATE TABLE users (id integer PRIMARY KEY, email varchar(40) NOT NULL UNIQUE, bio text, state varchar(9),"
        " legacy varchar(9) DEFAULT 'new')"
    ),
    *(
        f"INSERT INTO users VALUES ({n}, 'mail {n}', 'bio {n}', {state}, 'old')"
        for n, state in enumerate(("'open'", "'open'", "'closed'", "'closed'", "NULL", "'gone'"), 1)
    ),
)
_OWN = 'id = { key = "uuid" }, number = { key = "source" }'
MAPPING = f"""
tables = ["users"]
[etl.people.tables.open_user]
source = "users"
columns = {{ {_OWN}, email = "email", bio = "bio" }}
where = "state = 'open'"
[etl.people.tables.closed_user]
source = "users"
columns = {{ {_OWN}, email = "email" }}
where = "state IN ('closed')"
"""
COPIED_KEYS = MAPPING.replace(_OWN, 'id = "id"').replace(', bio = "bio"', "")
BOTH = [pytest.param(MAPPING, id="own keys"), pytest.param(COPIED_KEYS, id="copied keys")]
USERS = "SELECT id, email, bio, state, legacy FROM users ORDER BY id"
_STRANGE = [(5, "mail 5", "bio 5", None, "old"), (6, "mail 6", "bio 6", "gone", "old")]
_Row = tuple[object, ...]


def _users(migration: Migration) -> Sequence[_Row]:
    return migration.source.rows(USERS)


@pytest.mark.parametrize("opened_parts", [*ENGINES, CROSSING], indirect=True)
def test_each_part_goes_back_to_its_own_rows(opened_parts: OpenedParts) -> None:
    """What the filter says of a row is written with it; what no part takes stays as it is, also what is dropped."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        assert verified(migration).clean
        moved_to(migration, Side.V2)
        one, two, three, four = (key_of(n, "users") for n in range(1, 5))
        born, other = str(uuid5(NAMESPACE_OID, "born")), str(uuid5(NAMESPACE_OID, "other"))
        write_v2(
            migration,
            f"UPDATE open_user SET bio = 'sings' WHERE id = '{one}'",
            f"DELETE FROM open_user WHERE id = '{two}'",
            f"INSERT INTO closed_user (id, number, email) VALUES ('{two}', 2, 'moved')",
            f"DELETE FROM closed_user WHERE id = '{three}'",
            f"INSERT INTO open_user (id, number, email, bio) VALUES ('{born}', 9, 'nine', 'dives')",
            f"INSERT INTO closed_user (id, number, email) VALUES ('{other}', 10, 'ten')",
        )
        follow_back(migration)
        assert _users(migration) == [
            (1, "mail 1", "sings", "open", "old"),
            (2, "moved", "bio 2", "closed", "old"),
            (4, "mail 4", "bio 4", "closed", "old"),
            *_STRANGE,
            (9, "nine", "dives", "open", "new"),
            (10, "ten", None, "closed", "new"),
        ]
        assert compare_changes(migration, Side.V2, None).differences == ()
        assert verified(migration).clean
        # The same row, known by another key from now on, and its number before that of a row that is gone.
        write_v2(
            migration,
            f"DELETE FROM closed_user WHERE id = '{four}'",
            f"UPDATE closed_user SET number = 4 WHERE id = '{other}'",
            f"DELETE FROM open_user WHERE id = '{one}'",
            f"INSERT INTO closed_user (id, number, email) VALUES ('{four}', 1, 'back')",
        )
        follow_back(migration)
        assert [(row[0], row[1], row[3]) for row in _users(migration) if row not in _STRANGE] == [
            (1, "back", "closed"),
            (2, "moved", "closed"),
            (4, "ten", "closed"),
            (9, "nine", "open"),
        ]
        assert verified(migration).clean
        moved_to(migration, Side.V1)
        migration.source.execute("UPDATE users SET state = 'open' WHERE id = 4")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert verified(migration).clean
        assert migration.target.rows("SELECT number FROM open_user WHERE email = 'ten'") == [(4,)]


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
@pytest.mark.parametrize("mapping", BOTH)
def test_a_row_without_a_place_of_its_own_stops_the_way_back(opened_parts: OpenedParts, mapping: str) -> None:
    """One that two parts have, or that would take the place of a row no part has: v1 stays, and it is told."""
    with opened_parts(TABLES, mapping) as migration:
        copied_parts(migration)
        moved_to(migration, Side.V2)
        before, own = _users(migration), mapping is MAPPING
        for statement, message, mend in (
            ("INSERT INTO {} VALUES ({}, 'twice')", "is the row 1 of users, and so is", "DELETE FROM {} WHERE {} = 1"),
            (
                "INSERT INTO {} VALUES ({}, 'taken')",
                "the row 5 of users is in none of the parts",
                "DELETE FROM {} WHERE {} = 5",
            ),
        ):
            number = 1 if "twice" in statement else 5
            key = f"'{key_of(number, 'users')}', {number}" if own else str(number)
            migration.target.execute(statement.format(f"closed_user ({'id, number' if own else 'id'}, email)", key))
            with pytest.raises(MisplacedRowError, match=message):
                follow_back(migration)
            assert _users(migration) == before
            # It is on its way, for who compares.
            assert verified(migration).clean
            migration.target.execute(mend.format("closed_user", "number" if own else "id"))
            follow_back(migration)
            assert _users(migration) == before
            assert verified(migration).clean


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
def test_a_number_that_is_taken_in_an_earlier_batch_is_not_given_again(opened_parts: OpenedParts) -> None:
    """The row of v1 is that of the other target row as long as this has its number, in whichever part."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        moved_to(migration, Side.V2)
        before, born = _users(migration), str(uuid5(NAMESPACE_OID, "born"))
        migration.target.execute(f"INSERT INTO closed_user (id, number, email) VALUES ('{born}', 1, 'again')")
        with pytest.raises(MisplacedRowError, match="is the row 1 of users, and so is the row"):
            follow_back(migration)
        assert _users(migration) == before
        # That it was there does not mean that the row which has the place is gone.
        migration.target.execute("DELETE FROM closed_user WHERE number = 1")
        follow_back(migration)
        assert _users(migration) == before


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
def test_a_number_that_v1_gives_again_is_that_of_another_row(opened_parts: OpenedParts) -> None:
    """The row that had it before the rollback has kept its key, and its place at v2."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        for former, number in ((1, 77), (1, 78), (77, 1), (78, 77)):
            moved_to(migration, Side.V2)
            migration.target.execute(f"UPDATE open_user SET number = {number} WHERE number = {former}")
            follow_back(migration)
            moved_to(migration, Side.V1)
            put = f"INSERT INTO users (id, email, state) VALUES ({former}, 'again {number}', 'open')"
            migration.source.execute(put)
            apply_forward(migration.source, migration.target, migration.mapping)
            assert verified(migration).clean
            numbers = "SELECT {} FROM {} WHERE {} ORDER BY 1"
            known = migration.source.rows(numbers.format("id", "users", "state = 'open'"))
            assert migration.target.rows(numbers.format("number", "open_user", "TRUE")) == known
            migration.source.execute("DELETE FROM users WHERE email = 'again 77' OR email = 'again 78'")
            apply_forward(migration.source, migration.target, migration.mapping)


STATED = """
tables = ["users"]
[etl.people.tables.open_user]
source = "users"
columns = { id = "id", email = "email", state = "state" }
where = "state <> 'closed' AND state <> 'gone'"
[etl.people.tables.closed_user]
source = "users"
columns = { id = "id", email = "email", state = "state" }
where = "state = 'closed'"
"""


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
def test_a_row_that_does_not_fit_its_part_stops_the_way_back(opened_parts: OpenedParts) -> None:
    """In v1 it would be in another part, or in none: nobody would find it again."""
    with opened_parts(TABLES, STATED) as migration:
        risks = [(one.name, risk) for one in plan_etl(migration).tables for risk in one.risks]
        told = [(name, risk.column) for name, risk in risks if risk.kind is RiskKind.WAY_BACK]
        assert told == [("closed_user", "id")]
        copied_parts(migration)
        moved_to(migration, Side.V2)
        before = _users(migration)
        for state in ("'closed'", "NULL"):
            migration.target.execute(f"UPDATE open_user SET state = {state} WHERE id = 1")
            message = "the row 1 of users does not fit the filter of open_user when open_user has gone back"
            with pytest.raises(MisplacedRowError, match=message):
                follow_back(migration)
            assert _users(migration) == before
        write_v2(
            migration,
            "INSERT INTO closed_user (id, email, state) VALUES (1, 'moved', 'closed')",
            "DELETE FROM open_user WHERE id = 1",
        )
        follow_back(migration)
        assert _users(migration)[0] == (1, "moved", "bio 1", "closed", "old")
        assert verified(migration).clean


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite", ENGINES[0]], indirect=True)
def test_what_is_in_no_part_and_refers_to_a_row_that_goes_is_named(opened_parts: OpenedParts) -> None:
    """It stays in v1, whose table is closed, as are others to which rows refer that stay."""
    member = (
        "CREATE TABLE member (id integer PRIMARY KEY, head integer REFERENCES member (id), live boolean NOT NULL)",
        "INSERT INTO member VALUES (1, NULL, true), (2, NULL, true), (3, 2, false)",
    )
    text = f"""
tables = ["member"]
[etl.people.tables.member]
columns = {{ {_OWN}, head = {{ key = "uuid", of = "member", from = "head" }}, live = "live" }}
where = "live"
"""
    with opened_parts(member, text) as migration:
        copied_parts(migration)
        moved_to(migration, Side.V2)
        write_v2(migration, "DELETE FROM member WHERE number = 2")
        with pytest.raises(ReferredRowError) as caught:
            follow_back(migration)
        assert str(caught.value).partition(": rows")[2] == (
            " of member were deleted on the other side, and 1 row of member (such as id 3), by head still refer to them"
            " here; write the deleted rows again on the other side, with the same keys, or take the foreign key away"
        )
        write_v2(
            migration,
            f"INSERT INTO member (id, number, live) VALUES ('{key_of(2, 'member')}', 2, true)",
        )
        follow_back(migration)
        assert verified(migration).clean


@pytest.mark.postgres
@pytest.mark.parametrize("opened_parts", ["postgres postgres"], indirect=True)
def test_a_part_that_is_emptied_takes_its_own_rows_only(opened_parts: OpenedParts) -> None:
    """TRUNCATE names no rows; what was set aside when it was copied is not taken for deleted."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        tamper(migration, f"DELETE FROM open_user WHERE id = '{key_of(1, 'users')}'")
        write_rejects(migration.target, "people", [Reject("open_user", "1", "does not fit", "{}")])
        moved_to(migration, Side.V2)
        migration.target.execute("TRUNCATE open_user")
        follow_back(migration)
        assert [row[0] for row in _users(migration)] == [1, 3, 4, 5, 6]


VISITED = (
    *TABLES,
    "CREATE TABLE visit (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id), note text)",
    "INSERT INTO visit VALUES (1, 1, 'one'), (2, 3, 'three'), (3, 4, 'four')",
)
VISITED_MAPPING = (
    MAPPING.replace('["users"]', '["users", "visit"]')
    + f"""
[etl.people.tables.visit]
target = "stay"
columns = {{ {_OWN}, account_id = {{ key = "uuid", of = "users", from = "user_id" }}, note = "note" }}
"""
)


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_rows_refer_to_whichever_part_has_the_row(opened_parts: OpenedParts) -> None:
    """Also when it moves, or has another number."""
    visits = "SELECT id, user_id, note FROM visit ORDER BY id"
    with opened_parts(VISITED, VISITED_MAPPING) as migration:
        copied_parts(migration)
        moved_to(migration, Side.V2)
        three, born = key_of(3, "users"), str(uuid5(NAMESPACE_OID, "born"))
        write_v2(
            migration,
            f"DELETE FROM closed_user WHERE id = '{three}'",
            f"INSERT INTO open_user (id, number, email) VALUES ('{three}', 33, 'moved')",
            f"INSERT INTO closed_user (id, number, email) VALUES ('{born}', 9, 'nine')",
            f"UPDATE stay SET account_id = '{born}' WHERE number = 1",
        )
        follow_back(migration)
        assert migration.source.rows(visits) == [(1, 9, "one"), (2, 33, "three"), (3, 4, "four")]
        assert verified(migration).clean
        migration.target.execute(f"UPDATE open_user SET number = 44, email = 'new' WHERE id = '{three}'")
        follow_back(migration)
        assert migration.source.rows(visits) == [(1, 9, "one"), (2, 44, "three"), (3, 4, "four")]
        assert verified(migration).clean


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            "state = 'open'",
            "state = 'open' AND id > 7",
            (
                "nothing shows that no row is in open_user, too: it would come back twice; let both filters compare one"
                " column with constants that differ; or, to do without a rollback after the cut-over, write way_back ="
                " false in [etl.people]"
            ),
        ),
        (
            "state = 'open'",
            "state = 'closed' AND random() > 0",
            (
                "what its filter takes may change by itself, by RANDOM(): nobody can tell which rows come back; to do"
                " without a rollback after the cut-over, write way_back = false in [etl.people]"
            ),
        ),
        (
            "state = 'open'",
            "state IN ('closed', 'gone')",
            'the filter asks for state, and nothing says on the way back what it is; copy it: state = "state"',
        ),
    ],
)
def test_what_could_not_go_back_is_refused(opened_parts: OpenedParts, first: str, second: str, message: str) -> None:
    """Before anything is copied, with the place and a remedy."""
    text = COPIED_KEYS.replace("state = 'open'", first).replace("state IN ('closed')", second)
    with pytest.raises(MappingError) as caught, opened_parts(TABLES, text):
        pass
    place, _, what = str(caught.value).partition("]: ")
    assert what == message
    assert place.startswith("strangler.toml:")
    assert place.endswith("closed_user")


_PARTS: tuple[str, str] = ("open_user", "closed_user")
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "delete", "move", "move", "other key", "twice", "apply", "part"]),
        st.sampled_from(_PARTS),
        st.sampled_from([1, 2, 3, 4, 5, 8]),
    ),
    max_size=14,
)
_PROPERTY_ENGINES = (
    "sqlite sqlite",
    pytest.param("postgres postgres", marks=[pytest.mark.postgres, pytest.mark.faults]),
    pytest.param("sqlite postgres", marks=[pytest.mark.postgres, pytest.mark.faults]),
)


class _Oracle:
    """What both sides have to hold, computed here: each part of v2 by key, and v1 by number."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[str, tuple[int, str]]] = {
            "open_user": {key_of(n, "users"): (n, f"mail {n}") for n in (1, 2)},
            "closed_user": {key_of(n, "users"): (n, f"mail {n}") for n in (3, 4)},
        }
        self.users: Mapping[int, tuple[object, ...]] = {}
        self.partly_back = False
        self._given = 0

    def there(self, part: str, number: int) -> str | None:
        return next((key for key, row in self.parts[part].items() if row[0] == number), None)

    def key(self) -> str:
        """One that nobody has had."""
        self._given += 1
        return str(uuid5(NAMESPACE_OID, str(self._given)))

    @property
    def fits(self) -> bool:
        """Whether each row has a place of its own."""
        numbers = [row[0] for rows in self.parts.values() for row in rows.values()]
        keys = [key for rows in self.parts.values() for key in rows]
        return len({*numbers}) == len(numbers) and len({*keys}) == len(keys) and not {5, 6} & {*numbers}

    def go_back(self) -> None:
        state = {"open_user": "open", "closed_user": "closed"}
        self.users = {
            number: (email, state[part]) for part, rows in self.parts.items() for number, email in rows.values()
        } | {5: ("mail 5", None), 6: ("mail 6", "gone")}
        self.partly_back = False


def _write_parts(migration: Migration, oracle: _Oracle, step: tuple[str, str, int], text: str) -> None:
    """Change v2 in one transaction, and the oracle."""
    action, part, number = step
    other = next(one for one in _PARTS if one != part)
    key, statements = oracle.there(part, number), list[str]()

    def put(table: str, new: str) -> None:
        values = f"'{new}', {number}, '{text}'"
        statements.append(
            f"INSERT INTO {table} (id, number, email) VALUES ({values}) ON CONFLICT (id) DO UPDATE SET email = '{text}'"
        )
        oracle.parts[table][new] = (number, text)

    def delete(table: str, old: str) -> None:
        statements.append(f"DELETE FROM {table} WHERE id = '{old}'")
        oracle.parts[table].pop(old, None)

    match action:
        case "put" if key is None and (there := oracle.there(other, number)) is not None:
            put(other, there)
        case "put":
            put(part, key or oracle.key())
        case "delete" if key is not None:
            delete(part, key)
        case "move" | "other key" if key is not None and oracle.there(other, number) is None:
            new = key if action == "move" else oracle.key()
            if len(text) % 2:
                delete(part, key)
                put(other, new)
            else:
                put(other, new)
                delete(part, key)
        case "twice" if key is not None and oracle.there(other, number) is None:
            put(other, oracle.key() if len(text) % 2 else key)
        case _:
            return
    write_v2(migration, *statements)


def _settle_parts(migration: Migration, oracle: _Oracle) -> None:
    """Let each row of v2 have a place of its own."""
    for number in (*range(1, 9),):
        first, second = (oracle.there(part, number) for part in _PARTS)
        if second is not None and (first is not None or number == 5):
            _write_parts(migration, oracle, ("delete", "closed_user", number), "")
        if first is not None and number == 5:
            _write_parts(migration, oracle, ("delete", "open_user", number), "")


def _part_back(migration: Migration, oracle: _Oracle, most: int) -> None:
    """Apply some of what waits, where it has places: what remains is equal, or still on its way."""
    with suppress(MisplacedRowError):
        apply_backward(migration.source, migration.target, migration.mapping, most=most)
        assert verified(migration).clean or not oracle.fits
    oracle.partly_back = True


def _require_parts_back(migration: Migration, oracle: _Oracle, most: int = MOST_CHANGES) -> None:
    """What has a place is in v1; where something has none nothing goes back, and verification says so."""
    if oracle.fits:
        follow_back(migration, most)
        oracle.go_back()
    else:
        with pytest.raises(MisplacedRowError):
            follow_back(migration)
        if oracle.partly_back:
            return
    found = {int(str(n)): (email, state) for n, email, _, state, _ in _users(migration)}
    assert found == oracle.users
    assert verified(migration).clean or not oracle.fits
    assert not compare_changes(migration, Side.V2, None).differences or not oracle.fits


@pytest.mark.parametrize("opened_parts", _PROPERTY_ENGINES, indirect=True)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=ACTIONS,
    most=st.integers(1, 4),
    meanwhile=st.lists(st.tuples(st.sampled_from(["open", "closed"]), st.integers(1, 5)), max_size=4),
)
def test_each_row_is_in_one_place(
    opened_parts: OpenedParts, before: list[tuple[str, str, int]], most: int, meanwhile: list[tuple[str, int]]
) -> None:
    """Whatever v2 writes to which part, in one batch or more; moved back, written to v1, and moved on."""
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        oracle = _Oracle()
        oracle.go_back()
        moved_to(migration, Side.V2)
        for position, (action, part, number) in enumerate(before):
            if action == "apply":
                _require_parts_back(migration, oracle, most)
            elif action == "part":
                _part_back(migration, oracle, most)
            else:
                _write_parts(migration, oracle, (action, part, number), f"v2 {position}")
        _settle_parts(migration, oracle)
        _require_parts_back(migration, oracle, most)
        moved_to(migration, Side.V1)
        for state, number in meanwhile:
            migration.source.execute(f"UPDATE users SET state = '{state}' WHERE id = {number}")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert verified(migration).clean
        moved_to(migration, Side.V2)
        follow_back(migration)
        assert verified(migration).clean


@pytest.mark.faults
@pytest.mark.postgres
@pytest.mark.parametrize("opened_parts", ["postgres postgres"], indirect=True)
def test_a_follower_that_is_killed_loses_nothing(opened_parts: OpenedParts) -> None:
    """SIGKILL at random instants while rows move between the parts: the next one leaves what the oracle says."""
    dice = random.Random(53)
    with opened_parts(TABLES, MAPPING) as migration:
        copied_parts(migration)
        oracle = _Oracle()
        moved_to(migration, Side.V2)
        for turn in range(10):
            with killed_follower(migration, MAPPING):
                for number in range(dice.randrange(5, 60)):
                    action = dice.choice(["put", "put", "delete", "move", "move", "other key", "twice"])
                    _write_parts(
                        migration, oracle, (action, dice.choice(_PARTS), dice.randrange(1, 9)), f"{turn} {number}"
                    )
            _settle_parts(migration, oracle)
            for number in (5, 6):
                for part in _PARTS:
                    _write_parts(migration, oracle, ("delete", part, number), "")
            _require_parts_back(migration, oracle)
