"""Following: what one side writes appears on the other."""

from __future__ import annotations

import pytest

from strangler_etl.errors import DatabaseError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority
from tests.etl.copied_case import copied, give_to_v2, verified
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


def test_rows_of_the_service_that_change_their_numbers_keep_their_keys(case: ReviewsCase) -> None:
    """Also when two of them exchange their numbers: the key map follows, and the follower is not stopped by it."""
    with copied(case) as migration:
        give_to_v2(migration)

        def applied() -> object:
            apply_backward(migration.source, migration.target, migration.mapping)
            assert verified(migration).clean
            return case.source_rows("SELECT id, text FROM reviews_review WHERE id >= 50 ORDER BY id")

        for key, number, text in (("1111", 50, "one"), ("2222", 51, "two")):
            case.service.execute(
                "INSERT INTO review (id, number, product_id, body, stars)"
                f" VALUES ('0f5a4b5e-{key}-4000-8000-000000000000', {number}, 1, '{text}', 1)"
            )
        assert applied() == [(50, "one"), (51, "two")]
        case.service.execute("UPDATE review SET number = 60 WHERE number = 50")
        assert applied() == [(51, "two"), (60, "one")]
        case.service.execute("UPDATE review SET number = CASE number WHEN 60 THEN 151 ELSE 160 END WHERE number > 50")
        case.service.execute("UPDATE review SET number = number - 100 WHERE number > 100")
        assert applied() == [(51, "one"), (60, "two")]


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
                database.fence.open(tables)
            else:
                database.fence.close(tables)


def _apply(migration: Migration) -> None:
    apply_forward(migration.source, migration.target, migration.mapping)


@pytest.mark.parametrize(
    "changes",
    [((102, "c"), (101, "b")), ((101, "c"), (102, "a")), ((101, "t"), (102, "a"), (101, "b"))],
    ids=["chain", "chain back", "circle"],
)
def test_rows_take_over_each_other_s_unique_values(case: ReviewsCase, changes: tuple[tuple[int, str], ...]) -> None:
    """For two that have exchanged them no order would do; what only the service has of a row stays."""
    case.service.execute("ALTER TABLE vote ADD COLUMN note text")
    with copied(case) as migration:
        for number, customer in ((101, "a"), (102, "b")):
            case.monolith.execute(
                f"INSERT INTO reviews_vote (id, review_id, customer, value) VALUES ({number}, 1, '{customer}', 1)"
            )
        _apply(migration)
        _give(migration, "v2")
        case.service.execute("UPDATE vote SET note = 'kept'")
        _give(migration, "v1")
        noted = case.target_rows("SELECT id, note FROM vote ORDER BY id")
        for number, customer in changes:
            case.monolith.execute(f"UPDATE reviews_vote SET customer = '{customer}' WHERE id = {number}")
        _apply(migration)
        assert verified(migration).clean
        assert case.target_rows("SELECT id, note FROM vote ORDER BY id") == noted


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
@pytest.mark.parametrize("emptied", ["product", "category"])
def test_what_refers_to_a_table_that_was_loaded_anew_stays(case: ReviewsCase, emptied: str) -> None:
    """A nightly reload empties a table first; the service's rows must not go with it, before and after the cut-over."""
    case.service.execute("ALTER TABLE review ADD FOREIGN KEY (product_id) REFERENCES product ON DELETE CASCADE")
    with copied(case) as migration:
        before = case.target_rows()
        case.monolith.execute(
            "ALTER TABLE reviews_review DROP CONSTRAINT reviews_review_product_id_fkey;"
            " ALTER TABLE product DROP CONSTRAINT product_category_id_fkey"
        )
        rows = {
            "product": "(id, name, active, category_id) VALUES (1, 'lamp', TRUE, 1), (4, 'sofa', TRUE, 2)",
            "category": "(id, visible) VALUES (1, TRUE), (2, FALSE)",
        }
        for move in (lambda: None, lambda: give_to_v2(migration)):
            move()
            case.monolith.execute(f"BEGIN; TRUNCATE {emptied}; INSERT INTO {emptied} {rows[emptied]}; COMMIT")
            _apply(migration)
            assert case.target_rows() == before
        found = case.target_rows("SELECT id FROM product ORDER BY id")
        assert found == ([(1,), (4,)] if emptied == "product" else [(1,), (2,)])


