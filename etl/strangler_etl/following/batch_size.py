"""How much of the backlog is applied at once, so that transactions stay short and an interrupted one loses little.

What a journal holds since a position is taken in the order of its numbers, a limited number of records at a time. The
rows of such a part are read as they are now, including later changes. So until the last part the destination is at no
single state of the origin; but a row without a record behind the position equals the row at the origin:

- either its last record was in a part, and the row was read after that record was committed;
- or it has no record since the first position.

A follower, a verification and a move rely on nothing more. A row with a later record comes again, and then ends up as
it is at that time. The time up to which every change is applied does not advance until the last part.

Rows of a part may need others that come later: rows they refer to, or a unique value that another row still holds. The
destination then refuses them, and nothing of the part is written; the next try is larger, and finally takes the whole
backlog, which leads from one committed state to another.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from strangler_etl.engine.database import StreamPosition
from strangler_etl.engine.journal import Changes
from strangler_etl.errors import RowRefusedError

MOST_CHANGES = 10_000
"""Records of a journal applied at once: a second or two of work."""
_GROWTH = 8
AppliedT = TypeVar("AppliedT")


class PartRefusedError(Exception):
    """Something of a part cannot be written, at least not without what comes after it."""


def large_enough(apply: Callable[[int | None], AppliedT], most: int | None) -> AppliedT:
    """Apply at most `most` records (None: all), and more where they cannot be applied without what comes after them."""
    while True:
        try:
            return apply(most)
        except PartRefusedError:
            most = None if most is None else most * _GROWTH


@contextmanager
def refused_in_part(changes: Changes) -> Generator[None]:
    """Let `large_enough` try more than these changes when the block, which applies them, has a row refused."""
    try:
        yield
    except RowRefusedError as error:
        if not changes.more:
            raise
        raise PartRefusedError from error


def position_after(known: StreamPosition, changes: Changes) -> StreamPosition:
    """The position of a stream behind these changes; its time does not advance where there are more."""
    return StreamPosition(changes.position, known.read_at if changes.more else changes.read_at)
