"""Compares the rows of one table: what the destination holds with what it should hold according to the origin.

The origin's query gives the rows as the destination should hold them; both are brought into canonical texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from strangler.model.authority import Side
from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import in_parts, key_name, key_of_parts, key_of_table, parts_of_key
from strangler_etl.engine.schema import Table
from strangler_etl.engine.session import Row
from strangler_etl.mapping.mapping import ExpressionColumn, MappedTable, ServiceMapping
from strangler_etl.mapping.selects import (
    KeyRange,
    Select,
    claimed,
    forward_select,
    key_map_join,
    mapped_key,
    reverse_select,
    taken,
)
from strangler_etl.sqlite.bytes_keys import holds_bytes
from strangler_etl.values.conversions import Family, family_of
from strangler_etl.verification.bisection import Suspect
from strangler_etl.verification.canonical import Canonical, canonical_key_of, canonical_of

_NUMERIC = re.compile(r"(numeric|decimal)\b", re.IGNORECASE)
_TEXT = re.compile(r"char(?!acter varying\(32\))|clob|text", re.IGNORECASE)
"""Types whose values SQLite turns into texts: https://www.sqlite.org/datatype3.html, section 3.1."""
_KEY_MAP_TYPE = "uuid"


class DifferenceKind(StrEnum):
    """What is wrong with a row of the destination."""

    MISSING = "missing"
    """Only the origin has it."""
    EXTRA = "extra"
    """Only the destination has it."""
    DIFFERENT = "different"
    """Both have it, with different values."""
    LOST = "refers to no row"
    """The row of v2 refers to no row, or to one of another kind: v1 has NULL, or keeps its earlier value."""
    KINDLESS = "of no kind"
    """The row of v2 goes back to none of the tables that became one."""


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """A column of the destination, and the canonical texts of both values; they may be secret, and are not printed."""

    name: str
    expected: str | None = field(repr=False)
    found: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of the destination's `table` that differs from what the origin says.

    `part` is the mapping that found it. `key` is its key in the destination, `origin_key` that of its row at the
    origin, None where there is none. `origin` says which side that is. `columns` is filled only for a row that exists
    on both sides, or that refers to no row. Where a row cannot go back, `table` and `key` are those of v2.
    """

    table: str
    key: str
    kind: DifferenceKind
    origin: Side
    part: str
    origin_key: str | None = None
    columns: tuple[ColumnDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class CanonicalRow:
    """The canonical values of a row, and its key in the destination."""

    key: str
    origin_key: str | None
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one table is compared: `columns` are those of the destination beside its key.

    `expected` selects, at the origin, the destination key (as many columns as `key_types` has), the origin key (its
    text) and the columns; `found` selects key and columns at the destination. `key_types` and `types` are those of the
    destination's key and columns.
    """

    origin: Side
    mapped: MappedTable
    columns: tuple[str, ...]
    expected: Select
    found: Select
    key_types: tuple[str, ...]
    types: tuple[str, ...]
    keys: tuple[Canonical, ...] = field(init=False)
    values: tuple[Canonical, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Choose the canonical forms once."""
        object.__setattr__(self, "keys", tuple(map(canonical_key_of, self.key_types)))
        object.__setattr__(self, "values", tuple(map(canonical_of, self.types)))

    @property
    def table(self) -> str:
        """The destination's table."""
        return self.found.table

    def read_expected(self, origin: Database) -> Select:
        """The query for the rows that `expected_row` accepts."""
        return self._legible(origin, self.expected, len(self.keys) + 1)

    def read_found(self, destination: Database) -> Select:
        """The query for the rows that `found_row` accepts."""
        return self._legible(destination, self.found, len(self.keys))

    def _legible(self, database: Database, select: Select, keys: int) -> Select:
        own, between = select.expressions[: len(self.keys)], select.expressions[len(self.keys) : keys]
        parts = (database.legible(*part) for part in zip(own, self.key_types, strict=True))
        values = (database.legible(*value) for value in zip(select.expressions[keys:], self.types, strict=True))
        return replace(select, expressions=(*parts, *between, *values))

    def within(self, origin: Database, destination: Database, keys: KeyRange) -> Comparison:
        """The comparison of the rows in a range of source keys, which both sides must order alike; forward only."""
        known_by = key_of_table(destination, self.mapped.target, self.mapped.known_by)
        expected, found = self.expected.limited(origin, keys), self.found.limited(destination, keys, known_by)
        return replace(self, expected=expected, found=found)

    def expected_row(self, row: Row) -> CanonicalRow:
        """A row of the origin's query in canonical form."""
        keys = len(self.keys)
        return CanonicalRow(self.canonical_key(row[:keys]), str(row[keys]), self._values(row[keys + 1 :]))

    def found_row(self, row: Row) -> CanonicalRow:
        """A row of the destination's query in canonical form."""
        keys = len(self.keys)
        return CanonicalRow(self.canonical_key(row[:keys]), None, self._values(row[keys:]))

    def canonical_key(self, parts: Row) -> str:
        """The text of a destination key with these column values."""
        return key_of_parts([str(form(part)) for form, part in zip(self.keys, parts, strict=True)])

    def difference(self, expected: CanonicalRow | None, found: CanonicalRow | None) -> Difference | None:
        """What is wrong with a row, None when nothing is; at least one of the two arguments is a row."""
        part = self.mapped.name
        if found is None:
            assert expected is not None
            return Difference(self.table, expected.key, DifferenceKind.MISSING, self.origin, part, expected.origin_key)
        if expected is None:
            return Difference(self.table, found.key, DifferenceKind.EXTRA, self.origin, part)
        columns = tuple(
            ColumnDifference(name, here, there)
            for name, here, there in zip(self.columns, expected.values, found.values, strict=True)
            if here != there
        )
        if not columns:
            return None
        kind = DifferenceKind.DIFFERENT
        return Difference(self.table, found.key, kind, self.origin, part, expected.origin_key, columns)

    def _values(self, values: Row) -> tuple[str | None, ...]:
        return tuple(form(value) for form, value in zip(self.values, values, strict=True))


def forward_comparison(source: Database, target: Database, table: MappedTable) -> Comparison:
    """The comparison of a target table with what the source says."""
    select = forward_select(source, table)
    given = zip(select.columns, select.expressions, strict=True)
    values = {name: value for name, value in given if name not in table.initial}
    key = [values.pop(name) for name in table.key]
    columns = tuple(values)
    expected = replace(
        select,
        columns=(*_key_names(table.key), "origin_key", *columns),
        expressions=(*key, select.key.as_text(source), *values.values()),
    )
    found = replace(_plain_select(target, table.target, table.key, columns), where=claimed(target, table))
    return Comparison(Side.V1, table, columns, expected, found, *_types(target, table.target, table.key, columns))


def backward_comparison(source: Database, target: Database, mapping: ServiceMapping, table: MappedTable) -> Comparison:
    """The comparison of a source table with what the target says, the key map included."""
    select = reverse_select(target, mapping, table)
    keys = len(table.source_key)
    columns = select.columns[2 + keys :]
    key, key_parts, expressions = (
        select.expressions[0],
        select.expressions[2 : 2 + keys],
        [*select.expressions[2 + keys :]],
    )
    found = replace(_plain_select(source, table.source, table.source_key, columns), where=taken(source, table))
    key_types, types = _types(source, table.source, table.source_key, columns)
    if source.dialect != target.dialect:
        # The more specific of the two types: a text on one side may be a document on the other.
        named = {
            column.source: part.target.columns[column.target].type
            for part in (table, *table.beside)
            for column in part.columns
            if isinstance(column, ExpressionColumn)
        }
        types = tuple(named.get(column, type_) for column, type_ in zip(columns, types, strict=True))
    if table.remapped:
        columns = (*columns, f"{key_name(table.key)} (key map)")
        expressions.append(key)
        own = found.key.as_text(source)
        found = replace(
            found,
            columns=(*found.columns, columns[-1]),
            expressions=(*found.expressions, mapped_key(source, "key_map", table.source.name, own)),
            joins=(key_map_join(source, "key_map", table.source.name, own),),
        )
        types = (*types, _KEY_MAP_TYPE)
    expected = replace(
        select,
        columns=(*_key_names(table.source_key), "origin_key", *columns),
        expressions=(*key_parts, select.key.as_text(target), *expressions),
    )
    return Comparison(Side.V2, table, columns, expected, found, key_types, types)


def compare_keys(
    origin: Database,
    destination: Database,
    comparison: Comparison,
    origin_keys: Sequence[str],
    destination_keys: Iterable[str] = (),
) -> tuple[Difference, ...]:
    """Compare the rows with these keys (in text form) at the origin, and the destination's rows with the other keys.

    `destination_keys` are needed for rows that the origin may no longer have; those of its existing rows are derived.
    """
    expected, found = _rows_of(origin, destination, comparison, origin_keys, destination_keys)
    return tuple(_differences(comparison, expected, found))


def compare_suspects(
    origin: Database, destination: Database, comparison: Comparison, suspects: Sequence[Suspect]
) -> tuple[Difference, ...]:
    """What is wrong with rows whose hashes differ, even where a row cannot be found again by its canonical key."""
    origin_keys = [suspect.origin_key for suspect in suspects if suspect.origin_key is not None]
    surplus = [suspect.key for suspect in suspects if suspect.origin_key is None]
    expected, found = _rows_of(origin, destination, comparison, origin_keys, surplus)
    seen = {row.origin_key for rows in expected.values() for row in rows}
    lost = (
        comparison.difference(CanonicalRow(one.key, one.origin_key, ()), None)
        for one in suspects
        if one.origin_key is not None and one.origin_key not in seen
    )
    strange = (
        comparison.difference(None, CanonicalRow(key, None, ()))
        for key in surplus
        if comparison.canonical_key(parts_of_key(key, len(comparison.keys))) not in found
    )
    return (*_differences(comparison, expected, found), *filter(None, lost), *filter(None, strange))


def _rows_of(
    origin: Database,
    destination: Database,
    comparison: Comparison,
    origin_keys: Sequence[str],
    destination_keys: Iterable[str],
) -> tuple[Mapping[str, Sequence[CanonicalRow]], Mapping[str, Sequence[CanonicalRow]]]:
    """The rows expected with these keys, and the rows found under their keys or under `destination_keys`."""
    read_expected, read_found = comparison.read_expected(origin), comparison.read_found(destination)
    expected = _by_key(
        row
        for part in in_parts(origin_keys)
        for row in map(comparison.expected_row, origin.rows(*read_expected.of_keys(origin, part)))
    )
    wanted = sorted({*expected, *destination_keys})
    found = _by_key(
        row
        for part in in_parts(wanted)
        for row in map(comparison.found_row, destination.rows(*read_found.of_keys(destination, part)))
    )
    return expected, found


def _by_key(rows: Iterable[CanonicalRow]) -> Mapping[str, Sequence[CanonicalRow]]:
    """The rows by key, which need not be unique on the other side."""
    by_key: dict[str, list[CanonicalRow]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    return by_key


def _differences(
    comparison: Comparison, expected: Mapping[str, Sequence[CanonicalRow]], found: Mapping[str, Sequence[CanonicalRow]]
) -> Iterator[Difference]:
    for key in sorted({*expected, *found}):
        left = [*found.get(key, ())]
        for row in expected.get(key, ()):
            match = next((one for one in left if one.values == row.values), left[0] if left else None)
            if match is not None:
                left.remove(match)
            if difference := comparison.difference(row, match):
                yield difference
        yield from filter(None, (comparison.difference(None, one) for one in left))


def _key_names(key: Sequence[str]) -> list[str]:
    """Aliases for the columns of a destination key, chosen so that no real column has them."""
    return [f"destination_key_{number}" for number in range(len(key))]


def _plain_select(database: Database, table: Table, key: Sequence[str], columns: Sequence[str]) -> Select:
    name, own = database.quoted(table.name), key_of_table(database, table, key)
    return Select(
        table=table.name,
        columns=(*_key_names(key), *columns),
        expressions=(*(part.sql for part in own.parts), *(f"{name}.{database.quoted(column)}" for column in columns)),
        joins=(),
        where=None,
        key=own,
    )


def _types(
    database: Database, table: Table, key: Sequence[str], columns: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    key_types, types = (tuple(_kept(database, table, name) for name in names) for names in (key, columns))
    return key_types, types


def _kept(database: Database, table: Table, column: str) -> str:
    """The type as the column stores it: in SQLite numbers have no scale, and all reals have 64 bits."""
    type_ = table.columns[column].type
    if database.dialect != "sqlite":
        return type_
    if _NUMERIC.match(type_):
        return "numeric"
    if holds_bytes(type_):
        return "blob"
    if family_of(type_) is Family.MOMENT:
        # A text, by which rows are found however it is written.
        return "datetime"
    if _TEXT.search(type_):
        # A trailing blank of a CHAR is stored, and significant.
        return "text"
    return "double precision" if type_.lower() in {"real", "float4"} else type_
