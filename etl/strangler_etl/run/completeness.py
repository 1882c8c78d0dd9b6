"""Whether the copy of a service is complete: every row, and every index and key that was dropped during the copy."""

from __future__ import annotations

from strangler_etl.engine.database import Database
from strangler_etl.errors import BackfillError
from strangler_etl.mapping.mapping import ServiceMapping
from strangler_etl.records.checkpoint import require_backfilled
from strangler_etl.run.copied_keys import require_copied_keys
from strangler_etl.run.indexes import dropped_indexes
from strangler_etl.run.keys import keys_away
from strangler_etl.run.references import dropped_references


def require_complete(target: Database, mapping: ServiceMapping) -> None:
    """Raise BackfillError, which names what is missing, unless the copy is complete."""
    require_backfilled(target, mapping)
    require_copied_keys(target, mapping)
    if away := taken_away(target, mapping.service):
        raise BackfillError(mapping.service, away, f"run: strangler etl run {mapping.service}")


def taken_away(target: Database, service: str) -> str | None:
    """What a run has dropped and not made again, in words for users; None where nothing is."""
    for kind, names in (
        ("keys", [key.name for key in keys_away(target, service)]),
        ("indexes", dropped_indexes(target, service)),
        ("foreign keys", [reference.name for reference in dropped_references(target, service)]),
    ):
        if names:
            return f"{kind} are to be made again: {', '.join(names)}"
    return None
