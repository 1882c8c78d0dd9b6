"""What a move stands on: it is looked at before the move, and once more when nobody can write."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import pytest

from strangler.model.authority import Authority, Side
from strangler.planner.move import Move
from strangler.planner.move_errors import MoveAbortedError
from strangler.planner.readiness import Condition, NotReadyError, Readiness
from strangler.planner.touched_rows import TouchedRows
from strangler.project_reader import parse_project
from strangler_etl.copying.cleaning import clean
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration, mapping_of
from strangler_etl.records.streams import end_stream, forward_stream, note_trouble
from strangler_gateway.admin.messages import GatewayStatus, ServiceStatus
from strangler_gateway.in_flight import InFlight
from strangler_gateway.metrics.applications import ApplicationStatus
from tests.etl.copied_case import copied, give_to_v2, verified
from tests.etl.reviews_case import PROJECT, ReviewsCase
from tests.planner.test_move import Gateway, Steps

V1 = Authority("reviews")


@pytest.fixture
def migration(case: ReviewsCase) -> Generator[Migration]:
    """Everything copied, followed and found equal."""
    with copied(case) as opened:
        assert verified(opened).clean
        yield opened


def _gateway(sides: tuple[Side, ...] = tuple(Side)) -> GatewayStatus:
    known = ServiceStatus("reviews", Side.V1, 1, None, InFlight(), {}, sides)
    return GatewayStatus(7, "plan", {"reviews": known})


def _readiness(migration: Migration, *statuses: GatewayStatus, force: bool = False) -> Readiness:
    return Readiness(migration, lambda: statuses or (_gateway(),), force=force)


def test_a_service_that_was_copied_followed_and_verified_is_ready(migration: Migration) -> None:
    """There is nothing to ask for."""
    readiness = _readiness(migration)
    readiness.require(V1, Side.V2)
    readiness.require_still(Side.V2)


def test_a_v2_that_fails_at_a_gateway_gets_no_writes(migration: Migration) -> None:
    """Until now v1 answered in its place; a monolith whose breaker is open is no reason to keep the writes there."""
    failing = replace(_gateway(), applications={"reviews": ApplicationStatus(breaker_open=True)})
    with pytest.raises(NotReadyError, match="v2 fails: its breaker is open"):
        _readiness(migration, failing).require(V1, Side.V2)
    others = replace(_gateway(), applications={"monolith": ApplicationStatus(breaker_open=True)})
    _readiness(migration, others).require(V1, Side.V2)


def test_a_follower_that_stands_still_says_why(migration: Migration) -> None:
    """To start another one mends nothing."""
    table, stream = migration.target.own("stream_position"), forward_stream("reviews")
    migration.target.execute(f"UPDATE {table} SET read_at = read_at - 60 WHERE stream = '{stream}'")
    note_trouble(migration.source, "reviews", "v2 refuses a row", 1_000.0)
    with pytest.raises(NotReadyError, match="s behind, and stands still: v2 refuses a row; once"):
        _readiness(migration).require(V1, Side.V2)


def test_without_a_way_back_there_is_no_rollback(migration: Migration) -> None:
    """Not even by force: v1 would not know what v2 has written."""
    one_way = replace(migration, mapping=replace(migration.mapping, way_back=False))
    assert verified(one_way).clean
    _readiness(one_way).require(V1, Side.V2)
    give_to_v2(one_way)
    with pytest.raises(NotReadyError, match="follower: what v2 writes does not go back to v1"):
        _readiness(one_way, force=True).require(replace(V1, side=Side.V2, epoch=2), Side.V1)


def test_a_journal_that_was_interrupted_makes_the_verification_void(migration: Migration) -> None:
    """Somebody may have written while there was none, though it is there again."""
    table = migration.source_tables[0]
    migration.source.journal.remove([table])
    with pytest.raises(NotReadyError, match=f"journal: {table} has no journal"):
        _readiness(migration).require(V1, Side.V2)
    migration.source.journal.install(migration.mapping.journaled_source)
    with pytest.raises(NotReadyError, match=rf"changes may have been missed .*\({table}: its journal began\)"):
        _readiness(migration).require(V1, Side.V2)
    verified(migration)
    _readiness(migration).require(V1, Side.V2)


def test_a_journal_that_is_interrupted_while_rows_are_compared_makes_the_verification_void(
    migration: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verification stands on what was true when it began."""
    original = type(migration.target).snapshot

    def interrupted(_self: object) -> object:
        monkeypatch.undo()
        migration.source.journal.remove(migration.source_tables)
        migration.source.journal.install(migration.mapping.journaled_source)
        return original(migration.target)

    monkeypatch.setattr(type(migration.target), "snapshot", interrupted)
    assert verified(migration).clean
    with pytest.raises(NotReadyError, match="changes may have been missed"):
        _readiness(migration).require(V1, Side.V2)


