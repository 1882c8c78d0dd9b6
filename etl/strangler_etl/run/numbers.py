"""The numbers that tables give their new rows: they continue behind those of the other side.

After a copy they continue behind the last copied number, for users who move the writes without a cut-over. A cut-over
hands over how far the side that is left has counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from strangler.model.authority import Side
from strangler_etl.engine.database import Database
from strangler_etl.errors import DatabaseError
from strangler_etl.mapping.carried import copies
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.postgres.numbering import numbered_columns
from strangler_etl.values.conversions import Family, family_of


def advance_numbers(target: Database, tables: Sequence[MappedTable]) -> Mapping[str, str]:
    """Let columns that number themselves continue behind the last number of their table.

    Returns target table -> reason for those where that is not possible; they are copied all the same.
    """
    failed: dict[str, str] = {}
    for places in _places(target, tables).values():
        found = [number for name, column in places for number in _ends(target, name, column)]
        if not found:
            continue
        # A part of a table must not use the number of a row of another part, even where it counts down.
        beyond = [max(found) + 1, min(found) - 1] if len(places) > 1 else [max(found) + 1]
        for name, column in places:
            try:
                with target.transaction():
                    for number in beyond:
                        target.advance_number(name, column, number)
            except DatabaseError as error:
                failed[name] = error.what
    return failed


def _places(target: Database, tables: Sequence[MappedTable]) -> Mapping[tuple[str, str], list[tuple[str, str]]]:
    """The columns of the target, as table and column, with the numbers of each column of the source."""
    places: dict[tuple[str, str], list[tuple[str, str]]] = {}
    numbered = _numbered(target, (table.target.name for table in tables))
    for table in tables:
        for here, there in _pairs(table, frozenset(), numbered):
            if family_of(table.target.columns[there].type) is Family.WHOLE:
                places.setdefault((table.source.name, here), []).append((table.target.name, there))
    return places


def _ends(target: Database, name: str, column: str) -> Iterator[int]:
    """The least and the greatest number of a table; empty where it has none."""
    quoted = target.quoted(column)
    for number in target.rows(f"SELECT min({quoted}), max({quoted}) FROM {target.quoted(name)}")[0]:
        if number is not None:
            yield int(str(number))


def hand_over_numbers(source: Database, target: Database, tables: Sequence[MappedTable], leaving: Side) -> None:
    """Let the other side number rows from where the side that is left would have continued."""
    in_source = _numbered(source, (table.source.name for table in tables))
    in_target = _numbered(target, (table.target.name for table in tables))
    for table in tables:
        for here, there in _pairs(table, in_source, in_target):
            v1, v2 = (table.source.name, here), (table.target.name, there)
            origin, destination = (source, target) if leaving is Side.V1 else (target, source)
            number = origin.next_number(*(v1 if leaving is Side.V1 else v2))
            if number is not None:
                destination.advance_number(*(v2 if leaving is Side.V1 else v1), number)


def _pairs(
    table: MappedTable, in_source: frozenset[tuple[str, str]], in_target: frozenset[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """The columns of source and target with one number: the key, and whatever one of them numbers."""
    key = {table.source_key[0]: table.known_by[0]} if len(table.source_key) == 1 else {}
    yield from key.items()
    for here, there in copies(table).items():
        if (here, there) not in key.items() and (
            (table.source.name, here) in in_source or (table.target.name, there) in in_target
        ):
            yield here, there


def _numbered(database: Database, tables: Iterable[str]) -> frozenset[tuple[str, str]]:
    # SQLite only numbers keys, and MariaDB is only a source, whose tables are never left.
    return numbered_columns(database, tables) if database.dialect == "postgres" else frozenset()
