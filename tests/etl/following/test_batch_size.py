"""Batches of so many changes: what is cut off, changed or compared between two of them loses and doubles nothing."""

from __future__ import annotations

from contextlib import suppress

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.model.authority import Side
from strangler.planner.follower_state import standstill
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import JournaledTable
from strangler_etl.errors import PutBackError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration
from strangler_etl.records.streams import forward_stream, read_position
from tests.etl.copied_case import copied, give_to_v2, key_of, verified
from tests.etl.cutting import CutOffError, cut_off
from tests.etl.parts_case import OpenedParts, copied_parts, moved_to
from tests.etl.putting_back import backed_up, put_back
from tests.etl.reviews_case import ReviewsCase

ROWS = 4
TABLES = [
    "CREATE TABLE author (id integer PRIMARY KEY, name text NOT NULL UNIQUE)",
    "CREATE TABLE book (id integer PRIMARY KEY, author_id integer NOT NULL REFERENCES author, place integer UNIQUE)",
]
TARGET = [
    "CREATE TABLE writer (id {uuid} PRIMARY KEY, number integer NOT NULL UNIQUE, name text NOT NULL UNIQUE)",
    (
        "CREATE TABLE work (id {uuid} PRIMARY KEY, number integer NOT NULL UNIQUE,"
        " writer_id {uuid} NOT NULL REFERENCES writer, place integer UNIQUE)"
    ),
]
MAPPING = """
tables = ["author", "book"]
[etl.people.tables.author]
target = "writer"
columns = { id = { key = "uuid" }, number = { key = "source" }, name = "name" }
[etl.people.tables.book]
target = "work"
columns = { id = { key = "uuid" }, number = { key = "source" }, \
writer_id = { key = "uuid", of = "author", from = "author_id" }, place = "place" }
"""
WRITES = ("add", "name", "move", "place", "renumber", "again", "drop", "drop all")
ACTIONS = st.lists(
    st.tuples(st.sampled_from((*WRITES, "part", "part", "compare")), st.integers(1, ROWS), st.integers(0, 60)),
    min_size=6,
    max_size=20,
)

SIDES = {
    Side.V1: ("author", "book", "id", "author_id"),
    Side.V2: ("writer", "work", "number", "writer_id"),
}


def _statements(database: Database, side: Side, action: str, at: int, new: int) -> list[str]:
    """What the side with the authority does: each statement is a transaction."""
    author, book, number, refers = SIDES[side]
    kept = {
        table: [int(str(one)) for (one,) in database.rows(f"SELECT {number} FROM {table} ORDER BY {number}")]
        for table in (author, book)
    }
    authors, books = kept[author], kept[book]
    if not authors or not books:
        action = "add"
    one, other = (books[at % len(books)], books[(at + 1) % len(books)]) if books else (0, 0)
    writer = authors[at % len(authors)] if authors else 0
    key = f"'00000000-0000-4000-8000-{new:012d}'"
    own, names = (f"{key}, ", "id, ") if side is Side.V2 else ("", "")
    parent = key if side is Side.V2 else str(new)
    its = f"(SELECT id FROM {author} WHERE {number} = {writer})"
    taken = f"SELECT 1 FROM {book} WHERE place = {one}"
    match action:
        case "add":
            return [
                f"INSERT INTO {author} ({names}{number}, name) VALUES ({own}{new}, 'name {new}')",
                f"INSERT INTO {book} ({names}{number}, {refers}, place) VALUES ({own}{new}, {parent}, {new})",
            ]
        case "name":
            other = authors[(at + 1) % len(authors)]
            return [
                f"UPDATE {author} SET name = 'name {new}' WHERE {number} = {writer}",
                f"UPDATE {author} SET name = 'of {writer} {new}' WHERE {number} = {other}",
                f"UPDATE {author} SET name = 'of {other} {new}' WHERE {number} = {writer}",
            ]
        case "move":
            return [f"UPDATE {book} SET {refers} = {its} WHERE {number} = {one}"]
        case "place":
            return [
                f"UPDATE {book} SET place = NULL WHERE {number} = {one}",
                f"UPDATE {book} SET place = {one} WHERE {number} = {other} AND NOT EXISTS ({taken})",
            ]
        case "renumber":
            return [f"UPDATE {book} SET {number} = {new} WHERE {number} = {one}"]
        case "again":
            return [
                f"DELETE FROM {book} WHERE {number} = {one}",
                f"INSERT INTO {book} ({names}{number}, {refers}, place) VALUES ({own}{one}, {its}, NULL)",
            ]
        case "drop":
            return [f"DELETE FROM {book} WHERE {number} = {one}"]
        case _:
            return [
                f"DELETE FROM {book} WHERE {refers} = {its}",
                f"DELETE FROM {author} WHERE {number} = {writer}",
            ]


