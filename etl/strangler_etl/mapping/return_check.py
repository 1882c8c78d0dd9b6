"""Whether the tables a service owns can go back to the source, and which parts of a table go back together.

A table that is split by its columns goes back as one: the first of its parts that keeps the source key leads. A row of
the source lives as long as its row there, and the other parts have more of its columns under the same key. So no column
may come back from two of them, and none may take some of the rows only: what it says of the others nobody would know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from strangler.project import TableMapping
from strangler_etl.engine.keys import key_name
from strangler_etl.errors import MappingError
from strangler_etl.mapping.mapping import DerivedColumn, MappedColumn, MappedTable
from strangler_etl.mapping.mapping_error import mapping_error


def returning(
    service: str, mappings: Sequence[TableMapping], mapped: Mapping[str, MappedTable]
) -> Mapping[str, MappedTable]:
    """The mapped tables by name, each that leads others with those `beside` it.

    Raises MappingError where a table that the service owns can not go back as a whole.
    """
    by_source, by_target = defaultdict[str, list[TableMapping]](list), defaultdict[str, list[TableMapping]](list)
    for mapping in (one for one in mappings if mapped[one.name].owned):
        by_source[mapping.source].append(mapping)
        by_target[mapping.target].append(mapping)
    for first, *further in by_target.values():
        for mapping in further:
            what = f"{first.name} goes there, too: rows do not come back"
            raise mapping_error(service, mapping, what, _no_way_back(service), "target")
    leading = {table.name: table for parts in by_source.values() for table in [_Return(service, parts, mapped).whole()]}
    return {**mapped, **leading}


def _no_way_back(service: str) -> str:
    """The remedy for what can not be read backwards."""
    return f"to do without a rollback after the cut-over, write way_back = false in [etl.{service}]"


@dataclass(frozen=True, slots=True)
class _Return:
    """The owned mappings of one source table."""

    service: str
    mappings: Sequence[TableMapping]
    mapped: Mapping[str, MappedTable]

    def whole(self) -> MappedTable:
        """The mapping that leads, with the others beside it."""
        for mapping in self.mappings:
            self._require_all_rows(mapping)
        leader, *further = sorted(self.mappings, key=self._keeps_no_key)
        if self._keeps_no_key(leader):
            remedy = 'add: number = { key = "source" }'
            raise self._error(leader, "nothing keeps the source key, by which rows go back", remedy)
        table = self.mapped[leader.name]
        filled = dict.fromkeys((*table.source_key, *table.returns), leader.name)
        for mapping in further:
            self._require_same_key(table, mapping)
            for name in self.mapped[mapping.name].returns:
                if name in filled:
                    raise self._twice(mapping, name, filled[name])
                filled[name] = mapping.name
        for name, column in table.source.columns.items():
            if name not in filled and not column.optional:
                raise self._error(
                    leader,
                    f"the source column {name} must not be empty, but nothing fills it on the way back",
                    f'add: reverse = {{ {name} = "..." }}',
                )
        return replace(table, beside=tuple(self.mapped[mapping.name] for mapping in further))

    def _keeps_no_key(self, mapping: TableMapping) -> bool:
        table = self.mapped[mapping.name]
        return table.remapped and table.number is None

    def _require_all_rows(self, mapping: TableMapping) -> None:
        table = self.mapped[mapping.name]
        if table.joins or table.where is not None:
            what = "a table the service owns can not be joined or filtered: it has to come back whole"
            at = "where" if table.where is not None else "joins"
            raise self._error(mapping, what, _no_way_back(self.service), at)

    def _require_same_key(self, leader: MappedTable, mapping: TableMapping) -> None:
        """Refuse a part whose row can not be found by the key of the row that leads."""
        part = self.mapped[mapping.name]
        if _key_forms(part) != _key_forms(leader):
            what = (
                f"its rows are known by {key_name(part.key)}, and those of {leader.name}, with which they go back, by"
                f" {key_name(leader.key)}: that is another key"
            )
            own = f'{part.key[0]} = {{ key = "uuid" }}'
            remedy = f"let both have the same, of one type: {own}" if leader.remapped else "copy the key in both"
            raise self._error(mapping, what, remedy, "columns", part.key[0])

    def _twice(self, mapping: TableMapping, name: str, other: str) -> MappingError:
        part = self.mapped[mapping.name]
        at = [column.target for column in part.columns if column.source == name]
        what = f"{name} comes back from {other}, too, and nobody can tell which of the two is right"
        if not at:
            return self._error(mapping, what, "say it in one of them", "reverse", name)
        remedy = f'let the service have one of them for itself: {at[0]} = {{ default = "{name}" }}'
        return self._error(mapping, what, remedy, "columns", at[0])

    def _error(self, mapping: TableMapping, what: str, remedy: str, *at: str) -> MappingError:
        return mapping_error(self.service, mapping, what, remedy, *at)


def _key_forms(table: MappedTable) -> Sequence[tuple[str | None, str]]:
    """What each column of the key holds of the source, and its type."""
    return [(_held(column), table.target.columns[column.target].type) for column in table.key_columns]


def _held(column: MappedColumn) -> str | None:
    return column.of if isinstance(column, DerivedColumn) else None
