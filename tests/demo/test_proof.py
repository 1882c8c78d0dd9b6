"""What the proof finds in a database: everything once, or what is lost, doubled or not to be there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from strangler.demo.expectation import expectation_of
from strangler.demo.load.ledger import (
    CastVote,
    CreateReview,
    DeleteReview,
    EditReview,
    Entry,
    Outcome,
    WithdrawVote,
)
from strangler.demo.proof import Proof, prove
from strangler.demo.stored import authority_in, stored_in
from strangler.model.authority import Side

OK, NO, MAYBE = Outcome.ACKNOWLEDGED, Outcome.REFUSED, Outcome.UNKNOWN

SOURCE = (
    "CREATE TABLE reviews_review (id bigint, text text, deleted_at timestamp)",
    "CREATE TABLE reviews_vote (review_id bigint, customer_id bigint, value smallint)",
)
TARGET = (
    "CREATE TABLE review (id varchar(36), number bigint, body text, deleted_at timestamp)",
    "CREATE TABLE vote (review_id varchar(36), voter_id bigint, value smallint)",
)
GOOD = (
    "INSERT INTO reviews_review VALUES (1, 'run-1 revision 2', NULL), (2, 'run-2 revision 1', '2026-01-01')",
    "INSERT INTO reviews_review VALUES (9, 'a seeded review', NULL)",
    "INSERT INTO reviews_vote VALUES (9, 5, -1)",
)
LEDGER = (
    Entry(CreateReview("run-1", 3, 5, "run-1 revision 1"), OK, 1),
    Entry(CreateReview("run-2", 3, 5, "run-2 revision 1"), OK, 2),
    Entry(EditReview("run-1", 1, 5, "run-1 revision 2"), OK),
    Entry(DeleteReview("run-2", 2, 5), OK),
    Entry(CastVote(9, 5, 1), OK),
    Entry(CastVote(9, 5, -1), OK),
    Entry(CastVote(9, 6, 1), OK),
    Entry(WithdrawVote(9, 6), OK),
)

Prover = Callable[..., Proof]


@pytest.fixture
def proof_of(tmp_path: Path) -> Prover:
    """Compare a ledger with a SQLite database made by statements."""

    def proof_of(statements: Sequence[str], ledger: Sequence[Entry] = LEDGER, side: Side = Side.V1) -> Proof:
        path = tmp_path / "shop.sqlite3"
        with closing(sqlite3.connect(path)) as connection:
            for statement in (*(SOURCE if side is Side.V1 else TARGET), *statements):
                connection.execute(statement)
            connection.commit()
        return prove(expectation_of(ledger), stored_in(f"sqlite:///{path}", side, "run"), side)

    return proof_of


def test_every_acknowledged_write_is_found_once(proof_of: Prover) -> None:
    """Edits replace texts, deletions leave the row, votes replace votes: all of them count as found."""
    proof = proof_of(GOOD)
    assert proof.holds
    assert (proof.acknowledged, proof.found, proof.lost, proof.doubled) == (8, 8, 0, 0)


@pytest.mark.parametrize(
    ("damage", "lost", "example"),
    [
        ("DELETE FROM reviews_review WHERE id = 1", 2, "lost: review run-1 is not there"),
        (
            "UPDATE reviews_review SET text = 'run-1 revision 1' WHERE id = 1",
            1,
            "lost: review run-1 has an old text: run-1 revision 1",
        ),
        ("UPDATE reviews_review SET deleted_at = NULL WHERE id = 2", 1, "lost: review run-2 is not deleted"),
        ("UPDATE reviews_review SET id = 77 WHERE id = 1", 2, "lost: review run-1 has the number 77 and not 1"),
        ("DELETE FROM reviews_vote", 1, "lost: the vote of customer 5 on review 9 is not there"),
        ("UPDATE reviews_vote SET value = 1", 1, "lost: the vote of customer 5 on review 9 is 1"),
        (
            "INSERT INTO reviews_vote VALUES (9, 6, 1)",
            1,
            "lost: the vote of customer 6 on review 9 is 1",
        ),
    ],
)
def test_a_lost_write_is_counted_and_named(proof_of: Prover, damage: str, lost: int, example: str) -> None:
    """A row that is missing loses every write to it; an old state loses those that came after it."""
    proof = proof_of((*GOOD, damage))
    assert not proof.holds
    assert (proof.lost, proof.found, proof.doubled, proof.examples) == (lost, 8 - lost, 0, (example,))


@pytest.mark.parametrize(
    ("damage", "example"),
    [
        (
            "INSERT INTO reviews_review VALUES (50, 'run-1 revision 2', NULL)",
            "doubled: review run-1 is there 2 times",
        ),
        ("INSERT INTO reviews_review VALUES (9, 'another', NULL)", "doubled: number 9 belongs to several reviews"),
        (
            "INSERT INTO reviews_vote VALUES (9, 5, -1)",
            "doubled: the vote of customer 5 on review 9 is there 2 times",
        ),
    ],
)
def test_a_doubled_row_is_counted_and_named(proof_of: Prover, damage: str, example: str) -> None:
    """Two rows with one marker, two reviews with one number, two votes of one customer on one review."""
    proof = proof_of((*GOOD, damage))
    assert (proof.lost, proof.doubled, proof.examples) == (0, 1, (example,))


@pytest.mark.parametrize("stored", ["run-7 revision 1", "run-7 revision 2", None])
def test_a_write_of_unknown_outcome_may_be_there_or_not(proof_of: Prover, stored: str | None) -> None:
    """Nobody promised anything: no answer came."""
    rows = [f"INSERT INTO reviews_review VALUES (7, '{stored}', NULL)"] if stored else []
    ledger = [
        Entry(CreateReview("run-7", 3, 5, "run-7 revision 1"), MAYBE),
        Entry(EditReview("run-7", 7, 5, "run-7 revision 2"), MAYBE),
        Entry(DeleteReview("run-7", 7, 5), MAYBE),
        Entry(CastVote(9, 6, 1), MAYBE),
    ]
    proof = proof_of(rows, ledger)
    assert proof.holds
    assert (proof.acknowledged, proof.unknown) == (0, 4)


def test_an_unknown_edit_after_an_acknowledged_one_allows_both_texts_and_no_older() -> None:
    """The acknowledged text is the least that must be there."""
    ledger = [
        Entry(CreateReview("run-1", 3, 5, "run-1 revision 1"), OK, 1),
        Entry(EditReview("run-1", 1, 5, "run-1 revision 2"), OK),
        Entry(EditReview("run-1", 1, 5, "run-1 revision 3"), MAYBE),
    ]
    history = expectation_of(ledger).reviews["run-1"]
    assert [history.texts_lost(f"run-1 revision {n}") for n in (1, 2, 3)] == [1, 0, 0]


def test_a_refused_write_that_is_there_is_unexpected(proof_of: Prover) -> None:
    """The client was told it failed, and would have written again."""
    proof = proof_of(
        ["INSERT INTO reviews_review VALUES (7, 'run-7 revision 1', NULL)"],
        [Entry(CreateReview("run-7", 3, 5, "run-7 revision 1"), NO)],
    )
    assert (proof.unexpected, proof.examples) == (1, ("unexpected: review run-7 was refused and is there",))


def test_the_target_is_read_by_its_own_names(proof_of: Prover) -> None:
    """On v2 the number is a column beside the key, and votes refer to the key."""
    proof = proof_of(
        [
            "INSERT INTO review VALUES ('a', 1, 'run-1 revision 2', NULL), ('b', 2, 'run-2 revision 1', '2026-01-01')",
            "INSERT INTO review VALUES ('c', 9, 'a seeded review', NULL)",
            "INSERT INTO vote VALUES ('c', 5, -1)",
        ],
        side=Side.V2,
    )
    assert proof.holds
    assert proof.side is Side.V2


@pytest.mark.postgres
def test_postgresql_is_read_like_sqlite(postgres_database: str) -> None:
    """The same statements on the other database."""
    with psycopg.connect(postgres_database) as connection:
        for statement in (*SOURCE, *GOOD):
            connection.execute(statement.encode())
    proof = prove(expectation_of(LEDGER), stored_in(postgres_database, Side.V1, "run"), Side.V1)
    assert proof.holds


def test_the_authority_is_asked_of_the_source_database(tmp_path: Path) -> None:
    """Before strangler has installed anything, the monolith has it."""
    path = tmp_path / "shop.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE reviews_review (id integer)")
        before = authority_in(f"sqlite:///{path}", "reviews")
        connection.execute("CREATE TABLE strangler_authority (service text, side text)")
        connection.execute("INSERT INTO strangler_authority VALUES ('reviews', 'v2')")
        connection.commit()
        after = authority_in(f"sqlite:///{path}", "reviews")
    assert (before, after) == (Side.V1, Side.V2)
