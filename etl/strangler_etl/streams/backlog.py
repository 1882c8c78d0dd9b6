"""What a consumer has not read yet, and which of its streams are not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from strangler.model.quantity import first_of
from strangler_etl.streams.parking import ConsumerState
from strangler_etl.streams.transport import Feed

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many events a consumer has not read, None where that is not known, and what is said of missing streams."""

    unread: int | None
    missing: tuple[str, ...] = ()


def backlog(feed: Feed, state: ConsumerState, *, all_are_its: bool) -> Backlog:
    """What a consumer has not read of a feed.

    Which streams a consumer will follow that has never run nobody knows: with `all_are_its` it is all there are.
    """
    there = feed.streams()
    if state.seen is None and not state.positions and not all_are_its:
        return Backlog(None)
    # A consumer of an older release has positions, and does not say what it follows.
    followed = state.streams or tuple(state.positions) or tuple(there)
    unread = sum(feed.unread(stream, state.positions.get(stream, 0)) for stream in followed)
    return Backlog(unread, tuple(said_of_missing(followed, there)))


def said_of_missing(streams: Iterable[str], there: Sequence[str]) -> Sequence[str]:
    """A line for each of the streams that is not among those that are there, with those that may be meant."""
    return [f"there is no event in the stream {name}: {_meant(name, there)}" for name in streams if name not in there]


def _meant(name: str, there: Sequence[str]) -> str:
    # An environment before the name is what is missing most often.
    near = [one for one in there if one.endswith(f".{name}") or name.endswith(f".{one}")]
    near = near or get_close_matches(name, there, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"there are {first_of(there, _NAMED)}" if there else "nothing was published yet"
