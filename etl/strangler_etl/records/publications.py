"""How far the journals of a service are published: kept in the service's own database, beside the streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from strangler.model.authority import Side
from strangler_etl.engine.database import Database, StreamPosition
from strangler_etl.records.streams import advance_position, read_position


@dataclass(frozen=True, slots=True)
class SidePublished:
    """How far the journal of one side is published: completely, for what was committed by the position `since`.

    Of what was committed between `since` and `until`, the records up to the number `after` are published. `gaps` is
    how many gaps of the journal are known and dealt with. `epoch` is that of the authority when the journal was last
    published completely. `lives` is how often its database was restored to an earlier state: later records may reuse
    numbers that were published before.
    """

    since: str | None = None
    until: str | None = None
    after: int = 0
    gaps: int = 0
    epoch: int = 1
    lives: int = 0


@dataclass(frozen=True, slots=True)
class OpenReplay:
    """A replay of all rows that has begun: how far it is, and which changes it replaces.

    `id` identifies it. It may be limited to one `table`, the row with a `key`, and one `recipient`. It reads `side`,
    while the authority has `epoch`. What consumers were told before the number `begun` is older than the replay. `gaps`
    are the numbers of gaps of each journal; changes up to the positions `told` are no longer published one by one, and
    the databases of the sides in `put_back` were restored. It has reached the table at `place`, behind the key `after`.
    """

    id: str
    key: str | None
    recipient: str | None
    side: Side
    epoch: int
    begun: int
    gaps: Mapping[Side, int]
    told: Mapping[Side, str]
    put_back: tuple[Side, ...] = ()
    place: int = 0
    after: str | None = None
    events: int = 0
    gone: int = 0
    left_out: int = 0
    examples: tuple[str, ...] = ()
    table: str | None = None


_REPLAYS = msgspec.json.Decoder(OpenReplay)
_DECODER = msgspec.json.Decoder(dict[Side, SidePublished])


@dataclass(frozen=True, slots=True)
class Published:
    """How far both journals are published; `stored` is the state in the database."""

    sides: Mapping[Side, SidePublished]
    stored: StreamPosition

    def of(self, side: Side) -> SidePublished:
        """How far the journal of a side is published."""
        return self.sides.get(side, SidePublished())

    @property
    def epoch(self) -> int:
        """The authority's epoch when one side was last published completely, and the other as far as it came before."""
        return max((one.epoch for one in self.sides.values()), default=1)

    def moved(self, side: Side, to: SidePublished) -> Published:
        """The same with one side moved on to `to`; `stored` stays the state it was moved from."""
        return replace(self, sides={**self.sides, side: to})


def publication_stream(service: str) -> str:
    """The name of the publication's position among those of streams."""
    return f"{service}:events"


def read_published(target: Database, service: str) -> Published:
    """How far the service's journals are published."""
    stored = read_position(target, publication_stream(service))
    return Published({} if stored.position is None else _DECODER.decode(stored.position), stored)


def kept_published(target: Database, service: str) -> Published:
    """How far they are published, in a transaction that publishes; nobody else publishes until it ends."""
    stream, table, mark = publication_stream(service), target.own("stream_position"), target.placeholder
    target.execute(target.insert_new(table, ("stream", "position", "read_at"), "stream"), [stream, None, 0])
    target.rows(f"SELECT position FROM {table} WHERE stream = {mark}{target.taken_rows}", [stream])
    return read_published(target, service)


def forget_published(target: Database, service: str) -> None:
    """Forget how far they are: publishing starts over, and journals are no longer kept for it."""
    table, mark = target.own("stream_position"), target.placeholder
    target.execute(f"DELETE FROM {table} WHERE stream = {mark}", [publication_stream(service)])
    note_stop(target, service, None, 0.0)
    note_replay(target, service, None)
    note_left_out(target, service, ())
    note_published_by(target, service, None)


def note_stop(target: Database, service: str, what: str | None, at: float) -> None:
    """Record what has stopped the publisher since a time, in seconds since 1970; None where nothing does."""
    table, mark, stream = target.own("stream_position"), target.placeholder, _stopped(service)
    target.execute(f"DELETE FROM {table} WHERE stream = {mark}", [stream])
    if what is not None:
        target.execute(target.insert_new(table, ("stream", "position", "read_at"), "stream"), [stream, what, at])


def publication_stop(target: Database, service: str) -> str | None:
    """What has stopped the publisher, as it recorded itself; None where nothing has."""
    return read_position(target, _stopped(service)).position


