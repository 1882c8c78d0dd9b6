"""Rows that cannot be deleted because unfollowed rows refer to them: which they are, and what to do."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from strangler.model.quantity import quantity
from strangler_etl.engine.database import Database
from strangler_etl.engine.key_actions import Effect
from strangler_etl.engine.keys import in_parts, key_name
from strangler_etl.engine.outside_references import OutsideReference
from strangler_etl.errors import ReferredRowError, RowRefusedError
from strangler_etl.following.steps import Deletion


class Batch(Protocol):
    """What is applied in one transaction."""

    @property
    def deletions(self) -> Sequence[Deletion]:
        """The rows it deletes; empty before the batch was tried."""
        ...

    @property
    def staying(self) -> Mapping[str, str]:
        """Followed table -> the condition (SQL) that a row of it is in none of the mapped parts, where there is one."""
        ...


@contextmanager
def referring_rows_named(database: Database, batch: Batch) -> Generator[None]:
    """Raise ReferredRowError where a batch is refused because of rows that refer to those it deletes.

    Put it around the transaction, so that it also sees the foreign keys checked at commit.
    """
    try:
        yield
    except RowRefusedError as error:
        found = _referred_row(database, batch)
        if found is None:
            raise
        raise found from error


def _referred_row(database: Database, batch: Batch) -> ReferredRowError | None:
    deleted = [one for one in batch.deletions if one.keys]
    outside = [one for one in database.outside_references([one.table for one in deleted]) if one.keeps]
    for reference, children in [*((one, one.child_sql) for one in outside), *_inside(database, deleted, batch.staying)]:
        for deletion in deleted:
            if deletion.table != reference.parent:
                continue
            for keys in in_parts(deletion.keys):
                if error := _referred_by(database, deletion, keys, reference, children):
                    return error
    return None


def _inside(
    database: Database, deleted: Sequence[Deletion], staying: Mapping[str, str]
) -> Iterator[tuple[OutsideReference, str]]:
    """The foreign keys of followed tables to those whose rows are deleted, and the query for their staying rows."""
    children = {database.quoted(name): name for name in staying}
    parents = {database.quoted(one.table): one.table for one in deleted}
    for key in database.foreign_keys() if staying else ():
        if key.child in children and key.parent in parents and key.deleted is Effect.NOTHING:
            child = children[key.child]
            yield (
                OutsideReference(
                    name=child,
                    child=child,
                    child_sql=key.child,
                    parent=parents[key.parent],
                    parent_sql=key.parent,
                    columns=key.columns,
                    referred=key.referred,
                    on_delete=key.deleted,
                    drop=None,
                ),
                f"(SELECT * FROM {key.child} WHERE {staying[child]})",
            )


def _referred_by(
    database: Database, deletion: Deletion, keys: Sequence[str], reference: OutsideReference, children: str
) -> ReferredRowError | None:
    shape = database.shape(reference.child_sql)
    those, parameters = deletion.key.any_of(database, keys)
    # An unqualified name is looked up in the parent first.
    same = " AND ".join(
        f"{database.quoted(other)} = strangler_child.{database.quoted(own)}"
        for own, other in zip(reference.columns, reference.referred, strict=True)
    )
    rows = (
        f"FROM {children} AS strangler_child"
        f" WHERE EXISTS (SELECT 1 FROM {reference.parent_sql} WHERE {those} AND {same})"
    )
    found = database.rows(f"SELECT {shape.locator.as_text(database)} {rows} LIMIT 1", parameters)
    if not found:
        return None
    number = int(str(database.rows(f"SELECT count(*) {rows}", parameters)[0][0]))
    example = f" (such as {key_name(shape.key)} {found[0][0]})" if shape.key else ""
    return ReferredRowError(
        database.address,
        deletion.table,
        reference.child,
        f"{quantity(number, 'row')} of {reference.child}{example}, by {key_name(reference.columns)}",
        _remedy(reference, closed=children != reference.child_sql),
    )


def _remedy(reference: OutsideReference, *, closed: bool) -> str:
    """What to do about it; nobody can write rows of a `closed` table here."""
    if closed:
        return "write the deleted rows again on the other side, with the same keys, or take the foreign key away"
    remedy = "delete those rows, or let them refer to others"
    return f"{remedy}; or take the foreign key away: {reference.drop}" if reference.drop else remedy
