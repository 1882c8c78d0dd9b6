"""What can go wrong with the values of a mapping that fits both schemas, reported before anything is copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, pairwise

from sqlglot import exp

from strangler_etl.engine.keys import key_name
from strangler_etl.engine.outside_references import OutsideReference
from strangler_etl.mapping.column_types import expression_type, may_be_null, may_repeat, tables_of, type_of
from strangler_etl.mapping.creation import referred_by
from strangler_etl.mapping.kinds import kinds_named
from strangler_etl.mapping.mapping import (
    DerivedColumn,
    ExpressionColumn,
    MappedColumn,
    MappedTable,
    ServiceMapping,
)
from strangler_etl.values.conversions import Family, converts, family_of, loss_of


class RiskKind(StrEnum):
    """What a risk is about."""

    CONVERSION = "conversion"
    NULL = "null"
    DUPLICATE = "duplicate"
    COLLATION = "collation"
    ZERO_DATE = "zero date"
    TRUTH = "truth"
    LEFT_BEHIND = "left behind"
    WAY_BACK = "way back"
    NUMBERS = "numbers"
    PARTS = "parts"


@dataclass(frozen=True, slots=True)
class Risk:
    """A target column and what may happen in it; `rows` of the source are known to be concerned, None when unknown.

    Risks of what is left behind, waited for on the way back, or in no part, name source columns.
    """

    column: str
    kind: RiskKind
    what: str
    rows: int | None = None


def risks_of(table: MappedTable, *, dialect: str, typed: bool, sorted_alike: bool) -> tuple[Risk, ...]:
    """The risks of a table, column by column.

    `dialect` is that of the source; `typed` says that both databases enforce the types of their columns,
    `sorted_alike` that both sort texts alike.
    """
    columns = (_column_risks(table, column, typed=typed, sorted_alike=sorted_alike) for column in table.columns)
    odd = (_odd_values(table, column) for column in table.columns if dialect == "mariadb")
    return (*_key_risks(table), *chain.from_iterable(columns), *chain.from_iterable(odd))


def left_behind(mapping: ServiceMapping, table: MappedTable) -> Iterator[Risk]:
    """The columns of an owned table that stay with the monolith, reported for the first of the table's parts."""
    if table.owned and mapping.of_source(table.source.name) is table:
        for name in mapping.left_behind(table.source.name):
            yield Risk(
                name, RiskKind.LEFT_BEHIND, f"of {table.source.name} is not copied; drop says that this is meant"
            )


def way_back_risks(mapping: ServiceMapping, table: MappedTable, meeting: AbstractSet[str]) -> Iterator[Risk]:
    """What rows wait for on the way back, or lack a place for, reported for the part that may be the cause.

    The parts of source tables in `meeting` may give two rows the same number.
    """
    homes, known_by = mapping.homes(table.source.name), table.known_by[0]
    is_number = family_of(table.target.columns[known_by].type) is Family.WHOLE
    if is_number and table.source.name in meeting and table.name in {home.name for home in homes[1:]}:
        what = (
            f"of {table.target.name} and of {homes[0].target.name} must never be the same number: such a row does not"
            " go back after the cut-over; let both take it from one sequence, or from two that never meet"
        )
        yield Risk(known_by, RiskKind.WAY_BACK, what)
    kinds = mapping.kinds.get(table.target.name, ())
    if kinds and kinds[0].name == table.name:
        column, each = kinds_named(kinds)
        what = (
            f"of {table.target.name} must be {' or '.join(each)} in every row: one of no kind does not go back after"
            f" the cut-over, nor does anything behind it; CHECK ({column} IN ({', '.join(each)})) in v2 sees to that"
        )
        yield Risk(column, RiskKind.WAY_BACK, what)
    for leader in mapping.returning:
        for part in (one for one in leader.beside if one.name == table.name):
            for name in part.needed:
                what = (
                    f"of {table.source.name} must not be NULL: after the cut-over a row of {leader.target.name} goes"
                    f" back, and a rollback is allowed, when {part.target.name} has its own, too; to do without, add:"
                    f' reverse = {{ {name} = "coalesce(..., ...)" }}'
                )
                yield Risk(name, RiskKind.WAY_BACK, what)


