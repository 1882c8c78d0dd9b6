"""Rewrites differing rows as their origin has them now, in a batch like the follower's with those rows added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from strangler.model.authority import Side
from strangler_etl.engine.database import Database, StreamPosition
from strangler_etl.engine.journal import Change, Changes
from strangler_etl.engine.keys import key_of_table
from strangler_etl.engine.schema import Table
from strangler_etl.errors import StalePositionError
from strangler_etl.following.backward_batch import BackwardBatch
from strangler_etl.following.follower import ForwardBatch, with_orphans
from strangler_etl.following.steps import Deletion
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.selects import claimed, taken
from strangler_etl.migration import Migration
from strangler_etl.records.authority import require_fenced
from strangler_etl.records.journaled_changes import comparable_changes
from strangler_etl.records.streams import advance_position, backward_stream, forward_stream, read_position
from strangler_etl.run.settings import MOST_REJECTS
from strangler_etl.verification.comparison import Difference, DifferenceKind


def repair(migration: Migration, differences: Sequence[Difference]) -> int:
    """Bring the differing rows to what their origin says, and apply its other changes; return how many rows differed.

    Every other row that `verify` found equal stays equal: the rows and the position of their stream belong to one
    snapshot of the origin. Where a database was restored, a follower can continue from there. Raises AuthorityError
    when the side to be mended has got the authority since the comparison, because its rows are right now.
    """
    for side, once in ((Side.V1, _repair_forward), (Side.V2, _repair_backward)):
        wrong = [difference for difference in differences if difference.origin is side]
        while wrong or _is_put_back(migration, side):
            try:
                once(migration, wrong)
                break
            except StalePositionError:
                # The follower was faster.
                continue
    return len(differences)


def _is_put_back(migration: Migration, side: Side) -> bool:
    """Whether the changes of a side cannot be followed any more, even though its rows may equal those of the other."""
    source, target, mapping = migration.source, migration.target, migration.mapping
    if side is Side.V1:
        origin, tables = source, mapping.journaled_source
        position = read_position(target, forward_stream(mapping.service)).position
    else:
        origin, tables = target, mapping.journaled_target
        position = read_position(source, backward_stream(mapping.service)).position
    with origin.snapshot():
        return comparable_changes(origin, mapping.service, position, tables)[1] is not None


def _repair_forward(migration: Migration, wrong: Sequence[Difference]) -> None:
    source, target, mapping = migration.source, migration.target, migration.mapping
    names = {table.name: table.source.name for table in mapping.tables}
    stream = forward_stream(mapping.service)
    known = read_position(target, stream)
    with source.snapshot():
        changes, _ = comparable_changes(source, mapping.service, known.position, mapping.journaled_source)
        more = [Change(names[row.part], row.origin_key) for row in wrong if row.origin_key is not None]

        def mended(most: int) -> None:
            batch = ForwardBatch(source, target, mapping, _with(changes, more))
            with target.transaction(applying=True):
                _require_fenced(migration, target, migration.target_tables, wrong)
                advance_position(target, stream, known, StreamPosition(changes.position, changes.read_at))
                extra = [
                    replace(_extra(target, table.name, table.target, table.key, wrong), where=claimed(target, table))
                    for table in reversed(mapping.tables)
                ]
                batch.apply(mapping.tables, extra, most_orphans=most)

        with_orphans(mended, MOST_REJECTS)


def _repair_backward(migration: Migration, wrong: Sequence[Difference]) -> None:
    source, target, mapping = migration.source, migration.target, migration.mapping
    tables: dict[str, MappedTable] = {table.name: table for table in mapping.returning}
    # A part's row that has no leading row is not mended here: it has nowhere to go until v2 writes that row. And only
    # v2 can say to which row a row refers, or of what kind it is.
    only_v2 = {DifferenceKind.LOST, DifferenceKind.KINDLESS}
    wrong = [row for row in wrong if row.part in tables and row.kind not in only_v2]
    stream = backward_stream(mapping.service)
    known = read_position(source, stream)
    with target.snapshot():
        changes, _ = comparable_changes(target, mapping.service, known.position, mapping.journaled_target)
        more = [
            Change(tables[row.part].target.name, row.origin_key, row.key if tables[row.part].number else None)
            for row in wrong
            if row.origin_key is not None
        ]
        batch = BackwardBatch(source, target, mapping, _with(changes, more))
        with source.transaction(applying=True):
            _require_fenced(migration, source, migration.source_tables, wrong)
            advance_position(source, stream, known, StreamPosition(changes.position, changes.read_at))
            extra = [
                replace(_extra(source, table.name, table.source, table.source_key, wrong), where=taken(source, table))
                for table in reversed(mapping.returning)
            ]
            batch.apply(extra)


def _require_fenced(
    migration: Migration, destination: Database, owned: Sequence[str], wrong: Sequence[Difference]
) -> None:
    tables = sorted({difference.table for difference in wrong} & {*owned})
    require_fenced(migration.source, migration.mapping.service, destination, tables)


def _with(changes: Changes, more: Sequence[Change]) -> Changes:
    """The changes with further ones added; the journal's record of a row takes precedence over what was found."""
    journaled = {(change.table, change.key) for change in changes.rows}
    return replace(changes, rows=(*changes.rows, *(c for c in more if (c.table, c.key) not in journaled)))


def _extra(
    database: Database, part: str, table: Table, columns: Sequence[str], wrong: Sequence[Difference]
) -> Deletion:
    # A row whose origin was inserted meanwhile is among the changes, and written after this. One that only another
    # mapping claims stays, and so do the rows that refer to it: it is rewritten.
    missing = {row.key for row in wrong if row.kind is DifferenceKind.MISSING and row.table == table.name}
    extra = [row.key for row in wrong if row.kind is DifferenceKind.EXTRA and row.part == part]
    key = key_of_table(database, table, columns, qualified=False)
    return Deletion(table.name, key, [one for one in extra if one not in missing])
