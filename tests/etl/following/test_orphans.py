"""Rows of v1 that refer to none, which v2 does not allow: the follower sets them aside until their parents come."""

from __future__ import annotations

from collections.abc import Generator, Mapping

import pytest

from strangler_etl.errors import RowRefusedError, TooManyOrphansError
from strangler_etl.etl_status import etl_status
from strangler_etl.following.follower import Applied, apply_forward
from strangler_etl.migration import Migration
from strangler_etl.run.rejects import read_rejects, rejected_keys
from strangler_etl.verification.repair import repair
from tests.etl.copied_case import give_to_v2, tamper, verified
from tests.etl.parts_case import OpenedParts, copied_parts

SOURCE = (
    "CREATE TABLE city (id integer PRIMARY KEY, name varchar(20))",
    "CREATE TABLE users (id integer PRIMARY KEY, city_id integer, chief_id integer, name varchar(20))",
    "CREATE TABLE visit (id integer PRIMARY KEY, user_id integer, note varchar(20))",
    "INSERT INTO city VALUES (1, 'Rome'), (2, 'Oslo')",
    "INSERT INTO users VALUES (1, 1, NULL, 'Ann'), (2, 2, 1, 'Bob')",
    "INSERT INTO visit VALUES (1, 1, 'a'), (2, 2, 'b')",
)
TARGET = (
    "CREATE TABLE place (id {uuid} PRIMARY KEY, number integer NOT NULL, name varchar(20) NOT NULL)",
    (
        "CREATE TABLE account (id {uuid} PRIMARY KEY, place_id {uuid} REFERENCES place {when},"
        " chief_id {uuid} REFERENCES account {when}, name varchar(20))"
    ),
    "CREATE TABLE stay (id integer PRIMARY KEY, account_id {uuid} REFERENCES account {when}, note varchar(20))",
)
MAPPING = """
tables = ["city", "users", "visit"]
[etl.people]
way_back = false
[etl.people.tables.city]
target = "place"
columns = { id = { key = "uuid" }, number = { key = "source" }, name = "name" }
[etl.people.tables.users]
target = "account"
columns = { id = { key = "uuid" }, place_id = { key = "uuid", of = "city", from = "city_id" }, \
chief_id = { key = "uuid", of = "users", from = "chief_id" }, name = "name" }
[etl.people.tables.visit]
target = "stay"
columns = { id = { key = "source" }, account_id = { key = "uuid", of = "users", from = "user_id" }, note = "note" }
"""
_LATE = "DEFERRABLE INITIALLY DEFERRED"
ENGINES = pytest.mark.parametrize(
    ("opened_parts", "uuid", "when"),
    [
        pytest.param("postgres postgres", "uuid", "", marks=pytest.mark.postgres, id="at once"),
        pytest.param("postgres postgres", "uuid", _LATE, marks=pytest.mark.postgres, id="at commit"),
        pytest.param("sqlite sqlite", "text", "", id="sqlite"),
    ],
    indirect=["opened_parts"],
)

FILES = pytest.mark.parametrize(
    ("opened_parts", "uuid", "when"),
    [pytest.param("sqlite sqlite", "text", "", id="sqlite")],
    indirect=["opened_parts"],
)


@pytest.fixture
def people(opened_parts: OpenedParts, uuid: str, when: str) -> Generator[Migration]:
    """Two cities, a user and a visit in each, copied; v1 has no foreign keys at all."""
    target = [statement.format(uuid=uuid, when=when) for statement in TARGET]
    with opened_parts(SOURCE, MAPPING, target) as migration:
        copied_parts(migration)
        assert verified(migration).clean
        yield migration


def _follow(migration: Migration, *statements: str, most: int = 100) -> Applied:
    with migration.source.transaction():
        for statement in statements:
            migration.source.execute(statement)
    return apply_forward(migration.source, migration.target, migration.mapping, most)


def _aside(migration: Migration) -> Mapping[str, set[str]]:
    return {table: {*keys} for table, keys in rejected_keys(migration.target, "people").items()}


def _names(migration: Migration) -> list[object]:
    return [name for (name,) in migration.target.rows("SELECT name FROM account ORDER BY name")]


@ENGINES
def test_orphans_wait_for_their_parents(people: Migration) -> None:
    """What refers to one waits, too; both come with the parent, and meanwhile all know of them."""
    done = _follow(
        people,
        "INSERT INTO users VALUES (3, 7, NULL, 'Cid'), (4, 1, 3, 'Dan'), (5, 1, NULL, 'Eve')",
        "INSERT INTO visit VALUES (3, 4, 'c'), (5, 5, 'e')",
    )
    assert done.set_aside == 3
    assert _aside(people) == {"users": {"3", "4"}, "visit": {"3"}}
    assert _names(people) == ["Ann", "Bob", "Eve"]
    reasons = {reject.reason for reject in read_rejects(people.target, "people", "users")}
    assert any("place_id" in reason and "place" in reason for reason in reasons)
    assert [table.set_aside for table in etl_status(people).tables] == [0, 2, 1]
    found = verified(people)
    assert (found.differing, found.set_aside, found.clean) == (0, 3, False)
    assert _follow(people, "UPDATE users SET name = 'Fay' WHERE id = 5").set_aside == 0
    _follow(people, "INSERT INTO city VALUES (7, 'Kyiv')")
    assert _aside(people) == {}
    assert verified(people).clean


