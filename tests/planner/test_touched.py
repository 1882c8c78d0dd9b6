"""The rows that have changed are compared before anybody waits, and once more under the lock."""

from __future__ import annotations

import pytest

from strangler.model.authority import MoveStep, Side
from strangler.planner.move import Move
from strangler.planner.touched import RowsDifferError, TouchedRows
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority
from tests.etl.copied_case import copied, tamper, verified
from tests.etl.reviews_case import ReviewsCase
from tests.planner.test_move import Gateway, Steps, Unconditional


def _move(migration: Migration, gateway: Gateway, told: list[str], destination: Side = Side.V2) -> Move:
    return Move(
        migration=migration,
        gateways=gateway,
        destination=destination,
        routes=(),
        conditions=Unconditional(),
        verify=TouchedRows().verify,
        timer=Steps(),
        report=lambda moment: told.append(f"{moment.name} {moment.figures}".strip()),
    )


def test_what_was_compared_before_the_hold_is_not_compared_under_the_lock(case: ReviewsCase) -> None:
    """The pause does not grow with what has changed since the last full verification, or since the last move."""
    with copied(case) as migration:
        verified(migration)
        case.monolith.execute("UPDATE reviews_review SET text = 'newer' WHERE id <= 5")
        told: list[str] = []
        _move(migration, Gateway(), told).run()
        assert told[0] == "close 5 rows behind, 5 rows changed on v1, equal on v2"
        assert "verify 0 rows changed on v1, equal on v2" in told
        case.service.execute("UPDATE review SET body = 'newest' WHERE number <= 7")
        told.clear()
        _move(migration, Gateway(Side.V2, 2), told, Side.V1).run()
        assert told[0] == "close 7 rows behind, 7 rows changed on v2, equal on v1"
        assert "verify 0 rows changed on v2, equal on v1" in told


def test_a_difference_is_found_before_anybody_waits(case: ReviewsCase) -> None:
    """Nothing is held, and nothing has begun."""
    with copied(case) as migration:
        verified(migration)
        case.monolith.execute("UPDATE reviews_review SET text = 'newer' WHERE id = 1")
        apply_forward(migration.source, migration.target, migration.mapping)
        tamper(migration, "UPDATE review SET body = 'wrong' WHERE number = 1")
        gateway = Gateway()
        with pytest.raises(RowsDifferError, match="1 touched rows differ, the first is"):
            _move(migration, gateway, []).run()
        assert "hold" not in gateway.calls
        assert read_authority(migration.source, "reviews").step is MoveStep.SETTLED