def test_a_mapping_that_has_changed_makes_the_verification_void(migration: Migration) -> None:
    """What was copied before is as the old mapping says."""
    changed = parse_project(PROJECT.replace("<> 'secret'", "<> 'lamp'"))
    mapping = mapping_of(changed, changed.services["reviews"], migration.source, migration.target)
    with pytest.raises(NotReadyError, match="the mapping was changed after the two databases were compared"):
        _readiness(replace(migration, mapping=mapping)).require(V1, Side.V2)


def test_a_gateway_without_upstreams_of_the_destination_stops_the_move(migration: Migration) -> None:
    """It would refuse the new authority when the old side is closed already."""
    with pytest.raises(NotReadyError, match="has no upstreams of v2"):
        _readiness(migration, _gateway((Side.V1,))).require(V1, Side.V2)


def test_a_move_that_is_forced_stands_on_what_else_was_true(migration: Migration) -> None:
    """Force is for what did not hold when it was said."""
    readiness = _readiness(migration, _gateway((Side.V1,)), force=True)
    readiness.require(V1, Side.V2)
    readiness.require_still(Side.V2)
    migration.source.journal.remove(migration.source_tables)
    with pytest.raises(NotReadyError, match="has no journal"):
        readiness.require_still(Side.V2)


def test_what_a_run_has_taken_away_is_back_before_the_authority_moves(migration: Migration) -> None:
    """Also where force is used: no run and no clean makes a foreign key again when v2 has the authority."""
    target = migration.target
    target.execute(
        f"INSERT INTO {target.own('dropped_reference')} (service, table_name, name, parent, orphans)"
        " VALUES ('reviews', 'vote', 'vote_review', 'review', 'false')"
    )
    with pytest.raises(NotReadyError, match="backfill: foreign keys are to be made again: vote_review"):
        _readiness(migration, force=True).require(V1, Side.V2)


def test_a_copy_that_is_cleaned_after_the_conditions_were_found_to_hold_does_not_get_the_authority(
    case: ReviewsCase, migration: Migration
) -> None:
    """An empty service would be compared with what has changed since only, and found equal."""
    told: list[str] = []
    with case.migration() as other:

        def cleaned(_compared: Migration, _leaving: Side) -> int:
            if not told:
                told.append("cleaned")
                clean(other)
            return 0

        move = Move(
            migration=migration,
            gateways=Gateway(),
            destination=Side.V2,
            routes=(),
            conditions=_readiness(migration),
            verify=cleaned,
            timer=Steps(),
            report=lambda _moment: None,
        )
        with pytest.raises(MoveAbortedError, match="backfill: not finished"):
            move.run()


def test_the_way_back_asks_for_the_same(migration: Migration) -> None:
    """Of what v2 has written, nothing may be missed either."""
    give_to_v2(migration)
    v2 = Authority("reviews", Side.V2, 2)
    apply_forward(migration.source, migration.target, migration.mapping)
    readiness = _readiness(migration, force=True)
    readiness.require(v2, Side.V1)
    readiness.require_still(Side.V1)
    TouchedRows().verify(migration, Side.V2)
    migration.target.journal.remove(migration.target_tables)
    migration.target.journal.install(migration.mapping.journaled_target)
    with pytest.raises(NotReadyError, match="changes may have been missed"):
        readiness.require_still(Side.V1)


def test_a_way_back_whose_changes_were_deleted_is_closed_with_force_too(migration: Migration) -> None:
    """Whatever a follower that took it up again has brought since; only comparing every row opens it."""
    give_to_v2(migration)
    apply_forward(migration.source, migration.target, migration.mapping)
    end_stream(migration.source, "reviews:v2", 1_000.0)
    readiness = _readiness(migration, force=True)
    refused = "way back: what v2 had written until 1970-01-01 00:16 UTC was deleted"
    with pytest.raises(NotReadyError, match=refused):
        readiness.require(Authority("reviews", Side.V2, 2), Side.V1)
    with pytest.raises(NotReadyError, match=refused):
        readiness.require_still(Side.V1)


def test_routes_that_would_fail_stop_a_move_until_somebody_accepts_that(migration: Migration) -> None:
    """Force alone is no such word: it is said for something else."""
    failing = Condition("routes on v1", holds=False, found="1 route stays", waivable=False)

    def readiness(*waived: str) -> Readiness:
        return Readiness(migration, lambda: (_gateway(),), force=True, further=(failing,), waived=waived)

    with pytest.raises(NotReadyError, match="routes on v1: 1 route stays"):
        readiness().require(V1, Side.V2)
    readiness("routes on v1").require(V1, Side.V2)
