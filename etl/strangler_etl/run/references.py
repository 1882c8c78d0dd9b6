"""Takes foreign keys away while tables are filled, and makes them again afterwards.

Rows may refer to rows that come later: of their own table, or of a table that is copied after it. In the end all of
them are there, so it is in the end that foreign keys have to hold. As with indexes, what they were stands in the target
from the transaction on that takes them away. An engine that can not drop them leaves them all unchecked meanwhile.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass

from strangler_etl.engine.database import Database
from strangler_etl.engine.schema import Reference
from strangler_etl.errors import RowRefusedError
from strangler_etl.mapping.mapping import ServiceMapping
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.run.rejects import count_rejects

_LOCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class DroppedReference:
    """A foreign key that is to hold again: `definition` is the statement that makes it, None where it is unchecked.

    `orphans` is the condition (SQL) that a row of `table` refers to no row.
    """

    table: str
    name: str
    parent: str
    orphans: str
    definition: str | None


def drop_references(target: Database, mapping: ServiceMapping, *, every: bool) -> None:
    """Take away the foreign keys that rows could not meet while they come; `every` one of tables that are not begun.

    Raises DatabaseError when others keep one of the tables busy.
    """
    wanted = list(_wanted(target, mapping, every=every))
    if not wanted:
        return
    own, mark = target.own("dropped_reference"), target.placeholder
    tables = sorted({reference.table for reference in wanted})
    with target.patience(_LOCK_SECONDS), target.locked(tables, _LOCK_SECONDS):
        for one in wanted:
            target.execute(
                f"INSERT INTO {own} (service, table_name, name, parent, orphans, definition)"
                f" VALUES ({', '.join([mark] * 6)}) ON CONFLICT DO NOTHING",
                [mapping.service, one.table, one.name, one.parent, one.orphans, one.make],
            )
            if one.drop is not None:
                target.execute(one.drop)


def _wanted(target: Database, mapping: ServiceMapping, *, every: bool) -> Iterator[Reference]:
    known, rejects = read_checkpoints(target, mapping.service), count_rejects(target, mapping.service)
    place = {table.target.name: number for number, table in enumerate(mapping.tables)}
    begun = {table.target.name for table in mapping.tables if table.source.name in known}
    finished = {
        table.target.name
        for table in mapping.tables
        if (checkpoint := known.get(table.source.name)) and checkpoint.finished and table.source.name not in rejects
    }
    found = target.references(list(place))
    late = [one for one in found if one.table not in finished and place.get(one.parent, -1) >= place[one.table]]
    # Who refers to a row that refers to none is one of those in the end, and must not keep it.
    tables = _with_children({one.table for one in late}, found)
    for one in found:
        droppable = one.drop is not None
        if (
            one in late
            or one.parent in tables
            or (late and not droppable)
            or (every and droppable and one.table not in begun)
        ):
            yield one


def _with_children(tables: AbstractSet[str], references: Sequence[Reference]) -> AbstractSet[str]:
    children = {one.table for one in references if one.parent in tables}
    return tables if children <= tables else _with_children(tables | children, references)


def dropped_references(target: Database, service: str) -> Sequence[DroppedReference]:
    """The foreign keys that are to hold again."""
    found = target.rows(
        f"SELECT table_name, name, parent, orphans, definition FROM {target.own('dropped_reference')}"
        f" WHERE service = {target.placeholder} ORDER BY 1, 2",
        [service],
    )
    return [
        DroppedReference(str(table), str(name), str(parent), str(orphans), None if sql is None else str(sql))
        for table, name, parent, orphans, sql in found
    ]


@contextmanager
def left_unchecked(target: Database, service: str) -> Generator[None]:
    """Copy rows whatever the foreign keys say that were taken away."""
    if any(reference.definition is None for reference in dropped_references(target, service)):
        with target.unchecked():
            yield
    else:
        yield


def make_references(target: Database, service: str) -> Sequence[DroppedReference]:
    """Make the foreign keys again that were taken away, each in a transaction of its own; return those that fail.

    A follower may have written a row meanwhile that refers to none.
    """
    failed: list[DroppedReference] = []
    for one in dropped_references(target, service):
        try:
            with target.transaction():
                _make(target, service, one)
        except RowRefusedError:
            failed.append(one)
    return failed


def _make(target: Database, service: str, one: DroppedReference) -> None:
    own, mark = target.own("dropped_reference"), target.placeholder
    target.execute(
        f"DELETE FROM {own} WHERE service = {mark} AND table_name = {mark} AND name = {mark}",
        [service, one.table, one.name],
    )
    # Somebody may have missed it, and made it by hand.
    there = {reference.name for reference in target.references([one.table])}
    if one.definition is not None and one.name not in there:
        target.execute(one.definition)
