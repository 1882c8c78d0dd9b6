"""Following: what one side writes appears on the other."""

from __future__ import annotations

import pytest

from strangler_etl.authority import read_authority
from strangler_etl.errors import DatabaseError
from strangler_etl.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration
from tests.etl.reviews_case import ReviewsCase


def test_rows_written_changed_and_deleted_after_the_installation_appear_in_the_target(case: ReviewsCase) -> None:
    """Insert, update, delete and a changed key of one table, and a row that refers to another."""
    with case.migration() as migration:
        migration.install()
        case.monolith.execute(
            "INSERT INTO reviews_review (id, product_id, text, rating)"
            " VALUES (1, 1, 'good', 5), (2, 1, 'bad', 1), (3, 2, 'so so', 3), (9, 2, 'moves', 3)"
        )
        case.monolith.execute("INSERT INTO reviews_vote (id, review_id, customer, value) VALUES (7, 2, 'ann', -1)")
        assert apply_forward(migration.source, migration.target, migration.mapping).upserted == 5
        case.monolith.execute("UPDATE reviews_review SET text = 'very good' WHERE id = 1")
        case.monolith.execute("UPDATE reviews_review SET id = 4 WHERE id = 9")
        case.monolith.execute("DELETE FROM reviews_review WHERE id = 3")
        applied = apply_forward(migration.source, migration.target, migration.mapping)
        assert (applied.upserted, applied.deleted) == (2, 2)
        assert case.target_rows() == [(1, 1, "very good", 5), (2, 1, "bad", 1), (4, 2, "moves", 3)]
        assert case.target_rows("SELECT r.number, v.voter FROM vote v JOIN review r ON r.id = v.review_id") == [
            (2, "ann")
        ]
        assert apply_forward(migration.source, migration.target, migration.mapping).rows == 0
        assert read_authority(migration.source, "reviews").side == "v1"


def test_a_replica_follows_its_joined_table_and_its_filter(case: ReviewsCase) -> None:
    """A change of the joined row reaches every row made of it; a row the filter drops disappears."""
    with case.migration() as migration:
        migration.install()
        case.monolith.execute("UPDATE product SET name = 'LAMP' WHERE id = 1")
        case.monolith.execute("UPDATE product SET name = 'open' WHERE id = 3")
        apply_forward(migration.source, migration.target, migration.mapping)
        products = "SELECT title, on_sale FROM product ORDER BY id"
        assert case.target_rows(products) == [("LAMP", True), ("open", True)]
        case.monolith.execute("UPDATE category SET visible = FALSE WHERE id = 1")
        case.monolith.execute("UPDATE product SET name = 'secret' WHERE id = 3")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert case.target_rows(products) == [("LAMP", False)]


def test_the_side_without_the_authority_refuses_writes(case: ReviewsCase) -> None:
    """Insert, update and delete are refused; an update that meets no row changes nothing and passes."""
    with case.migration() as migration:
        migration.install()
        case.monolith.execute("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'good', 5)")
        apply_forward(migration.source, migration.target, migration.mapping)
        for statement in (
            "UPDATE review SET body = 'changed'",
            "DELETE FROM review",
            (
                "INSERT INTO review (id, product_id, body, stars)"
                " VALUES ('0f5a4b5e-0000-4000-8000-000000000000', 1, '', 1)"
            ),
        ):
            with pytest.raises(DatabaseError, match="may not be written here now"):
                case.service.execute(statement)
        case.service.execute("UPDATE review SET body = 'changed' WHERE number = 99")
        assert case.target_rows() == [(1, 1, "good", 5)]


def test_rows_born_in_the_service_come_back_and_are_found_again(case: ReviewsCase) -> None:
    """A random key of the target is remembered in the key map, and used on the way forth afterwards."""
    born = "0f5a4b5e-1111-4000-8000-000000000000"
    with case.migration() as migration:
        migration.install()
        case.monolith.execute("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'good', 5)")
        case.monolith.execute("INSERT INTO reviews_vote (id, review_id, customer, value) VALUES (7, 1, 'ann', -1)")
        apply_forward(migration.source, migration.target, migration.mapping)
        _give(migration, "v2")
        case.service.execute(
            f"INSERT INTO review (id, number, product_id, body, stars) VALUES ('{born}', 2, 1, 'born', 4)"
        )
        case.service.execute(
            "INSERT INTO vote (id, number, review_id, voter, value)"
            f" VALUES ('0f5a4b5e-2222-4000-8000-000000000000', 8, '{born}', 'bob', 1)"
        )
        case.service.execute("DELETE FROM review WHERE number = 1")
        applied = apply_backward(migration.source, migration.target, migration.mapping)
        assert (applied.upserted, applied.deleted) == (2, 2)
        assert case.source_rows() == [(2, 1, "born", 4)]
        assert case.source_rows("SELECT id, review_id, customer FROM reviews_vote") == [(8, 2, "bob")]
        _give(migration, "v1")
        case.monolith.execute("UPDATE reviews_review SET text = 'changed by v1' WHERE id = 2")
        case.monolith.execute("INSERT INTO reviews_vote (id, review_id, customer, value) VALUES (9, 2, 'eve', 1)")
        apply_forward(migration.source, migration.target, migration.mapping)
        found = case.target_rows("SELECT CAST(id AS text), number, body FROM review")
        assert found == [(born, 2, "changed by v1")]
        assert case.target_rows("SELECT count(*) FROM vote") == [(2,)]


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_truncate_is_followed(case: ReviewsCase) -> None:
    """What is truncated and written again in between is the same on both sides."""
    with case.migration() as migration:
        migration.install()
        case.monolith.execute("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'good', 5)")
        apply_forward(migration.source, migration.target, migration.mapping)
        case.monolith.execute("TRUNCATE reviews_review, reviews_vote")
        case.monolith.execute("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (5, 1, 'new', 5)")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert case.target_rows() == [(5, 1, "new", 5)]


def _give(migration: Migration, side: str) -> None:
    databases = {
        "v1": (migration.source, migration.source_tables),
        "v2": (migration.target, migration.target_tables),
    }
    for name, (database, tables) in databases.items():
        with database.locked(tables, 5):
            if name == side:
                database.unfence(tables)
            else:
                database.fence("reviews", tables)
