"""Sequences that end soon or belong to no column, reported before rows born in the service need their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from strangler.model.quantity import first_of
from strangler_etl.engine.database import Database
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.migration import Migration
from strangler_etl.planning.table_risks import Risk, RiskKind
from strangler_etl.postgres.numbering import NumberedColumn, loose_sequences, sequences_of
from strangler_etl.values.conversions import Family, family_of

_FULL = 0.8
"""The share of used numbers above which a sequence counts as ending soon."""
_NAMED = 3


def number_risks(migration: Migration) -> Mapping[str, tuple[Risk, ...]]:
    """Target table -> the risks of its numbers; reads the source's last keys.

    Covers the target's sequences where its tables exist, and the source's where rows go back to it.
    """
    found: dict[str, tuple[Risk, ...]] = {}
    for name, risk in (*_of_target(migration), *_of_source(migration)):
        found[name] = (*found.get(name, ()), risk)
    return found


def _of_target(migration: Migration) -> Iterator[tuple[str, Risk]]:
    target, tables = migration.target, migration.mapping.owned
    absent = {creation.table for creation in migration.creations}
    there = {table.target.name: table for table in tables if table.target.name not in absent}
    if target.dialect != "postgres" or not there:
        return
    for one in sequences_of(target, there):
        last = _last(migration, there[one.table]) if _is_number(there[one.table], one) else None
        yield from ((one.table, risk) for risk in _risks(one, last))


def _of_source(migration: Migration) -> Iterator[tuple[str, Risk]]:
    """What keeps v1 from numbering rows, after a rollback, behind those that v2 has numbered."""
    source = migration.source
    tables = {table.source.name: table for table in migration.mapping.returning}
    if source.dialect != "postgres" or not tables:
        return
    numbered = {(one.table, one.column): one for one in sequences_of(source, tables)}
    loose = loose_sequences(source)
    for name, table in tables.items():
        (column, *further), target = table.source_key, table.target.name
        if further or family_of(table.source.columns[column].type) is not Family.WHOLE:
            continue
        one = numbered.get((name, column))
        if one is None and loose:
            what = (
                f"of {name} in v1 is numbered by no sequence that it has or asks: if one of these is for it, nobody"
                f" lets it go on after a rollback: {first_of(loose, _NAMED)}; {_asking(source, name, column, loose[0])}"
            )
            yield target, Risk(column, RiskKind.NUMBERS, what)
        elif one is not None and one.step > 0 and one.ends_early:
            last = _last(migration, table)
            if last is not None and last > _FULL * one.most:
                what = (
                    f"of {name} in v1 can go up to {one.most:,}, and is at {last:,}: numbers of rows born in the"
                    f" service go beyond, and after a rollback v1 has none to give;"
                    f" ALTER SEQUENCE {one.sequence} MAXVALUE ..."
                )
                yield target, Risk(column, RiskKind.NUMBERS, what)


def _asking(source: Database, table: str, column: str, sequence: str) -> str:
    """The statement that lets a column take its numbers from a sequence (SQL)."""
    return f"ALTER TABLE {source.quoted(table)} ALTER {source.quoted(column)} SET DEFAULT nextval('{sequence}')"


def _risks(one: NumberedColumn, last: int | None) -> Iterator[Risk]:
    if one.type != one.sequence_type and one.ends_early:
        what = (
            f"of {one.table} is a {one.type}, and its sequence {one.sequence} ends at {one.most:,}, as of"
            f" {one.sequence_type}: ALTER SEQUENCE {one.sequence} AS {one.type}"
        )
        yield Risk(one.column, RiskKind.NUMBERS, what)
    if last is not None and last > _FULL * one.most:
        mend = f"ALTER SEQUENCE {one.sequence} MAXVALUE ..." if one.ends_early else "make it a bigint on both sides"
        what = (
            f"of {one.table} can go up to {one.most:,}, and v1 is at {last:,}: rows born in the service soon get no"
            f" number any more; {mend}"
        )
        yield Risk(one.column, RiskKind.NUMBERS, what)
    if one.ownerless:
        what = (
            f"of {one.table} is numbered by {one.sequence}, which no column owns: a dump of the table lacks it, and"
            f" RESTART IDENTITY passes it over; ALTER SEQUENCE {one.sequence} OWNED BY {one.table}.{one.column}"
        )
        yield Risk(one.column, RiskKind.NUMBERS, what)


def _is_number(table: MappedTable, one: NumberedColumn) -> bool:
    """Whether a column of the target keeps the key of v1, and counts up."""
    return table.known_by == (one.column,) and one.step > 0


def _last(migration: Migration, table: MappedTable) -> int | None:
    """The last key of v1, which has an index; None where it is no whole number."""
    source, name = migration.source, table.source_key[0]
    if family_of(table.source.columns[name].type) is not Family.WHOLE:
        return None
    ((last,),) = source.rows(f"SELECT max({source.quoted(name)}) FROM {source.quoted(table.source.name)}")
    return None if last is None else int(str(last))
