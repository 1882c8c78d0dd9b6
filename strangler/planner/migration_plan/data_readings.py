"""What the two databases of a service show: journals, copy, follower, verification, authority."""

from __future__ import annotations

from dataclasses import replace

from strangler.model.authority import Side
from strangler.planner.follower_state import is_ended, standstill, unfollowed
from strangler.planner.migration_plan.reading import Reading, Readings, State, done, judged, missing
from strangler.planner.migration_plan.steps import Step
from strangler.planner.readiness import Condition, followed, standing
from strangler_etl.migration import Migration
from strangler_etl.records.authority import move_under_way, read_authority

DATA_STEPS = (Step.JOURNAL, Step.SEED, Step.FOLLOW, Step.VERIFY, Step.CUTOVER)
_OF_CONDITION = {"journal": Step.JOURNAL, "backfill": Step.SEED, "verification": Step.VERIFY, "follower": Step.FOLLOW}


def data_readings(migration: Migration) -> Readings:
    """Read both sides; once v2 has the authority, the move itself has seen what it depended on."""
    if lacking := unfollowed(migration):
        # The copy and its comparison remain; all that needs a follower is out of reach, whatever else is there.
        return {**_read(migration), **dict.fromkeys((Step.JOURNAL, Step.FOLLOW, Step.CUTOVER), missing(lacking))}
    return _read(migration)


def _read(migration: Migration) -> Readings:
    if migration.creations:
        return _without_tables(migration)
    if not (migration.source.installed and migration.target.installed):
        return {step: missing("strangler's tables are not installed") for step in DATA_STEPS}
    service = migration.service.name
    authority = read_authority(migration.source, service)
    move = move_under_way(authority)
    where = f"{authority.side} has the authority, epoch {authority.epoch}" + (f"; {move.found}" if move else "")
    cutover = judged(where, holds=authority.side is Side.V2 and move is None)
    if move is not None:
        cutover = replace(cutover, finish=move.command)
    if authority.side is Side.V2:
        over = dict.fromkeys(DATA_STEPS, done(f"passed by the cut-over: {where}"))
        found = standstill(migration, authority.side)
        if found and is_ended(migration, authority.side):
            over[Step.FOLLOW] = done(f"{found}; to go on with the way back: strangler journal follow {service}")
        elif found:
            over[Step.FOLLOW] = replace(missing(found), finish=f"strangler journal follow {service}")
        return {**over, Step.CUTOVER: cutover}
    conditions = (*standing(migration, Side.V2), followed(migration, Side.V2, service))
    return {**{_OF_CONDITION[item.name]: _reading(item) for item in conditions}, Step.CUTOVER: cutover}


def _without_tables(migration: Migration) -> Readings:
    """No journal can begin on missing tables; the run that creates them begins it, too."""
    service, tables = migration.service.name, ", ".join(one.table for one in migration.creations)
    found = f"its own database lacks tables: {tables}; the service's own migrations make them, or --create does"
    begun = Reading(State.OPEN, found, instead=f"strangler etl run {service} --create")
    return {**dict.fromkeys(DATA_STEPS, missing(found)), Step.JOURNAL: begun}


def _reading(condition: Condition) -> Reading:
    return judged(condition.found, holds=condition.holds)
