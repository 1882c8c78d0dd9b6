"""Drops foreign keys while tables are filled, and makes them again afterwards.

Rows may refer to rows that come later: of their own table, or of a table that is copied after it. All rows are there
only in the end, so foreign keys have to hold only then. As with indexes, their definitions are in the target from the
transaction that drops them. An engine that cannot drop them leaves them all unchecked meanwhile.

The other foreign keys are dropped as well while all rows of their table are yet to come: looking up and locking each
row's parent costs several times what comparing the two tables once does (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from strangler_etl.engine.database import Database
from strangler_etl.engine.schema import Reference
from strangler_etl.errors import DatabaseError, RowRefusedError
from strangler_etl.mapping.mapping import ServiceMapping
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.run.rejects import count_rejects

_LOCK_SECONDS = 5.0
_SHORT_LOCK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class DroppedReference:
    """A foreign key to be restored: `definition` is the statement that makes it, None where it is only unchecked.

    `orphans` is the condition (SQL) that a row of `table` refers to no row.
    """

    table: str
    name: str
    parent: str
    orphans: str
    definition: str | None


def drop_references(target: Database, mapping: ServiceMapping, *, every: bool) -> None:
    """Drop the foreign keys that rows could not meet as they come; with `every`, all those of tables not begun.

    Foreign keys from tables not begun to others of the mapping are dropped as well, where that is possible without
    waiting. Raises DatabaseError when others keep a table busy whose foreign keys have to be dropped.
    """
    wanted = list(_wanted(target, mapping, every=every))
    if wanted:
        _drop(target, mapping.service, wanted, _LOCK_SECONDS)
    if costly := list(_costly(target, mapping)):
        # With the foreign key the copy is slower, but correct.
        with suppress(DatabaseError):
            _drop(target, mapping.service, costly, _SHORT_LOCK_SECONDS)


def _drop(target: Database, service: str, references: Sequence[Reference], seconds: float) -> None:
    own, mark = target.own("dropped_reference"), target.placeholder
    tables = sorted({reference.table for reference in references})
    with target.patience(seconds), target.locked(tables, seconds):
        for one in references:
            target.execute(
                f"INSERT INTO {own} (service, table_name, name, parent, orphans, definition)"
                f" VALUES ({', '.join([mark] * 6)}) ON CONFLICT DO NOTHING",
                [service, one.table, one.name, one.parent, one.orphans, one.make],
            )
            if one.drop is not None:
                target.execute(one.drop)


def _costly(target: Database, mapping: ServiceMapping) -> Iterator[Reference]:
    """Foreign keys of tables not begun, inside the mapping. Those to other parents stay: such a parent may be empty."""
    known = read_checkpoints(target, mapping.service)
    places = {table.target.name for table in mapping.tables}
    coming = places - {table.target.name for table in mapping.tables if table.name in known}
    found = [one for one in target.references(list(places)) if one.drop is not None]
    tables = _with_children({one.table for one in found if one.table in coming and one.parent in places}, found)
    return (one for one in found if (one.table in coming and one.parent in places) or one.parent in tables)


def _wanted(target: Database, mapping: ServiceMapping, *, every: bool) -> Iterator[Reference]:
    known, rejects = read_checkpoints(target, mapping.service), count_rejects(target, mapping.service)
    last = {table.target.name: number for number, table in enumerate(mapping.tables)}
    first = {table.target.name: number for number, table in reversed(list(enumerate(mapping.tables)))}
    begun = {table.target.name for table in mapping.tables if table.name in known}
    unfinished = {
        table.target.name
        for table in mapping.tables
        if not ((checkpoint := known.get(table.name)) and checkpoint.finished) or table.name in rejects
    }
    found = target.references(list(last))
    late = [one for one in found if one.table in unfinished and last.get(one.parent, -1) >= first[one.table]]
    # A row that refers to an orphan becomes one in the end, and must not keep the orphan from being set aside.
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
    """The foreign keys that are still to be made again."""
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
    """Copy rows without regard to the foreign keys that were dropped."""
    if any(reference.definition is None for reference in dropped_references(target, service)):
        with target.unchecked():
            yield
    else:
        yield


def make_references(target: Database, service: str) -> Sequence[DroppedReference]:
    """Make the dropped foreign keys again, all or none; return those that are still dropped.

    A follower may have written an orphan meanwhile. While it exists no other key may hold: it would keep the orphan, or
    delete rows that refer to it.
    """
    dropped = dropped_references(target, service)
    with suppress(RowRefusedError):
        with target.transaction():
            for one in dropped:
                _make(target, service, one)
        return ()
    return dropped


def _make(target: Database, service: str, one: DroppedReference) -> None:
    own, mark = target.own("dropped_reference"), target.placeholder
    target.execute(
        f"DELETE FROM {own} WHERE service = {mark} AND table_name = {mark} AND name = {mark}",
        [service, one.table, one.name],
    )
    # Somebody may have missed it, and created it by hand.
    there = {reference.name for reference in target.references([one.table])}
    if one.definition is None or one.name in there:
        return
    try:
        with target.comparing(one.table, one.parent):
            target.execute(one.definition)
    except RowRefusedError:
        raise
    except DatabaseError as error:
        # A column or a table may have been dropped meanwhile, and nothing that strangler does brings it back.
        what = f"the foreign key {one.name} of {one.table} cannot be made again: {error.what}"
        mend = (
            f"mend that; or make a foreign key {one.name} by hand as it is to be now, or do without it (DELETE FROM"
            f" {own} WHERE service = '{service}' AND name = '{one.name}'); then give this command again"
        )
        raise DatabaseError(target.address, what, error.remedy or mend) from error
