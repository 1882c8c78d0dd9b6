"""The last verification that found nothing: kept in the target, with all it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from strangler.model.authority import Side
from strangler_etl.engine.database import Database
from strangler_etl.mapping.mapping import ServiceMapping
from strangler_etl.mapping.selects import mapping_digest
from strangler_etl.records.followed_mapping import brought_by_older


@dataclass(frozen=True, slots=True)
class Ground:
    """What a verification stands on: it counts as long as this stays the same.

    That is the number of gaps of the journals, since one more may hide a change; the digest of the mapping; and the
    fingerprint of each table of either side (see `Database.fingerprints`).
    """

    source_gaps: int
    target_gaps: int
    mapping: str
    source_tables: Mapping[str, str]
    target_tables: Mapping[str, str]

    @property
    def digest(self) -> str:
        """A text that is another one when any of it is."""
        tables = [sorted(each.items()) for each in (self.source_tables, self.target_tables)]
        return sha256(repr((self.source_gaps, self.target_gaps, self.mapping, tables)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class RecordedVerification:
    """Every row that v1 had not changed since `position`, nor v2 since `target_position`, was equal.

    The latter is None when nothing of v2 was followed yet; `verified_at` is in seconds since 1970.
    """

    position: str
    target_position: str | None
    verified_at: float
    rows: int
    ground: Ground


def ground_of(source: Database, target: Database, mapping: ServiceMapping) -> Ground:
    """What a verification that begins now stands on."""
    written = sorted({table.target.name for table in mapping.tables})
    return Ground(
        len(source.journal.gaps(mapping.followed)),
        len(target.journal.gaps([table.target.name for table in mapping.owned])),
        mapping_digest(source, target, mapping),
        source.fingerprints(mapping.followed, mapping.mentioned),
        target.fingerprints(written, mapping.mentioned),
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
    tables = (_read_fingerprints(target, service, side) for side in Side)
    ground = Ground(int(str(source_gaps)), int(str(target_gaps)), str(mapping), *tables)
    since = None if target_position is None else str(target_position)
    return RecordedVerification(str(position), since, float(str(verified_at)), int(str(rows)), ground)


def doubt_of(
    verified: RecordedVerification | None, source: Database, target: Database, mapping: ServiceMapping
) -> str | None:
    """Why the two databases cannot be taken for equal now, up to what the journals hold; None when they can."""
    if verified is None:
        return "the two databases were not found equal yet"
    ground = ground_of(source, target, mapping)
    if verified.ground == ground:
        older = brought_by_older(source, target, mapping.service, verified.position, verified.target_position)
        return "a follower brought rows by an older mapping after the two databases were compared" if older else None
    if verified.ground.mapping != ground.mapping:
        return "the mapping was changed after the two databases were compared"
    if altered := _altered(verified.ground, ground):
        return f"{altered} was made anew, rewritten or emptied after the two databases were compared"
    owned = [table.target.name for table in mapping.owned]
    in_source = verified.ground.source_gaps != ground.source_gaps
    missed = source.journal.gaps(mapping.followed) if in_source else target.journal.gaps(owned)
    return f"changes may have been missed after the two databases were compared ({missed[0]})"


def replace_verification(target: Database, service: str, verified: RecordedVerification) -> None:
    """Store a clean verification in place of the one before."""
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
        for side, tables in ((Side.V1, ground.source_tables), (Side.V2, ground.target_tables)):
            for table, fingerprint in tables.items():
                target.execute(
                    f"INSERT INTO {target.own('verified_table')} (service, side, table_name, fingerprint)"
                    f" VALUES ({', '.join([target.placeholder] * 4)})",
                    [service, side.value, table, fingerprint],
                )


def forget_verification(target: Database, service: str) -> None:
    """Forget the last clean verification of a service."""
    for name in ("verification", "verified_table"):
        target.execute(f"DELETE FROM {target.own(name)} WHERE service = {target.placeholder}", [service])


def _read_fingerprints(target: Database, service: str, side: Side) -> Mapping[str, str]:
    mark = target.placeholder
    found = target.rows(
        f"SELECT table_name, fingerprint FROM {target.own('verified_table')} WHERE service = {mark} AND side = {mark}",
        [service, side.value],
    )
    return {str(table): str(fingerprint) for table, fingerprint in found}


def _altered(before: Ground, now: Ground) -> str | None:
    """A table that differs from what it was, with its side."""
    for side, was, is_ in (
        (Side.V1, before.source_tables, now.source_tables),
        (Side.V2, before.target_tables, now.target_tables),
    ):
        for table in sorted({*was, *is_}):
            if was.get(table) != is_.get(table):
                return f"{table} of {side}"
    return None
