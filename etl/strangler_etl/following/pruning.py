"""Deletes from the journals what nobody needs any more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from strangler_etl.errors import VerificationError
from strangler_etl.migration import Migration
from strangler_etl.records.verification import doubt_of, read_verification


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many changes were deleted from both journals, and how many they still hold of the service's tables."""

    source: int
    target: int
    source_left: int
    target_left: int


def prune(migration: Migration, shared: Collection[str]) -> Pruned:
    """Delete what the last clean verification has seen; `shared` are source tables that other services follow, too.

    A change is needed until it was applied to the other side, and until it was compared there. Both are true of what
    comes before the position of a verification. Raises VerificationError when none counts.
    """
    source, target, mapping = migration.source, migration.target, migration.mapping
    verified = read_verification(target, mapping.service)
    doubt = doubt_of(verified, source, target, mapping)
    if verified is None or doubt is not None:
        raise VerificationError(mapping.service, doubt or "")
    own = sorted(set(mapping.followed) - set(shared))
    from_source = source.journal.forget(verified.position, own)
    from_target = 0
    if verified.target_position is not None:
        from_target = target.journal.forget(verified.target_position, migration.target_tables)
    return Pruned(
        from_source,
        from_target,
        source.journal.length(mapping.followed),
        target.journal.length(migration.target_tables),
    )