@ENGINES
def test_what_refers_to_a_row_that_goes_waits(people: Migration) -> None:
    """Whether it is written or not, as far down as it goes; it is there again as soon as its parent is."""
    _follow(people, "DELETE FROM city WHERE id = 1", "UPDATE visit SET note = 'x' WHERE id = 1")
    assert _aside(people) == {"users": {"1", "2"}, "visit": {"1", "2"}}
    assert _names(people) == []
    assert verified(people).differing == 0
    followed_again = _follow(people, "INSERT INTO city VALUES (1, 'Roma')")
    assert followed_again.set_aside == 0
    assert _aside(people) == {}
    assert verified(people).clean


@ENGINES
def test_rows_set_aside_by_a_run_come_with_their_parent(opened_parts: OpenedParts, uuid: str, when: str) -> None:
    """And new rows that refer to them do not stop the follower meanwhile."""
    target = [statement.format(uuid=uuid, when=when) for statement in TARGET]
    source = (*SOURCE, "UPDATE city SET name = NULL WHERE id = 1")
    with opened_parts(source, MAPPING, target) as migration:
        copied_parts(migration)
        assert _aside(migration) == {"city": {"1"}, "users": {"1", "2"}, "visit": {"1", "2"}}
        assert _follow(migration, "INSERT INTO visit VALUES (3, 2, 'c')").set_aside == 1
        _follow(
            migration,
            "UPDATE city SET name = 'Rome' WHERE id = 1",
            "INSERT INTO users VALUES (3, 1, 2, 'Cid')",
            "INSERT INTO visit VALUES (4, 3, 'd')",
        )
        assert _aside(migration) == {}
        assert verified(migration).clean


@FILES
def test_more_than_may_be_stop_the_follower(people: Migration) -> None:
    """A batch that would set many aside is rather a mistake: nothing of it is written, and it is said what to do."""
    with pytest.raises(TooManyOrphansError, match=r"--max-rejects") as caught:
        _follow(people, "DELETE FROM city", most=3)
    assert caught.value.count == 4
    assert _names(people) == ["Ann", "Bob"]
    assert _aside(people) == {}
    with pytest.raises(RowRefusedError):
        _follow(people, most=0)
    assert _follow(people, most=4).set_aside == 4


@FILES
@pytest.mark.parametrize("action", ["NO ACTION", "CASCADE", "SET NULL"])
def test_what_only_the_service_has_is_not_lost(people: Migration, action: str) -> None:
    """A row it refers to is not set aside, as it would go or change with it; one that nothing refers to is."""
    people.target.execute(f"CREATE TABLE badge (of text REFERENCES account ON DELETE {action})")
    people.target.execute("INSERT INTO badge SELECT id FROM account WHERE name = 'Bob'")
    with pytest.raises(RowRefusedError, match="badge"):
        _follow(people, "DELETE FROM city WHERE id = 2")
    assert _names(people) == ["Ann", "Bob"]
    assert people.target.rows("SELECT count(of) FROM badge") == [(1,)]


@FILES
def test_a_row_that_v1_never_had_is_not_set_aside(people: Migration) -> None:
    """It is somebody else's: the follower says how it goes, and a repair lets it go with what it referred to."""
    tamper(people, "INSERT INTO stay SELECT 9, account_id, 'odd' FROM stay WHERE id = 2")
    differences = verified(people).differences
    people.source.execute("DELETE FROM visit WHERE id = 2")
    with pytest.raises(RowRefusedError, match="visit does not have, such as 9"):
        _follow(people, "DELETE FROM users WHERE id = 2")
    assert _aside(people) == {}
    assert repair(people, differences) == 1
    assert verified(people).clean


@FILES
def test_a_repair_sets_orphans_aside(people: Migration) -> None:
    """What has changed meanwhile is applied with it."""
    tamper(people, "UPDATE account SET name = 'tampered'")
    differences = verified(people).differences
    people.source.execute("INSERT INTO visit VALUES (3, 9, 'c')")
    assert repair(people, differences) == 2
    assert _aside(people) == {"visit": {"3"}}
    assert verified(people).differing == 0


