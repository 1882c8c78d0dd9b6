"""Whether somebody still writes to the side of a service that the fence keeps closed: each such write is an error."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.authority import Side
from strangler.model.quantity import quantity
from strangler_etl.examination.finding import Finding, warning
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority

RECENT_SECONDS = 86_400.0
"""A day: what writes once a night is noticed, and a writer that was mended is forgotten."""
_MEND = (
    'see who writes: the log of the server has "strangler: the table ... may not be written here", each with its'
    " statement; let that ask the other side, or end it"
)


def refused_writes(migration: Migration, now: float) -> Iterator[Finding]:
    """What the closed side has refused lately, by the last write; `now` is in seconds since 1970."""
    source, target = migration.source, migration.target
    if not (source.installed and target.installed):
        return
    if read_authority(source, migration.service.name).side is Side.V2:
        closed, database, tables = Side.V1, source, migration.source_tables
    else:
        closed, database, tables = Side.V2, target, migration.target_tables
    refused = database.fence.refused()
    if refused is None or refused.table not in tables or now - refused.last_at > RECENT_SECONDS:
        return
    ago = max(0.0, now - refused.last_at) / 60
    of_all = f"{quantity(refused.count, 'write')} in all"
    found = f"{closed} has refused {of_all}, the last one {ago:.0f} minutes ago, to {refused.table}"
    yield warning("refused writes", found, _MEND)
