"""Verification finds what differs, all of it and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strangler.model.authority import Side
from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.engine.database import Database
from strangler_etl.errors import BackfillError
from strangler_etl.following.follower import apply_forward
from strangler_etl.records.followed_mapping import is_followed_otherwise, note_followed_mapping
from strangler_etl.records.verification import doubt_of, ground_of, read_verification
from strangler_etl.verification.comparison import ColumnDifference, Difference, DifferenceKind
from strangler_etl.verification.verification import compare_changes
from tests.etl.copied_case import copied, give_to_v2, key_of, tamper, verified
from tests.etl.pair import OpenedPair
from tests.etl.reviews_case import ReviewsCase


def test_equal_databases_are_clean_and_it_is_remembered(case: ReviewsCase) -> None:
    """Every row of every table is compared; the target remembers position, time and number of rows."""
    with copied(case) as migration:
        assert read_verification(migration.target, "reviews") is None
        found = verified(migration)
        assert found.clean
        assert [(table.table, table.rows) for table in found.tables] == [("review", 12), ("product", 2), ("vote", 12)]
        recorded = read_verification(migration.target, "reviews")
        assert recorded is not None
        assert (recorded.position, recorded.verified_at, recorded.rows) == (found.position, 1_000.0, 26)


def test_it_needs_the_whole_copy(case: ReviewsCase) -> None:
    """Before everything is copied there is nothing to compare."""
    with case.migration() as migration, pytest.raises(BackfillError) as caught:
        verified(migration)
    assert str(caught.value) == (
        "service reviews: not copied yet: reviews_review, product, reviews_vote; run: strangler etl run reviews"
    )


def test_exactly_the_planted_differences_are_found(case: ReviewsCase) -> None:
    """A missing row, an extra one and one with a changed column: by key, with the column; the record is withdrawn."""
    with copied(case) as migration:
        assert verified(migration).clean
        tamper(
            migration,
            "DELETE FROM vote WHERE number = 3",
            "UPDATE review SET body = 'changed' WHERE number = 5",
            "INSERT INTO product (id, title, on_sale) VALUES (70, 'theirs', TRUE)",
        )
        found = verified(migration)
        assert (found.clean, found.differing) == (False, 3)
        assert found.differences == (
            Difference(
                "review",
                key_of(5),
                DifferenceKind.DIFFERENT,
                Side.V1,
                "reviews_review",
                "5",
                (ColumnDifference("body", "text 5", "changed"),),
            ),
            Difference("product", "70", DifferenceKind.EXTRA, Side.V1, "product"),
            Difference("vote", key_of(3, "reviews_vote"), DifferenceKind.MISSING, Side.V1, "reviews_vote", "3"),
        )
        assert read_verification(migration.target, "reviews") is None


def test_values_do_not_print() -> None:
    """A difference can be logged: the values stay with who asks for them."""
    assert repr(ColumnDifference("email", "ann@example.org", None)) == "ColumnDifference(name='email')"


def test_changes_on_their_way_are_no_differences(case: ReviewsCase) -> None:
    """What the follower has not applied yet is left out, and comes after the recorded position."""
    with copied(case) as migration:
        case.monolith.execute("UPDATE reviews_review SET text = 'newer' WHERE id = 1")
        case.monolith.execute("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (40, 1, 'new', 1)")
        case.monolith.execute("DELETE FROM reviews_vote WHERE id = 2")
        case.monolith.execute("UPDATE category SET visible = FALSE WHERE id = 1")
        found = verified(migration)
        assert found.clean
        assert [(table.table, table.rows, table.pending) for table in found.tables] == [
            ("review", 11, 2),
            ("product", 1, 2),
            ("vote", 11, 1),
        ]
        compared = compare_changes(migration, Side.V1, found.position)
        assert (compared.keys, compared.differences, compared.position) == (0, (), found.position)


def test_changes_that_have_arrived_are_compared_once(case: ReviewsCase) -> None:
    """Missing, different and surplus rows are found among those that have changed; the next call goes on after them."""
    with copied(case) as migration:
        position = verified(migration).position
        case.monolith.execute("UPDATE reviews_review SET text = 'newer' WHERE id IN (1, 2)")
        case.monolith.execute("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (40, 1, 'new', 1)")
        case.monolith.execute("DELETE FROM reviews_vote WHERE id = 2")
        apply_forward(migration.source, migration.target, migration.mapping)
        compared = compare_changes(migration, Side.V1, position)
        assert (compared.keys, compared.differences) == (4, ())
        assert compare_changes(migration, Side.V1, compared.position).keys == 0
        case.monolith.execute("UPDATE reviews_review SET text = 'on its way' WHERE id = 3")
        tamper(
            migration,
            "UPDATE review SET body = 'wrong' WHERE number IN (1, 3)",
            "DELETE FROM review WHERE number = 40",
        )
        again = compare_changes(migration, Side.V1, position)
        assert [(d.table, d.kind, d.origin_key) for d in again.differences] == [
            ("review", "different", "1"),
            ("review", "missing", "40"),
        ]
        assert again.keys == 4


@pytest.mark.parametrize("case", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_table_emptied_meanwhile_is_compared_whole_once_that_has_arrived(case: ReviewsCase) -> None:
    """TRUNCATE says nothing of single rows."""
    with copied(case) as migration:
        position = verified(migration).position
        case.monolith.execute("TRUNCATE reviews_vote")
        case.monolith.execute("INSERT INTO reviews_vote (id, review_id, customer, value) VALUES (90, 1, 'bea', 1)")
        assert compare_changes(migration, Side.V1, position).keys == 0
        apply_forward(migration.source, migration.target, migration.mapping)
        compared = compare_changes(migration, Side.V1, position)
        assert (compared.keys, compared.differences) == (1, ())


def test_after_the_cut_over_the_source_is_compared_with_the_target(case: ReviewsCase) -> None:
    """The owned tables the other way round, the key map included; replicas as before."""
    born = "0f5a4b5e-1111-4000-8000-000000000000"
    with copied(case) as migration:
        give_to_v2(migration)
        assert verified(migration).clean
        with migration.source.transaction(applying=True):
            migration.source.execute("UPDATE reviews_review SET rating = 1 WHERE id = 2")
            migration.source.execute("DELETE FROM reviews_vote WHERE id = 4")
        with migration.target.transaction(applying=True):
            migration.target.execute(f"UPDATE review SET id = '{born}' WHERE number = 6 ")
            migration.target.execute(f"UPDATE vote SET review_id = '{born}' WHERE number = 6 ")
        found = verified(migration)
        assert found.differences == (
            Difference(
                "reviews_review",
                "2",
                DifferenceKind.DIFFERENT,
                Side.V2,
                "reviews_review",
                key_of(2),
                (ColumnDifference("rating", "5", "1"),),
            ),
            Difference(
                "reviews_review",
                "6",
                DifferenceKind.DIFFERENT,
                Side.V2,
                "reviews_review",
                born,
                (ColumnDifference("id (key map)", born, key_of(6)),),
            ),
            Difference("reviews_vote", "4", DifferenceKind.MISSING, Side.V2, "reviews_vote", key_of(4, "reviews_vote")),
        )


def test_a_journal_that_begins_anew_makes_the_verification_count_no_more(case: ReviewsCase) -> None:
    """What was changed meanwhile is known to nobody."""
    with copied(case) as migration:
        verified(migration)
        migration.install()
        recorded = read_verification(migration.target, "reviews")
        assert recorded is not None
        assert recorded.ground == ground_of(migration.source, migration.target, migration.mapping)
        migration.source.journal.remove(["reviews_review"])
        case.monolith.execute("UPDATE reviews_review SET text = 'missed' WHERE id = 1")
        migration.install()
        assert recorded.ground != ground_of(migration.source, migration.target, migration.mapping)


_THING = "CREATE TABLE thing (id int PRIMARY KEY, mood mood, said text, old text, old_mood mood)"
_MOOD = "CREATE TYPE mood AS ENUM ('glad', 'sad');"
_SEEN = """
[etl.things.tables.thing]
columns = { id = "id", mood = "mood::text", said = "said" }
drop = ["old", "old_mood"]
"""


@pytest.mark.postgres
def test_a_table_that_no_journal_saw_change_makes_the_verification_count_no_more(opened_pair: OpenedPair) -> None:
    """Rows written anew, emptied, given another column by the name of one, or labels another name: on either side."""
    here = f"{_MOOD}{_THING}; INSERT INTO thing VALUES (1, 'glad', 'one', 'was', 'sad');"
    with opened_pair(here, "CREATE TABLE thing (id int PRIMARY KEY, mood text, said text)", _SEEN) as migration:
        source, target = migration.source, migration.target
        backfill(migration, SilentProgress())

        def doubt(database: Database, *statements: str) -> str | None:
            assert verified(migration).clean
            for statement in statements:
                database.execute(statement)
            return doubt_of(read_verification(target, "things"), source, target, migration.mapping)

        harmless = ("ALTER TABLE thing ADD new text", "CREATE INDEX ON thing (said)", "ANALYZE thing")
        assert doubt(source, *harmless, "ALTER TABLE thing DROP old") is None
        assert doubt(target, "ALTER TABLE thing ALTER said SET STATISTICS 7", "VACUUM thing") is None
        told = "thing of {} was made anew, rewritten or emptied after the two databases were compared"
        assert doubt(source, "ALTER TABLE thing ALTER said TYPE text USING lower(said)") == told.format("v1")
        assert doubt(target, "ALTER TABLE thing ALTER said TYPE text USING lower(said)") == told.format("v2")
        rename = "ALTER TYPE mood RENAME VALUE '{}' TO '{}'"
        assert doubt(source, rename.format("sad", "blue")) == told.format("v1")
        swapped = ("ALTER TABLE thing RENAME mood TO gone", "ALTER TABLE thing RENAME old_mood TO mood")
        assert doubt(source, *swapped) == told.format("v1")
        source.execute("ALTER TABLE thing RENAME mood TO old_mood")
        source.execute("ALTER TABLE thing RENAME gone TO mood")
        assert doubt(source, "TRUNCATE thing") == told.format("v1")


def test_a_column_that_takes_the_place_of_another_makes_the_verification_count_no_more(case: ReviewsCase) -> None:
    """On either engine, while a column nobody maps may come."""
    with copied(case) as migration:
        assert verified(migration).clean
        recorded = read_verification(migration.target, "reviews")
        case.monolith.execute("ALTER TABLE reviews_review ADD COLUMN newer text")
        assert doubt_of(recorded, migration.source, migration.target, migration.mapping) is None
        case.monolith.execute("ALTER TABLE reviews_review RENAME COLUMN text TO older")
        case.monolith.execute("ALTER TABLE reviews_review RENAME COLUMN newer TO text")
        assert doubt_of(recorded, migration.source, migration.target, migration.mapping) == (
            "reviews_review of v1 was made anew, rewritten or emptied after the two databases were compared"
        )


def test_rows_that_a_follower_brought_by_an_older_mapping_make_it_void(case: ReviewsCase) -> None:
    """Compared by the new one while the follower had not noticed it; one that ended before counts."""
    with copied(case) as migration:
        source, target, mapping = migration.source, migration.target, migration.mapping
        older = replace(mapping, way_back=False)

        def doubt() -> str | None:
            return doubt_of(read_verification(target, "reviews"), source, target, mapping)

        note_followed_mapping(source, target, older)
        assert is_followed_otherwise(source, target, mapping)
        apply_forward(source, target, older)
        assert verified(migration).clean
        note_followed_mapping(source, target, mapping)
        assert not is_followed_otherwise(source, target, mapping)
        assert doubt() is None
        note_followed_mapping(source, target, older)
        case.monolith.execute("UPDATE reviews_review SET text = 'late' WHERE id = 1")
        apply_forward(source, target, older)
        note_followed_mapping(source, target, mapping)
        assert doubt() == "a follower brought rows by an older mapping after the two databases were compared"
        note_followed_mapping(source, target, mapping)
        assert doubt() is not None
        assert verified(migration).clean
        assert doubt() is None
