"""The last verification that found nothing: kept in the target, with all it stands on."""

from __future__ import annotations

from dataclasses import dataclass

from strangler_etl.engine.database import Database
from strangler_etl.mapping.mapping import ServiceMapping
from strangler_etl.mapping.selects import mapping_digest


@dataclass(frozen=True, slots=True)
class Ground:
    """What a verification stands on: it counts for as long as this is the same.

    How many gaps the journals had, as one more may be a change nobody hears of; and the mapping, by its digest.
    """

    source_gaps: int
    target_gaps: int
    mapping: str


@dataclass(frozen=True, slots=True)
class RecordedVerification:
    """Every row was equal that had not changed at v1 since `position`, nor at v2 since `target_position`.

    That is None when nothing of v2 was followed yet; `verified_at` is in seconds since 1970.
    """

    position: str
    target_position: str | None
    verified_at: float
    rows: int
    ground: Ground


def ground_of(source: Database, target: Database, mapping: ServiceMapping) -> Ground:
    """What a verification that begins now stands on."""
    return Ground(
        len(source.journal.gaps(mapping.followed)),
        len(target.journal.gaps([table.target.name for table in mapping.owned])),
        mapping_digest(source, target, mapping),
    )


def read_verification(target: Database, service: str) -> RecordedVerification | None:
    """The last clean verification of a service; None when there is none, or it was forgotten since."""
    found = target.rows(
        "SELECT position, target_position, verified_at, rows, source_gaps, target_gaps, mapping"
        f" FROM {target.own('verification')} WHERE service = {target.placeholder}",
        [service],
    )
    if not found:
        return None
    position, target_position, verified_at, rows, source_gaps, target_gaps, mapping = found[0]
    ground = Ground(int(str(source_gaps)), int(str(target_gaps)), str(mapping))
    since = None if target_position is None else str(target_position)
    return RecordedVerification(str(position), since, float(str(verified_at)), int(str(rows)), ground)


def doubt_of(
    verified: RecordedVerification | None, source: Database, target: Database, mapping: ServiceMapping
) -> str | None:
    """Why the two databases can not be taken for equal now, up to what the journals hold; None when they can."""
    if verified is None:
        return "the two databases were not found equal yet"
    ground = ground_of(source, target, mapping)
    if verified.ground == ground:
        return None
    if verified.ground.mapping != ground.mapping:
        return "the mapping was changed after the two databases were compared"
    owned = [table.target.name for table in mapping.owned]
    in_source = verified.ground.source_gaps != ground.source_gaps
    missed = source.journal.gaps(mapping.followed) if in_source else target.journal.gaps(owned)
    return f"changes may have been missed after the two databases were compared ({missed[0]})"


def replace_verification(target: Database, service: str, verified: RecordedVerification) -> None:
    """Remember a clean verification instead of the one before."""
    ground = verified.ground
    values = (verified.position, verified.target_position, verified.verified_at, verified.rows)
    with target.transaction():
        forget_verification(target, service)
        target.execute(
            f"INSERT INTO {target.own('verification')}"
            " (service, position, target_position, verified_at, rows, source_gaps, target_gaps, mapping)"
            f" VALUES ({', '.join([target.placeholder] * 8)})",
            [service, *values, ground.source_gaps, ground.target_gaps, ground.mapping],
        )


def forget_verification(target: Database, service: str) -> None:
    """Forget the last clean verification of a service."""
    target.execute(f"DELETE FROM {target.own('verification')} WHERE service = {target.placeholder}", [service])
