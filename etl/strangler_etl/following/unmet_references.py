"""Rows that cannot go back because v1 no longer has what they refer to: which they are, and what to do."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from strangler.model.quantity import first_of, quantity
from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.keys import Key, KeyPart, in_parts, key_name, key_of_row, parts_of_key
from strangler_etl.engine.outside_references import OutsideReference
from strangler_etl.errors import ReferredRowError, RowRefusedError, UnmetReferenceError
from strangler_etl.following.steps import Deletion
from strangler_etl.mapping.mapping import MappedTable

_NAMED = 5
_MOST_KEYS = 20
"""How many rows one statement names; the next ones are named when these are mended."""


@dataclass(frozen=True, slots=True)
class ReturningRows:
    """The rows of one table of v2 as v1 gets them, and their keys in v2, in text form and in the same order."""

    home: MappedTable
    upsert: Upsert
    keys: Sequence[str]


class ReturningBatch(Protocol):
    """A batch on the way back, applied in one transaction."""

    @property
    def deletions(self) -> Sequence[Deletion]:
        """The rows it deletes; empty before the batch was tried."""
        ...

    @property
    def rows(self) -> Sequence[ReturningRows]:
        """The rows it writes; empty before the batch was tried."""
        ...


@contextmanager
def unmet_references_named(source: Database, target: Database, batch: ReturningBatch) -> Generator[None]:
    """Raise UnmetReferenceError where a batch is refused because its rows refer to rows that v1 does not have.

    Put it around the transaction, so that it also sees the foreign keys checked at commit.
    """
    try:
        yield
    except ReferredRowError:
        raise
    except RowRefusedError as error:
        found = _unmet(source, target, batch)
        if found is None:
            raise
        raise found from error


def _unmet(source: Database, target: Database, batch: ReturningBatch) -> UnmetReferenceError | None:
    for rows in batch.rows:
        for reference in source.leaving_references([rows.home.source.name]):
            if set(reference.columns) <= set(rows.upsert.columns) and (
                error := _unmet_by(source, target, batch, rows, reference)
            ):
                return error
    return None


def _unmet_by(
    source: Database, target: Database, batch: ReturningBatch, rows: ReturningRows, reference: OutsideReference
) -> UnmetReferenceError | None:
    types = [rows.home.source.columns[name].type for name in reference.columns]
    parts = zip(reference.referred, types, strict=True)
    key = Key(tuple(KeyPart(source.quoted(name), type_) for name, type_ in parts))
    referring = _values(source, key, rows.upsert, reference.columns)
    present = _present(source, key, batch, reference, sorted({text for text in referring if text is not None}))
    found = [
        (own, text) for own, text in zip(rows.keys, referring, strict=True) if text is not None and text not in present
    ]
    # Texts prove nothing where the parent spells the same value differently.
    if not found or (_there(source, key, reference, [found[0][1]]) and reference.parent not in _written(batch)):
        return None
    keys, table = [own for own, _ in found], rows.home.target.name
    refer, them = ("refers", "it") if len(keys) == 1 else ("refer", "them")
    what = (
        f"{quantity(len(keys), 'row')} of {table} in v2 (such as {first_of(keys, _NAMED)}) {refer} by"
        f" {key_name(reference.columns)} to rows of {reference.parent} that are not here:"
        f" {first_of([*dict.fromkeys(text for _, text in found)], _NAMED)}"
    )
    deletion = _deletion(target, rows.home, keys[:_MOST_KEYS])
    remedy = f"in v2 let {them} refer to others, or delete {them}, in {target.address}: {deletion}"
    remedy += f"; or take the foreign key away here: {reference.drop}" if reference.drop else ""
    return UnmetReferenceError(source.address, table, keys, what, remedy)


def _values(source: Database, key: Key, upsert: Upsert, columns: Sequence[str]) -> list[str | None]:
    """Each row's values of these columns, as the text of the key; None where one of them is NULL."""
    positions = [upsert.columns.index(name) for name in columns]
    given = [all(row[position] is not None for position in positions) for row in upsert.rows]
    held = [key_of_row(row, positions) for row, is_given in zip(upsert.rows, given, strict=True) if is_given]
    texts = iter(key.texts(source, held))
    return [next(texts) if is_given else None for is_given in given]


def _present(
    source: Database, key: Key, batch: ReturningBatch, reference: OutsideReference, texts: Sequence[str]
) -> frozenset[str]:
    """Those of the texts that a row of the parent has after the batch."""
    columns = tuple(part.sql for part in key.parts)
    deleted = {
        text
        for one in batch.deletions
        if one.table == reference.parent and tuple(part.sql for part in one.key.parts) == columns
        for text in one.keys
    }
    written = {
        text
        for one in batch.rows
        if one.upsert.table == reference.parent and set(reference.referred) <= set(one.upsert.columns)
        for text in _values(source, key, one.upsert, reference.referred)
        if text is not None
    }
    return (_there(source, key, reference, texts) - deleted) | written


def _there(source: Database, key: Key, reference: OutsideReference, texts: Sequence[str]) -> frozenset[str]:
    found: list[str] = []
    for part in in_parts(texts):
        condition, parameters = key.any_of(source, part)
        query = f"SELECT {key.as_text(source)} FROM {reference.parent_sql} WHERE {condition}"
        found += [str(text) for (text,) in source.rows(query, parameters)]
    return frozenset(found)


def _written(batch: ReturningBatch) -> frozenset[str]:
    return frozenset([*(one.table for one in batch.deletions), *(one.upsert.table for one in batch.rows)])


def _deletion(target: Database, home: MappedTable, keys: Sequence[str]) -> str:
    """The statement that deletes these rows of v2."""
    columns = [target.quoted(name) for name in home.key]
    split = [[_literal(target, part) for part in parts_of_key(key, len(columns))] for key in keys]
    if len(columns) == 1:
        those = f"{columns[0]} IN ({', '.join(literal for (literal,) in split)})"
    else:
        those = " OR ".join(
            f"({' AND '.join(f'{name} = {literal}' for name, literal in zip(columns, row, strict=True))})"
            for row in split
        )
    return f"DELETE FROM {target.quoted(home.target.name)} WHERE {those}"


def _literal(target: Database, text: str) -> str:
    return exp.Literal.string(text).sql(dialect=target.dialect)