def unchecked_risks(mapping: ServiceMapping, table: MappedTable, *, absent: bool = False) -> Iterator[Risk]:
    """The columns that may refer to no row at v2, as no foreign key there sees to it.

    A table that is `absent` is looked at as it would be created.
    """
    if table.name not in {part.name for leader in mapping.returning for part in (leader, *leader.beside)}:
        return
    for column in table.columns:
        if not isinstance(column, DerivedColumn) or (column.target,) == table.key:
            continue
        if absent and referred_by(mapping, table, column.target) is not None:
            continue
        parents = dict.fromkeys(home.target.name for home in mapping.homes(column.of))
        # `parents` leaves out the table itself, to which its own foreign keys may refer.
        if {table.target.name, *table.target.parents}.isdisjoint(parents):
            what = (
                f"of {table.target.name} refers to {' and '.join(parents)}, and no foreign key of v2 sees to it that"
                " the row is there: after the cut-over a row that refers to none does not go back, nor does anything"
                " behind it; add a foreign key before the copy, or let the mapping make such references NULL"
            )
            yield Risk(column.target, RiskKind.WAY_BACK, what)


def reference_risks(mapping: ServiceMapping, table: MappedTable, found: Iterable[OutsideReference]) -> Iterator[Risk]:
    """The foreign keys that only v1 can check, reported for the first part of their table."""
    if table.owned and mapping.of_source(table.source.name) is table:
        for one in found:
            if one.child == table.source.name:
                what = (
                    f"of {one.child} refers to {one.parent}, of which v2 has no copy: after the cut-over a row that"
                    " refers to one that v1 has deleted does not go back, nor does anything behind it"
                )
                yield Risk(key_name(one.columns), RiskKind.WAY_BACK, what)


def _key_risks(table: MappedTable) -> Iterator[Risk]:
    for source, target in zip(table.source_key, table.key, strict=True):
        if table.source.columns[source].nullable:
            yield Risk(target, RiskKind.NULL, "a row whose key is NULL is not copied")


def _column_risks(table: MappedTable, column: MappedColumn, *, typed: bool, sorted_alike: bool) -> Iterator[Risk]:
    target = table.target.columns[column.target]
    unique = column.target in table.target.unique
    if typed:
        yield from _conversions(table, column)
    if not target.nullable and may_be_null(table, column):
        yield Risk(target.name, RiskKind.NULL, "a NULL of the source stops the copy")
    if unique and (column.target,) != table.key and may_repeat(table, column):
        yield Risk(target.name, RiskKind.DUPLICATE, "must be unique, which nothing in the source sees to")
    if (unique or column.target in table.key) and not sorted_alike and family_of(target.type) is Family.TEXT:
        yield Risk(
            target.name, RiskKind.COLLATION, "the databases sort texts differently, and may differ on what is equal"
        )


def _odd_values(table: MappedTable, column: MappedColumn) -> Iterator[Risk]:
    """Values that MariaDB stores in a column although its type has none such: https://mariadb.com/kb/en/sql-mode/."""
    given, wanted = type_of(table, column), family_of(table.target.columns[column.target].type)
    match family_of(given) if given else None:
        case Family.DAY | Family.MOMENT if wanted in {Family.DAY, Family.MOMENT}:
            what = "a zero date (0000-00-00, or a part of it) is set aside: nullif(DATE, '0000-00-00') makes it NULL"
            yield Risk(column.target, RiskKind.ZERO_DATE, what)
        case Family.TRUTH if wanted is Family.TRUTH and isinstance(column, ExpressionColumn) and column.source:
            yield Risk(column.target, RiskKind.TRUTH, "another number than 0 and 1 is set aside")
        case _:
            pass


def _conversions(table: MappedTable, column: MappedColumn) -> Iterator[Risk]:
    target = table.target.columns[column.target]
    steps = [type_of(table, column), target.type]
    if isinstance(column, ExpressionColumn) and isinstance(column.expression, exp.Cast):
        steps.insert(0, expression_type(tables_of(table), column.expression.this))
    for here, there in pairwise(steps):
        if here and there and converts(here, there) and (loss := loss_of(here, there)):
            yield Risk(target.name, RiskKind.CONVERSION, f"{here} to {there}: {loss.what}")
