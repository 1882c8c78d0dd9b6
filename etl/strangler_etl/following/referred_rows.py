"""Rows that can not be deleted because rows of tables that are not followed refer to them: which, and what to do."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Protocol

from strangler.model.quantity import quantity
from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import in_parts, key_name
from strangler_etl.engine.outside_references import OutsideReference
from strangler_etl.errors import ReferredRowError, RowRefusedError
from strangler_etl.following.steps import Deletion


class Batch(Protocol):
    """What is applied in one transaction."""

    @property
    def deletions(self) -> Sequence[Deletion]:
        """The rows it deletes; none before it was tried."""
        ...


@contextmanager
def referring_rows_named(database: Database, batch: Batch) -> Generator[None]:
    """Raise ReferredRowError where a batch is refused because of rows that refer to those it deletes.

    Around the transaction: what foreign keys say at its end belongs to it.
    """
    try:
        yield
    except RowRefusedError as error:
        found = _referred_row(database, batch.deletions)
        if found is None:
            raise
        raise found from error


def _referred_row(database: Database, deletions: Iterable[Deletion]) -> ReferredRowError | None:
    deleted = [one for one in deletions if one.keys]
    for reference in database.outside_references([one.table for one in deleted]):
        if not reference.keeps:
            continue
        for deletion in deleted:
            if deletion.table != reference.parent:
                continue
            for keys in in_parts(deletion.keys):
                if error := _referred_by(database, deletion, keys, reference):
                    return error
    return None


def _referred_by(
    database: Database, deletion: Deletion, keys: Sequence[str], reference: OutsideReference
) -> ReferredRowError | None:
    shape = database.shape(reference.child_sql)
    those, parameters = deletion.key.any_of(database, keys)
    # A name without a table is first looked for in the parent.
    same = " AND ".join(
        f"{database.quoted(other)} = strangler_child.{database.quoted(own)}"
        for own, other in zip(reference.columns, reference.referred, strict=True)
    )
    rows = (
        f"FROM {reference.child_sql} AS strangler_child"
        f" WHERE EXISTS (SELECT 1 FROM {reference.parent_sql} WHERE {those} AND {same})"
    )
    found = database.rows(f"SELECT {shape.place.as_text(database)} {rows} LIMIT 1", parameters)
    if not found:
        return None
    number = int(str(database.rows(f"SELECT count(*) {rows}", parameters)[0][0]))
    example = f" (such as {key_name(shape.key)} {found[0][0]})" if shape.key else ""
    return ReferredRowError(
        database.address,
        deletion.table,
        reference.child,
        f"{quantity(number, 'row')} of {reference.child}{example}, by {key_name(reference.columns)}",
        reference.drop,
    )
