"""How far the follower is behind the side with the authority, and why it has stopped, for commands that ask."""

from __future__ import annotations

from datetime import UTC, datetime

from strangler.model.authority import Side
from strangler.planner.readiness import FOLLOWER_SECONDS, OTHER_MAPPING
from strangler_etl.engine.database import StreamPosition
from strangler_etl.engine.journal_position import parsed_position
from strangler_etl.errors import PutBackError
from strangler_etl.migration import Migration
from strangler_etl.records.followed_mapping import is_followed_otherwise
from strangler_etl.records.streams import (
    backward_stream,
    follower_ended,
    forward_stream,
    read_position,
    read_trouble,
    stream_given_up,
)

_CLOCKS = 1.0
"""Seconds of tolerance, because the two databases have clocks of their own."""


def lag_of(migration: Migration, side: Side) -> float | None:
    """How many seconds the other side is behind the one with the authority.

    None where no follower follows it, is meant to, or can since the side was restored: `standstill` says why.
    """
    if side is Side.V1 and unfollowed(migration) is not None:
        return None
    try:
        return _lag(migration, side)
    except PutBackError:
        return None


def _lag(migration: Migration, side: Side) -> float | None:
    if side is Side.V2 and one_way(migration) is not None:
        return None
    origin = migration.source if side is Side.V1 else migration.target
    position = _position(migration, side)
    if position.position is None:
        return None
    mapping = migration.mapping
    tables = mapping.journaled_source if side is Side.V1 else mapping.journaled_returning
    with origin.snapshot():
        origin.journal.require_unpruned(position.position, [table.name for table in tables])
        return round(origin.journal.changes(position.position, ()).read_at - position.read_at, 3)


def standstill(migration: Migration, side: Side) -> str | None:
    """Why the writes of the side with the authority do not reach the other; None where they do, or are not meant to."""
    trouble = read_trouble(migration.source, migration.service.name)
    if trouble is not None:
        return f"the follower stands still: {trouble}"
    if (one_way if side is Side.V2 else unfollowed)(migration) is not None:
        return None
    try:
        lag = _lag(migration, side)
    except PutBackError as error:
        return f"the follower cannot go on: {error.of(migration.service.name)}"
    ended = ended_in_order(migration, side)
    if lag is None or lag < FOLLOWER_SECONDS:
        otherwise = ended is None and is_followed_otherwise(migration.source, migration.target, migration.mapping)
        return f"the follower {OTHER_MAPPING}" if lag is not None and otherwise else None
    if ended is not None:
        until = datetime.fromtimestamp(ended, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        for_good = ", as is right before v1 is retired" if side is Side.V2 else ""
        return f"the follower was ended at {until}, as it was told to{for_good}: nothing goes from {side} since then"
    in_part = parsed_position(str(_position(migration, side).position)).part is not None
    why = "catches up batch by batch, unless it has died" if in_part else "has not said why: it may have died"
    return f"the follower is {lag:.1f} s behind {side}, and {why}"


def ended_in_order(migration: Migration, side: Side) -> float | None:
    """When the follower that ran last was told to end, in seconds since 1970; None where it runs, or died.

    If the stream has moved since, another follower has run.
    """
    service = migration.service.name
    ended = follower_ended(migration.source, service)
    return ended if ended is not None and _position(migration, side).read_at <= ended + _CLOCKS else None


def _position(migration: Migration, side: Side) -> StreamPosition:
    """How far one side's writes are applied to the other."""
    service = migration.service.name
    if side is Side.V1:
        return read_position(migration.target, forward_stream(service))
    return read_position(migration.source, backward_stream(service))


def is_ended(migration: Migration, side: Side) -> bool:
    """Whether the follower ended because somebody wanted it to, and nothing is wrong."""
    trouble = read_trouble(migration.source, migration.service.name)
    return trouble is None and ended_in_order(migration, side) is not None


def unfollowed(migration: Migration) -> str | None:
    """Why no follower can bring what v1 writes to v2; None where one can."""
    return migration.source.journal.lacking


def one_way(migration: Migration) -> str | None:
    """Why nothing goes from v2 to v1; None where it does."""
    if not migration.mapping.way_back:
        return f"nothing goes back: way_back = false in [etl.{migration.service.name}]"
    if stream_given_up(migration.source, backward_stream(migration.service.name)) is not None:
        return "nothing goes back: journal follow --no-way-back"
    return None
