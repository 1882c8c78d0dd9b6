"""Deletes from the journals what nobody needs any more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from strangler.model.authority import Side
from strangler_etl.engine.database import StreamPosition
from strangler_etl.errors import StalePositionError, VerificationError, WayBackError
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority, settled_authority
from strangler_etl.records.publications import is_unpublished, note_pruned, read_published
from strangler_etl.records.streams import advance_position, backward_stream, end_stream, read_position, stream_given_up
from strangler_etl.records.verification import doubt_of, read_verification


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many changes were deleted from both journals, and how many they still hold of the service's tables."""

    source: int
    target: int
    source_left: int
    target_left: int


def prune(migration: Migration, shared: Collection[str], *, end_way_back: bool = False) -> Pruned:
    """Delete what the last clean verification has seen; `shared` are source tables that other services follow, too.

    A change is needed until it has been applied to the other side and compared there. Both hold for everything before
    the position of a verification. Where the service's events are published, it is needed until then, too. Raises
    VerificationError when no verification counts. `end_way_back` also deletes what v2 wrote and nobody brings to v1;
    raises WayBackError while somebody may.
    """
    source, target, mapping = migration.source, migration.target, migration.mapping
    verified = read_verification(target, mapping.service)
    doubt = doubt_of(verified, source, target, mapping)
    if verified is None or doubt is not None:
        raise VerificationError(mapping.service, doubt or "")
    own = sorted(set(mapping.followed) - set(shared))
    from_source = from_target = 0
    published = read_published(target, mapping.service)
    since = published.of(Side.V1).since
    if since is not None:
        note_pruned(source, mapping.service, verified.position, since)
    if not is_unpublished(published, Side.V1):
        from_source = source.journal.forget(verified.position, own, published=since)
    if verified.target_position is not None and not is_unpublished(published, Side.V2):
        from_target = target.journal.forget(
            verified.target_position, migration.target_tables, published=published.of(Side.V2).since
        )
    if end_way_back:
        from_target += _end_way_back(migration)
    return Pruned(
        from_source,
        from_target,
        source.journal.length(mapping.followed),
        target.journal.length(migration.target_tables),
    )


def _end_way_back(migration: Migration) -> int:
    """Delete what v2 has written and nobody will bring to v1; return how many changes were deleted.

    A note that the way back lacks them is on disk before they are gone: a follower continues behind them, and
    `stream_ended` says so until both sides have been compared completely. Raises WayBackError while somebody may still
    bring them, AuthorityError during a move.
    """
    source, target, service = migration.source, migration.target, migration.mapping.service
    stream, side = backward_stream(service), read_authority(source, service).side
    while True:
        known = read_position(source, stream)
        with target.snapshot():
            now = target.journal.changes(None, ())
        try:
            with settled_authority(source, service, side, "journal prune"):
                if migration.mapping.way_back and stream_given_up(source, stream) is None:
                    raise WayBackError(service)
                # Nobody has read them, so the time of the last reading stays.
                position = now.position
                advance_position(source, stream, known, StreamPosition(position, known.read_at))
                end_stream(source, stream, now.read_at)
        except StalePositionError:
            continue
        published = read_published(target, service)
        if is_unpublished(published, Side.V2):
            return 0
        return target.journal.forget(position, migration.target_tables, published=published.of(Side.V2).since)