def _part(migration: Migration, side: Side, most: int) -> bool:
    apply = apply_forward if side is Side.V1 else apply_backward
    return apply(migration.source, migration.target, migration.mapping, most=most).more


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(
    ("opened_parts", "uuid", "examples"),
    [
        pytest.param("sqlite sqlite", "text", 6),
        pytest.param("sqlite sqlite", "text", 60, marks=pytest.mark.faults),
        pytest.param("postgres postgres", "uuid", 15, marks=[pytest.mark.postgres, pytest.mark.faults]),
    ],
    indirect=["opened_parts"],
)
def test_batches_lead_to_the_state_of_the_other_side(
    opened_parts: OpenedParts, uuid: str, examples: int, side: Side
) -> None:
    """Whatever is written, cut off and compared between them: keys, unique values and numbers that rows take over."""

    @settings(max_examples=examples)
    @given(actions=ACTIONS)
    def run(actions: list[tuple[str, int, int]]) -> None:
        with opened_parts(TABLES, MAPPING, [statement.format(uuid=uuid) for statement in TARGET]) as migration:
            for number in range(1, ROWS + 1):
                migration.source.execute(f"INSERT INTO author VALUES ({number}, 'name {number}')")
                migration.source.execute(f"INSERT INTO book VALUES ({number}, {number}, {number})")
            copied_parts(migration)
            if side is Side.V2:
                moved_to(migration, Side.V2)
            origin = migration.source if side is Side.V1 else migration.target
            for position, (action, number, statement) in enumerate(actions):
                if action == "compare":
                    assert verified(migration).clean
                elif action != "part":
                    for one in _statements(origin, side, action, number, 100 + position):
                        origin.execute(one)
                else:
                    written = migration.target if side is Side.V1 else migration.source
                    with pytest.MonkeyPatch.context() as patch, suppress(CutOffError):
                        cut_off(written, statement, patch)
                        _part(migration, side, 1 + number % 3)
            while _part(migration, side, 2):
                assert verified(migration).clean
            found = verified(migration)
            assert (found.clean, [table.pending for table in found.tables]) == (True, [0, 0])

    run()


def test_a_batch_that_is_cut_off_is_the_only_one_that_is_lost(case: ReviewsCase) -> None:
    """What was applied before stays, and is not applied again; the time up to which all is applied comes at the end."""
    with copied(case, 3) as migration:
        before = read_position(migration.target, forward_stream("reviews"))
        for number in (1, 2, 3):
            case.monolith.execute(f"UPDATE reviews_review SET text = 'new' WHERE id = {number}")
        applied = apply_forward(migration.source, migration.target, migration.mapping, most=1)
        assert (applied.rows, applied.more, applied.read_at) == (1, True, before.read_at)
        with pytest.MonkeyPatch.context() as patch:
            cut_off(migration.target, 6, patch)
            with pytest.raises(CutOffError):
                apply_forward(migration.source, migration.target, migration.mapping, most=1)
        assert case.target_rows("SELECT number FROM review WHERE body = 'new'") == [(1,)]
        # What changed meanwhile comes with its row.
        case.monolith.execute("UPDATE reviews_review SET text = 'newest' WHERE id = 2")
        rows = [apply_forward(migration.source, migration.target, migration.mapping, most=1).rows for _ in range(3)]
        assert rows == [1, 1, 1]
        assert case.target_rows("SELECT body FROM review ORDER BY number") == [("new",), ("newest",), ("new",)]
        applied = apply_forward(migration.source, migration.target, migration.mapping, most=1)
        assert (applied.more, applied.read_at > before.read_at) == (False, True)