_MOVED_KEY = "UPDATE review SET id = '0f5a4b5e-1111-4000-8000-000000000000' WHERE number = 3"
_EMPTIED = "CREATE TEMP TABLE kept AS SELECT * FROM review; {}; INSERT INTO review SELECT * FROM kept"
_DELETED, _TRUNCATED = _EMPTIED.format("DELETE FROM review"), _EMPTIED.format("TRUNCATE review, vote")


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("sqlite", _MOVED_KEY),
        ("sqlite", _DELETED),
        *(
            pytest.param("postgres", change, marks=pytest.mark.postgres)
            for change in (_MOVED_KEY, _DELETED, _TRUNCATED)
        ),
    ],
    indirect=["case"],
)
def test_what_refers_to_a_source_row_that_is_written_anew_stays(case: ReviewsCase, change: str) -> None:
    """A row that v2 took away and wrote again, or gave another key, is the same row to v1."""
    case.monolith.execute(
        "CREATE TABLE outside (id bigint PRIMARY KEY,"
        " review_id bigint NOT NULL REFERENCES reviews_review (id) ON DELETE CASCADE)"
    )
    with copied(case, 3) as migration:
        case.monolith.execute("INSERT INTO outside VALUES (1, 3)")
        give_to_v2(migration)
        with case.service.transaction():
            for statement in ("DELETE FROM vote", *change.split("; ")):
                case.service.execute(statement)
        apply_backward(migration.source, migration.target, migration.mapping)
        assert case.source_rows("SELECT id FROM outside") == [(1,)]
        assert case.source_rows("SELECT id FROM reviews_review ORDER BY id") == [(1,), (2,), (3,)]


@pytest.mark.parametrize("case", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO reviews_vote (id, review_id, customer, value) VALUES (500, 1, 'ann', 9)",
        "UPDATE OR REPLACE reviews_vote SET review_id = 1 WHERE id = 2",
    ],
)
def test_a_row_that_another_one_replaces_is_gone_at_the_other_side_too(case: ReviewsCase, statement: str) -> None:
    """SQLite calls no trigger for it."""
    with copied(case) as migration:
        case.monolith.execute(statement)
        _apply(migration)
        numbers = case.source_rows("SELECT id FROM reviews_vote ORDER BY id")
        assert case.target_rows("SELECT number FROM vote ORDER BY number") == numbers


@pytest.mark.parametrize("case", ["sqlite"], indirect=True)
def test_a_change_that_a_collation_does_not_see_is_a_change(case: ReviewsCase) -> None:
    """To NOCASE, TEXT and text are the same."""
    case.service.execute("DROP TABLE vote")
    case.service.execute("DROP TABLE review")
    case.service.execute(
        "CREATE TABLE review (number integer PRIMARY KEY, id text NOT NULL UNIQUE, product_id integer NOT NULL,"
        " body text NOT NULL COLLATE NOCASE, stars integer NOT NULL)"
    )
    case.service.execute(
        "CREATE TABLE vote (number integer PRIMARY KEY, id text NOT NULL UNIQUE, review_id text NOT NULL,"
        " voter text NOT NULL, value integer NOT NULL)"
    )
    with copied(case) as migration:
        case.monolith.execute("UPDATE reviews_review SET text = 'TEXT 1' WHERE id = 1")
        _apply(migration)
        assert case.target_rows("SELECT body FROM review WHERE number = 1") == [("TEXT 1",)]
