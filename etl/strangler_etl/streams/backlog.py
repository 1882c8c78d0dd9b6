"""The events a consumer has not read yet, and which of its streams do not exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from strangler.model.quantity import first_of
from strangler_etl.streams.continuity import put_back
from strangler_etl.streams.parking import ConsumerState
from strangler_etl.streams.transport import Feed

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many events a consumer has not read, None where that is not known, with remarks on its streams.

    The remarks name streams that are missing, and streams that were restored since the consumer read them: how much of
    these it has not read is unknown.
    """

    unread: int | None
    missing: tuple[str, ...] = ()
    put_back: tuple[str, ...] = ()


def backlog(feed: Feed, state: ConsumerState, *, all_are_its: bool) -> Backlog:
    """A consumer's backlog in a feed.

    Nobody knows which streams a consumer that has never run will follow: with `all_are_its`, all existing ones.
    """
    there = feed.streams()
    if state.seen is None and not state.positions and not all_are_its:
        return Backlog(None)
    # A consumer of an older release has positions, but does not record what it follows.
    followed = state.streams or tuple(state.positions) or tuple(there)
    back = said_of_put_back(feed, state)
    missing = tuple(said_of_missing(followed, there))
    if back:
        return Backlog(None, missing, back)
    unread = sum(feed.unread(stream, state.positions.get(stream, 0)) for stream in followed)
    return Backlog(unread, missing)


def said_of_put_back(feed: Feed, state: ConsumerState) -> tuple[str, ...]:
    """A line for each stream that is not the one that a consumer has read any more, where the consumer stops.

    A consumer of several services has read streams of other feeds, too: where some of its streams are in this feed,
    those that are not may be in others.
    """
    there = {*feed.streams()}
    here = {stream: mark for stream, mark in state.marks.items() if stream in there} or state.marks
    found = ((stream, put_back(feed, stream, mark)) for stream, mark in here.items())
    return tuple(f"{stream} was put back, or made anew, since it was read: {what}" for stream, what in found if what)


def said_of_missing(streams: Iterable[str], there: Sequence[str]) -> Sequence[str]:
    """A line for each of the streams that does not exist, with the existing ones that may be meant.

    One that is among the `streams` itself is not meant: it is followed already.
    """
    named = tuple(streams)
    others = [one for one in there if one not in named]
    return [
        f"there is no event in the stream {name}: {_meant(name, others, there)}" for name in named if name not in there
    ]


def _meant(name: str, others: Sequence[str], there: Sequence[str]) -> str:
    # Most often an environment is missing before the name.
    near = [one for one in others if one.endswith(f".{name}") or name.endswith(f".{one}")]
    near = near or get_close_matches(name, others, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"there are {first_of(there, _NAMED)}" if there else "nothing was published yet"