def test_rows_that_need_what_comes_later_make_a_batch_larger(case: ReviewsCase) -> None:
    """A vote that refers, by now, to a review which came later cannot be written before it."""
    with copied(case, 3) as migration:
        case.monolith.execute("UPDATE reviews_vote SET value = 2 WHERE id = 1")
        case.monolith.execute("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (9, 1, 'new', 1)")
        case.monolith.execute("UPDATE reviews_vote SET review_id = 9 WHERE id = 1")
        for number in range(12):
            case.monolith.execute(f"UPDATE reviews_review SET text = 'later {number}' WHERE id = 2")
        applied = apply_forward(migration.source, migration.target, migration.mapping, most=1)
        assert (applied.more, applied.set_aside) == (True, 0)
        assert case.target_rows(f"SELECT number FROM vote WHERE review_id = '{key_of(9)}'") == [(1,)]
        assert verified(migration).clean


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_rows_that_give_up_their_numbers_make_a_batch_larger(case: ReviewsCase) -> None:
    """On the way back: which row of v1 was one that has gone is known by all that has become of its number."""
    with copied(case, 3) as migration:
        give_to_v2(migration)
        for statement in (
            "UPDATE review SET body = 'new' WHERE number IN (1, 3)",
            "DELETE FROM review WHERE number = 2",
            "UPDATE review SET number = 2 WHERE number = 3",
            "UPDATE review SET body = 'newest' WHERE number = 1",
        ):
            case.service.execute(statement)
        sizes = [apply_backward(migration.source, migration.target, migration.mapping, most=1) for _ in range(2)]
        assert [one.more for one in sizes] == [True, False]
        assert case.source_rows("SELECT id, text FROM reviews_review ORDER BY id") == [(1, "newest"), (2, "new")]
        assert verified(migration).clean


def test_a_follower_that_catches_up_says_so(case: ReviewsCase) -> None:
    """It is as far behind as ever until all is applied, and need not have died."""
    with copied(case, 2) as migration:
        case.monolith.execute("UPDATE reviews_review SET text = 'new'")
        assert apply_forward(migration.source, migration.target, migration.mapping, most=1).more
        migration.target.execute(f"UPDATE {migration.target.own('stream_position')} SET read_at = 1")
        assert "catches up batch by batch, unless it has died" in str(standstill(migration, Side.V1))


def test_a_database_that_is_put_back_between_two_batches_is_told(case: ReviewsCase) -> None:
    """Rows of a batch are those of a later state than its position: what was put back in between is not there."""
    source = case.environment["SOURCE"]
    with copied(case, 3) as migration:
        case.monolith.execute("UPDATE reviews_review SET text = 'kept' WHERE id = 1")
        case.monolith.execute("UPDATE reviews_review SET text = 'kept' WHERE id = 2")
    case.monolith.close()
    backed_up(source)
    with open_database(DatabaseUrl(source)) as monolith:
        monolith.execute("UPDATE reviews_review SET text = 'lost' WHERE id = 1")
    with case.migration() as migration:
        assert apply_forward(migration.source, migration.target, migration.mapping, most=1).more
    put_back(source)
    with case.migration() as migration, pytest.raises(PutBackError):
        apply_forward(migration.source, migration.target, migration.mapping)


@pytest.mark.postgres
def test_what_commits_between_two_batches_is_in_a_later_one(postgres_database: str) -> None:
    """Also where its number is smaller than those that were read."""
    with open_database(DatabaseUrl(postgres_database)) as database, psycopg.connect(postgres_database) as long:
        database.execute("CREATE TABLE item (id bigint PRIMARY KEY)")
        database.install()
        database.journal.install([JournaledTable("item", ("id",))])
        long.execute("INSERT INTO item VALUES (1)")
        for key in (2, 3, 4):
            database.execute(f"INSERT INTO item VALUES ({key})")
        position, read, left, more = None, list[str | None](), set[str | None](), True
        while more:
            with database.snapshot():
                changes = database.journal.changes(position, ["item"], 1)
            position, more, keys = changes.position, changes.more, [change.key for change in changes.rows]
            read += keys
            with database.snapshot():
                left = {change.key for change in database.journal.changes(position, ["item"]).rows}
            assert (len(keys), more) == (1, left != set())
            if len(read) == 1:
                assert left == {"3", "4"}
                long.commit()
            elif len(read) == 2:
                # Behind a smaller number than before: what was read comes again, and nothing is left out.
                assert (read, left) == (["2", "1"], {"2", "3", "4"})
        assert set(read) == {"1", "2", "3", "4"}
