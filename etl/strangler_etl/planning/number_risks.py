"""Sequences that end soon, or that belong to no column: told before rows born in the service need their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.migration import Migration
from strangler_etl.planning.table_risks import Risk, RiskKind
from strangler_etl.postgres.numbering import NumberedColumn, sequences_of
from strangler_etl.values.conversions import Family, family_of

_FULL = 0.8
"""The share of its numbers after which a sequence ends soon."""


def number_risks(migration: Migration) -> Mapping[str, tuple[Risk, ...]]:
    """The risks of the tables of a target that are there, by their names; the source is asked for its last keys."""
    target, tables = migration.target, migration.mapping.owned
    absent = {creation.table for creation in migration.creations}
    there = {table.target.name: table for table in tables if table.target.name not in absent}
    if target.dialect != "postgres" or not there:
        return {}
    found: dict[str, tuple[Risk, ...]] = {}
    for one in sequences_of(target, there):
        table = there[one.table]
        found[one.table] = (*found.get(one.table, ()), *_risks(one, _last(migration, table, one)))
    return found


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


def _last(migration: Migration, table: MappedTable, one: NumberedColumn) -> int | None:
    """The last key of v1, which has an index, where the column keeps it; None of others, and where they count down."""
    source, name = migration.source, table.source_key[0]
    if table.known_by != (one.column,) or one.step < 0:
        return None
    if family_of(table.source.columns[name].type) is not Family.WHOLE:
        return None
    ((last,),) = source.rows(f"SELECT max({source.quoted(name)}) FROM {source.quoted(table.source.name)}")
    return None if last is None else int(str(last))