def note_published_by(target: Database, service: str, digest: str | None) -> None:
    """Note by which mapping and document a publisher that runs publishes, by their digest; None where none runs."""
    table, mark, stream = target.own("stream_position"), target.placeholder, _published_by(service)
    with target.transaction():
        target.execute(f"DELETE FROM {table} WHERE stream = {mark}", [stream])
        if digest is not None:
            target.execute(target.insert_new(table, ("stream", "position", "read_at"), "stream"), [stream, digest, 0])


def published_by(target: Database, service: str) -> str | None:
    """By which mapping and document the publisher publishes that began last; None where that is not known."""
    return read_position(target, _published_by(service)).position


def read_replay(target: Database, service: str) -> OpenReplay | None:
    """The replay of all rows that has begun and not ended."""
    found = read_position(target, _replay(service)).position
    return None if found is None else _REPLAYS.decode(found)


def note_replay(target: Database, service: str, replay: OpenReplay | None) -> None:
    """Record how far a replay of all rows is, in the transaction that publishes it; None where there is none."""
    table, mark, stream = target.own("stream_position"), target.placeholder, _replay(service)
    target.execute(f"DELETE FROM {table} WHERE stream = {mark}", [stream])
    if replay is not None:
        text = msgspec.json.encode(replay).decode()
        target.execute(target.insert_new(table, ("stream", "position", "read_at"), "stream"), [stream, text, 0])


def note_pruned(source: Database, service: str, verified: str, published: str) -> None:
    """Record in the database of v1 that its journal no longer holds what both positions include."""
    position = verified if source.journal.is_behind(verified, published) else published
    known = read_pruned(source, service)
    if known is not None and not source.journal.is_behind(known, position):
        return
    table, mark, stream = source.own("stream_position"), source.placeholder, _pruned(service)
    with source.transaction():
        source.execute(f"DELETE FROM {table} WHERE stream = {mark}", [stream])
        source.execute(source.insert_new(table, ("stream", "position", "read_at"), "stream"), [stream, position, 0])


def read_pruned(source: Database, service: str) -> str | None:
    """The position up to which the journal of v1 no longer holds what is published; None where it holds all."""
    return read_position(source, _pruned(service)).position


def is_pruned(database: Database, service: str, known: SidePublished) -> bool:
    """Whether a journal no longer holds what is to be published, as its position was restored to an earlier one."""
    pruned = read_pruned(database, service)
    return pruned is not None and (known.since is None or database.journal.is_behind(known.since, pruned))


def forget_pruned(source: Database, service: str) -> None:
    """Forget that the journal of v1 was pruned: a publisher that starts over begins with what it holds."""
    table, mark = source.own("stream_position"), source.placeholder
    source.execute(f"DELETE FROM {table} WHERE stream = {mark}", [_pruned(service)])


def _pruned(service: str) -> str:
    return f"{publication_stream(service)}:pruned"


def read_left_out(target: Database, service: str) -> Sequence[str]:
    """The ids of events that are left out for good."""
    found = read_position(target, _left_out(service)).position
    return () if found is None else msgspec.json.decode(found, type=tuple[str, ...])


def note_left_out(target: Database, service: str, events: Sequence[str]) -> None:
    """Record the ids of all events that are left out for good, in a transaction."""
    table, mark, stream = target.own("stream_position"), target.placeholder, _left_out(service)
    target.execute(f"DELETE FROM {table} WHERE stream = {mark}", [stream])
    if events:
        text = msgspec.json.encode(events).decode()
        target.execute(target.insert_new(table, ("stream", "position", "read_at"), "stream"), [stream, text, 0])


def _left_out(service: str) -> str:
    return f"{publication_stream(service)}:left out"


def _replay(service: str) -> str:
    return f"{publication_stream(service)}:replay"


def _published_by(service: str) -> str:
    return f"{publication_stream(service)}:published by"


def _stopped(service: str) -> str:
    return f"{publication_stream(service)}:stopped"


def is_unpublished(published: Published, side: Side) -> bool:
    """Whether events of the service are published, and none of this side's journal has been yet."""
    return published.stored.position is not None and published.of(side).since is None


def advance_published(target: Database, service: str, published: Published, read_at: float) -> Published:
    """Write how far publishing is, in the transaction that publishes; nobody else publishes until it ends.

    Raises StalePositionError when another process was faster.
    """
    new = StreamPosition(msgspec.json.encode(published.sides).decode(), read_at)
    advance_position(target, publication_stream(service), published.stored, new)
    return replace(published, stored=new)
