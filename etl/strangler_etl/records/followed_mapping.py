"""The mapping by which changes are applied to either side; the follower records it in the target for others to read."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from strangler_etl.engine.database import Database
from strangler_etl.mapping.mapping import ServiceMapping
from strangler_etl.mapping.selects import mapping_digest
from strangler_etl.records.streams import backward_stream, forward_stream, read_position


@dataclass(frozen=True, slots=True)
class FollowedMapping:
    """The mapping of the follower that started last, by its `digest`.

    `forward` and `backward` are the positions of both streams up to which another mapping applied changes before; None
    where there was none, or it had applied nothing.
    """

    digest: str
    forward: str | None = None
    backward: str | None = None


_DECODER = msgspec.json.Decoder(FollowedMapping)


def read_followed_mapping(target: Database, service: str) -> FollowedMapping | None:
    """The mapping by which a service is followed; None where no follower has recorded one."""
    found = read_position(target, _name(service)).position
    return None if found is None else _DECODER.decode(found)


def note_followed_mapping(source: Database, target: Database, mapping: ServiceMapping) -> None:
    """Record the mapping by which changes are applied from now on; call it before the first of them."""
    digest, known = mapping_digest(source, target, mapping), read_followed_mapping(target, mapping.service)
    if known is not None and known.digest == digest:
        return
    new = FollowedMapping(digest)
    if known is not None:
        forward = read_position(target, forward_stream(mapping.service)).position
        new = FollowedMapping(digest, forward, read_position(source, backward_stream(mapping.service)).position)
    text, table, mark = msgspec.json.encode(new).decode(), target.own("stream_position"), target.placeholder
    with target.transaction():
        target.execute(f"DELETE FROM {table} WHERE stream = {mark}", [_name(mapping.service)])
        columns = ("stream", "position", "read_at")
        target.execute(target.insert_new(table, columns, "stream"), [_name(mapping.service), text, 0])


def is_followed_otherwise(source: Database, target: Database, mapping: ServiceMapping) -> bool:
    """Whether the follower that started last works by another mapping."""
    known = read_followed_mapping(target, mapping.service)
    return known is not None and known.digest != mapping_digest(source, target, mapping)


def brought_by_older(
    source: Database, target: Database, service: str, position: str | None, target_position: str | None
) -> bool:
    """Whether an earlier mapping applied changes behind these positions of the journals of v1 and v2."""
    known = read_followed_mapping(target, service)
    if known is None:
        return False
    return _is_later(source, known.forward, position) or _is_later(target, known.backward, target_position)


def _is_later(origin: Database, position: str | None, other: str | None) -> bool:
    if position is None or position == other:
        return False
    # Two snapshots may differ although neither is known to be behind the other.
    return other is None or not origin.journal.is_behind(position, other)


def _name(service: str) -> str:
    return f"{service}:mapping"
