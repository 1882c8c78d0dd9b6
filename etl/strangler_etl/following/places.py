"""Which place in the source each row of the target has, where a table is split by rows or several tables become one.

A place holds one row. A row that would take another row's place, or the place of a row outside of all mappings, is
refused together with its batch: the source stays as it is, and the follower says what to mend in the target.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import in_parts
from strangler_etl.engine.session import Row
from strangler_etl.errors import MisplacedRowError
from strangler_etl.following.changed_keys import as_in_source, rows_of_keys
from strangler_etl.following.table_keys import keys_that
from strangler_etl.mapping.kinds import kinds_named
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import Select, taken
from strangler_etl.mapping.unreturned import kindless_select, lost_selects
from strangler_etl.values.conversions import Family, family_of

_WHOLE = re.compile(r"0|-?[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row of the target that goes back by a mapping: its key there, and the key of its place in the source."""

    home: MappedTable
    target_key: str
    source_key: str

    @property
    def table(self) -> str:
        """The table it comes from."""
        return self.home.target.name


def taken_by_any(source: Database, homes: Sequence[MappedTable]) -> str | None:
    """The condition that some mapping takes a row of the source; None where one of them takes all."""
    conditions = [taken(source, home) for home in homes]
    known = [one for one in conditions if one is not None]
    return " OR ".join(f"({one})" for one in known) if len(known) == len(conditions) else None


def require_one_row_each(target: Database, arrivals: Iterable[Arrival]) -> None:
    """Raise MisplacedRowError where two rows have one place in the source, or one key exists in two parts."""
    by_place: dict[str, Arrival] = {}
    by_key: dict[str, Arrival] = {}
    for arrival in arrivals:
        for known, key in ((by_place, arrival.source_key), (by_key, arrival.target_key)):
            other = known.setdefault(key, arrival)
            if other is not arrival:
                raise _two(target, arrival, other)


def _two(target: Database, arrival: Arrival, other: Arrival) -> MisplacedRowError:
    same = f"is the row {arrival.source_key} of {arrival.home.source.name}"
    if arrival.table != other.table and arrival.target_key == other.target_key:
        what = f"{same}, and so is that of {other.table} with this key"
    else:
        what = f"{same}, and so is the row {other.target_key} of {other.table}"
    remedy = f"delete one of them, or give it another {arrival.home.known_by[0]}"
    return MisplacedRowError(target.address, arrival.table, arrival.target_key, what, remedy)


def require_spelled(target: Database, arrivals: Iterable[Arrival]) -> None:
    """Raise MisplacedRowError where the target spells a whole number of the source, as text, unlike the source.

    A text 07 would take the place of 7, and nothing would show that the two are one.
    """
    for arrival in arrivals:
        if _is_spelled(arrival.home) and not _WHOLE.fullmatch(arrival.source_key):
            (name,), (number,) = arrival.home.source_key, arrival.home.known_by
            what = f"has {number} {arrival.source_key}, and {name} of {arrival.home.source.name} is a whole number"
            remedy = f"let {number} be a whole number that no other row has, without zeros in front"
            raise MisplacedRowError(target.address, arrival.table, arrival.target_key, what, remedy)


def _is_spelled(home: MappedTable) -> bool:
    """Whether the target stores a whole number of the source as text."""
    if len(home.source_key) != 1:
        return False
    here, there = home.target.columns[home.known_by[0]].type, home.source.columns[home.source_key[0]].type
    return family_of(there) is Family.WHOLE and family_of(here) is Family.TEXT


def require_nobodys(source: Database, homes: Sequence[MappedTable], arrivals: Sequence[Arrival]) -> None:
    """Raise MisplacedRowError where a place holds a row that no mapping takes: it is not ours to overwrite."""
    condition = taken_by_any(source, homes)
    if condition is None:
        return
    (first, *_), keys = homes, [arrival.source_key for arrival in arrivals]
    strange = keys_that(source, first.source, first.source_key, keys, f"({condition}) IS NOT TRUE")
    if strange:
        tables = " and ".join(home.target.name for home in homes)
        what = f"is in none of the parts, and {tables} would take its place with a row of that number"
        remedy = f"give the row at v2 another {first.known_by[0]}"
        raise MisplacedRowError(source.address, first.source.name, strange[0], what, remedy)


def require_in_part(source: Database, home: MappedTable, keys: Sequence[str]) -> None:
    """Raise MisplacedRowError where a row written by a mapping does not meet that mapping's filter."""
    condition = taken(source, home)
    if condition is None:
        return
    outside = keys_that(source, home.source, home.source_key, keys, f"({condition}) IS NOT TRUE")
    if outside:
        assert home.where is not None
        what = f"does not fit the filter of {home.name} when {home.target.name} has gone back: it would be lost there"
        remedy = f"move it at v2 to the part it belongs to, or let it meet {home.where.sql(dialect='postgres')}"
        raise MisplacedRowError(source.address, home.source.name, outside[0], what, remedy)


def require_given_up(
    source: Database,
    target: Database,
    homes: Sequence[tuple[MappedTable, Select]],
    former: Mapping[str, Arrival],
) -> None:
    """Raise MisplacedRowError where a place in `former` still belongs to the row that had it, by its target key."""
    keys = sorted(former)
    for home, select in homes:
        rows: list[Row] = [row for part in in_parts(keys) for row in rows_of_keys(target, select, part)]
        numbers = as_in_source(source, target, home, (row[1] for row in rows))
        for row, number in zip(rows, numbers, strict=True):
            arrival = former[str(row[0])]
            if number == arrival.source_key:
                raise _two(target, arrival, Arrival(home, str(row[0]), number))


def require_of_a_kind(target: Database, kinds: Sequence[MappedTable], keys: Sequence[str] | None) -> None:
    """Raise MisplacedRowError where a row, of these keys or of all, belongs to none of the tables that became one."""
    (first, *_), select = kinds, kindless_select(target, kinds)
    found = target.rows(*select.between(target)) if keys is None else rows_of_keys(target, select, keys)
    for (key,) in found:
        column, each = kinds_named(kinds)
        what = f"is of no kind: {column} is none of {' and '.join(each)}, and so no table of v1 takes it"
        remedy = f"let {column} be {' or '.join(each)}, or delete the row at v2"
        raise MisplacedRowError(target.address, first.target.name, str(key), what, remedy)


def require_met(target: Database, mapping: ServiceMapping, home: MappedTable, select: Select, rows: list[Row]) -> None:
    """Raise MisplacedRowError where a row that goes back refers to no row: v1 would silently get NULL instead.

    The rows are those of the `select` that `reverse_select` returns.
    """
    for part, column, lost in lost_selects(target, mapping, home):
        position = select.columns.index(column.source)
        keys = [str(row[0]) for row in rows if row[position] is None]
        for key, referred in rows_of_keys(target, lost, keys):
            parents = mapping.homes(column.of)
            names = " and ".join(dict.fromkeys(parent.target.name for parent in parents))
            kinds = [one.kind for one in parents if one.kind is not None]
            is_one = f" with {kinds[0][0]} = {kinds[0][1].sql(dialect='postgres')}" if kinds else ""
            beside = f" of {part.target.name}" if part is not home else ""
            what = (
                f"refers by {column.target}{beside} to {referred}, and {names} has no such row{is_one}: v1 would get"
                " NULL instead"
            )
            remedy = f"let it refer to a row of {names}{is_one}, or to none (NULL)"
            raise MisplacedRowError(target.address, home.target.name, str(key), what, remedy)