@ENGINES
def test_rows_that_v2_owns_by_now_stay(opened_parts: OpenedParts, uuid: str, when: str) -> None:
    """After the cut-over v1 has no say in them: what they refer to cannot go, and nothing is set aside."""
    target = [statement.format(uuid=uuid, when=when) for statement in TARGET]
    with opened_parts(SOURCE, MAPPING.replace('"city", "users"', '"users"'), target) as migration:
        copied_parts(migration)
        give_to_v2(migration)
        with pytest.raises(RowRefusedError):
            _follow(migration, "DELETE FROM city WHERE id = 1")
        assert _names(migration) == ["Ann", "Bob"]
        assert _aside(migration) == {}


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
def test_rows_that_nobody_can_refer_to_are_no_parents(opened_parts: OpenedParts) -> None:
    """A key may lead to columns that are unique and may be empty: what is deleted may have nothing in them."""
    source = (
        "CREATE TABLE city (id integer PRIMARY KEY, land text, code text)",
        "CREATE TABLE visit (id integer PRIMARY KEY, land text, code text)",
        "INSERT INTO city VALUES (1, 'it', 'ro'), (2, 'no', NULL)",
        "INSERT INTO visit VALUES (1, 'it', 'ro')",
    )
    refers = "FOREIGN KEY (land, code) REFERENCES city (land, code)"
    target = (
        "CREATE TABLE city (id integer PRIMARY KEY, land text, code text, UNIQUE (land, code))",
        f"CREATE TABLE visit (id integer PRIMARY KEY, land text, code text, {refers})",
    )
    columns = 'columns = { id = { key = "source" }, land = "land", code = "code" }'
    mapping = 'tables = ["city", "visit"]\n' + "".join(
        f'[etl.people.tables.{name}]\ntarget = "{name}"\n{columns}\n' for name in ("city", "visit")
    )
    with opened_parts(source, mapping, target) as migration:
        copied_parts(migration)
        assert _follow(migration, "DELETE FROM city").set_aside == 1
        assert _aside(migration) == {"visit": {"1"}}
        _follow(migration, "INSERT INTO city VALUES (3, 'it', 'ro'), (4, 'it', NULL)")
        assert verified(migration).clean


@pytest.mark.parametrize(
    ("opened_parts", "uuid", "when"),
    [
        pytest.param("postgres postgres", "uuid", _LATE, marks=pytest.mark.postgres, id="at commit"),
        pytest.param("sqlite sqlite", "text", _LATE, id="sqlite"),
    ],
    indirect=["opened_parts"],
)
def test_rows_that_need_each_other_come_together(people: Migration) -> None:
    """None of them fits alone when what they all waited for is there; what refers to them comes as well."""
    done = _follow(
        people,
        "INSERT INTO users VALUES (3, 7, 4, 'Cid'), (4, 1, 3, 'Dan'), (5, 1, 4, 'Eve')",
        "INSERT INTO visit VALUES (3, 5, 'c')",
    )
    assert done.set_aside == 4
    _follow(people, "INSERT INTO city VALUES (7, 'Kyiv')")
    assert _aside(people) == {}
    assert verified(people).clean
    _follow(people, "DELETE FROM users WHERE id = 3")
    assert _aside(people) == {"users": {"4", "5"}, "visit": {"3"}}
    _follow(people, "INSERT INTO users VALUES (3, 1, 4, 'Cid')")
    assert _aside(people) == {}
    assert verified(people).clean


@pytest.mark.postgres
@pytest.mark.parametrize("opened_parts", ["postgres postgres"], indirect=True)
def test_a_row_that_comes_before_what_it_needs_keeps_none_away(opened_parts: OpenedParts) -> None:
    """Its team waits for a lead who was set aside, and lets no other row fit until the lead is taken up."""
    source = (
        "CREATE TABLE team (id integer PRIMARY KEY, lead integer, above integer)",
        "CREATE TABLE person (id integer PRIMARY KEY, team integer)",
        "INSERT INTO team VALUES (1, NULL, 6)",
        "INSERT INTO person VALUES (1, 6)",
    )
    target = (
        "CREATE TABLE team (id integer PRIMARY KEY, lead integer, above integer REFERENCES team)",
        f"CREATE TABLE person (id integer PRIMARY KEY, team integer REFERENCES team {_LATE})",
        f"ALTER TABLE team ADD FOREIGN KEY (lead) REFERENCES person {_LATE}",
    )
    key = 'id = { key = "source" }'
    mapping = f"""
tables = ["team", "person"]
[etl.people]
way_back = false
[etl.people.tables.team]
target = "team"
columns = {{ {key}, lead = "lead", above = "above" }}
[etl.people.tables.person]
target = "person"
columns = {{ {key}, team = "team" }}
"""
    with opened_parts(source, mapping, target) as migration:
        copied_parts(migration)
        assert _aside(migration) == {"team": {"1"}, "person": {"1"}}
        _follow(migration, "INSERT INTO team VALUES (6, 1, NULL)")
        assert _aside(migration) == {}
        assert verified(migration).clean
