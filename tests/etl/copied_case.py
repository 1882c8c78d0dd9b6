"""The shop with reviews and votes copied to the service."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from strangler.model.authority import Authority, Side
from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.migration import Migration
from strangler_etl.records.authority import replace_authority
from strangler_etl.values.derived_key import derived_key
from strangler_etl.verification.verification import Verification, verify
from tests.etl.reviews_case import ReviewsCase


def seed_reviews(case: ReviewsCase, reviews: int) -> None:
    """Write reviews 1 to `reviews`, each with a vote of the same number."""
    for number in range(1, reviews + 1):
        case.monolith.execute(
            f"INSERT INTO reviews_review (id, product_id, text, rating) VALUES ({number}, 1, 'text {number}', 5)"
        )
        case.monolith.execute(
            f"INSERT INTO reviews_vote (id, review_id, customer, value) VALUES ({number}, {number}, 'ann', 1)"
        )


@contextmanager
def copied(case: ReviewsCase, reviews: int = 12) -> Generator[Migration]:
    """A migration with as many reviews and votes copied."""
    seed_reviews(case, reviews)
    with case.migration() as migration:
        migration.install()
        backfill(migration, SilentProgress())
        yield migration


def tamper(migration: Migration, *statements: str) -> None:
    """Change the target behind the back of fence and journal."""
    with migration.target.transaction(applying=True):
        for statement in statements:
            migration.target.execute(statement)


def verified(migration: Migration) -> Verification:
    """Verify at the time 1000."""
    return verify(migration, SilentProgress(), lambda: 1_000.0)


def key_of(number: int, table: str = "reviews_review") -> str:
    """The target key of a source row."""
    return str(derived_key(table, str(number)))


def give_to_v2(migration: Migration) -> None:
    """Move the authority, with nobody writing."""
    service = migration.service.name
    replace_authority(migration.source, Authority(service), Authority(service, Side.V2, 2))
    with migration.source.locked(migration.source_tables, 5):
        migration.source.fence.close(migration.source_tables)
    with migration.target.transaction():
        migration.target.fence.open(migration.target_tables)
