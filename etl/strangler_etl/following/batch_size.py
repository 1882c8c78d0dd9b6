"""How much of what waits is applied at once, so that no transaction is long, and one that is cut off loses little.

What a journal holds since a position is taken in the order of its numbers, so many records at a time. The rows of such
a part are read as they are now, later changes of theirs included. So the destination is, until the last part, at no
single state of the origin; but a row that no record behind the position is about is as at the origin:

- its last record was in a part, and the row was read when that record had been committed; or
- it has no record since the first position.

That is all a follower, a verification and a move rely on. A row with a later record comes again, and ends as it is
then. The time up to which every change is applied stays what it was until the last part.

Rows of a part may need others that come later: what they refer to, a unique value that another row still has. The
destination refuses them then, and nothing of the part is written; the next try is larger, in the end all that waits,
which leads from one committed state to another.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from strangler_etl.engine.database import Database, StreamPosition
from strangler_etl.engine.journal import Changes
from strangler_etl.errors import MisplacedRowError, RowRefusedError
from strangler_etl.mapping.mapping import ServiceMapping

MOST_CHANGES = 10_000
"""Records of a journal at once: a second or two of work."""
_GROWTH = 8
AppliedT = TypeVar("AppliedT")


class _PartRefusedError(Exception):
    """Something of a part can not be written, at least without what comes after it."""


def large_enough(apply: Callable[[int | None], AppliedT], most: int | None) -> AppliedT:
    """Apply so many records as `most`, None for all; more where they can not be applied without what comes after."""
    while True:
        try:
            return apply(most)
        except _PartRefusedError:
            most = None if most is None else most * _GROWTH


@contextmanager
def refused_in_part(changes: Changes) -> Generator[None]:
    """Let `large_enough` try more than these changes where the block, which applies them, is refused a row."""
    try:
        yield
    except (RowRefusedError, MisplacedRowError) as error:
        if not changes.more:
            raise
        raise _PartRefusedError from error


def goes_back_in_parts(mapping: ServiceMapping) -> bool:
    """Whether rows of the target have a place in the source each for itself, as long as they keep their numbers.

    Where a row may go to another table of the source, or to another part of one, or is made of several, or is known by
    those it refers to, what became of one row says where another has to go.
    """
    tables = mapping.returning
    sources = {table.source.name for table in tables}
    return len(sources) == len(tables) and not any(
        table.beside or table.where is not None or table.home is not None or len(table.key) > 1 for table in tables
    )


def require_places_kept(target: Database, known: StreamPosition, changes: Changes) -> None:
    """Let `large_enough` try more than these changes where rows of them give up places that others may take."""
    if changes.more and target.journal.renumbers(known.position, changes):
        raise _PartRefusedError


def position_after(known: StreamPosition, changes: Changes) -> StreamPosition:
    """The position of a stream behind these changes; it is not up to their time where there are more."""
    return StreamPosition(changes.position, known.read_at if changes.more else changes.read_at)
