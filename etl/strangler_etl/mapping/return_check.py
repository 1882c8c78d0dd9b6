"""Whether the tables a service owns can go back to the source, and which parts of a table go back together or apart.

A table that is split by its columns goes back as one: the first of its parts that keeps the source key leads. A source
row exists as long as the leading part has its row; the other parts hold more of its columns under the same key. So no
column may come back from two parts, and no part may take only some of the rows, since the columns of the others would
then be unknown.

Tables that become one go back separately: each row goes to the table that its kind, a constant of each mapping, names.

The parts of a table that is split by its rows go back separately. Their filters must exclude each other, so that a row
is in at most one part, and the columns a filter uses must go back, so that a row is found in its part again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from strangler.project import TableMapping
from strangler_etl.engine.keys import key_name
from strangler_etl.errors import MappingError
from strangler_etl.mapping.filters import columns_of, exclude_each_other, fixed_values, passing
from strangler_etl.mapping.kinds import alike, kinds_named
from strangler_etl.mapping.mapping import DerivedColumn, MappedColumn, MappedTable, ReverseColumn
from strangler_etl.mapping.mapping_error import mapping_error


def returning(
    service: str, mappings: Sequence[TableMapping], mapped: Mapping[str, MappedTable]
) -> Mapping[str, MappedTable]:
    """The mapped tables by name; those that lead have the parts `beside` them and the columns their filter fixes.

    Raises MappingError where a table that the service owns cannot go back completely.
    """
    by_source, by_target = defaultdict[str, list[TableMapping]](list), defaultdict[str, list[TableMapping]](list)
    owned = [one for one in mappings if mapped[one.name].owned]
    for mapping in owned:
        by_source[mapping.source].append(mapping)
        by_target[mapping.target].append(mapping)
    for kinds in by_target.values():
        if len(kinds) > 1:
            _require_kinds(service, kinds, mapped)
    for mapping in owned:
        _require_no_merged_key(service, mapping, mapped)
    leading = [table for parts in by_source.values() for table in _leading(service, parts, mapped)]
    return {**mapped, **{table.name: table for table in leading}}


def _require_kinds(service: str, mappings: Sequence[TableMapping], mapped: Mapping[str, MappedTable]) -> None:
    """Refuse mappings to one target where a row's kind may be ambiguous."""
    found = alike([mapped[mapping.name] for mapping in mappings])
    if found is not None:
        one, other = found
        column, constants = kinds_named(found)
        what = (
            f"{' and '.join(constants)} may be one {column} to a collation: rows of {one.name} and {other.name} would"
            " come back to both"
        )
        remedy = "let the constants differ by letters or digits; or, " + _no_way_back(service)
        mapping = next(mapping for mapping in mappings if mapping.name == other.name)
        raise mapping_error(service, mapping, what, remedy, "columns", column)


def _require_no_merged_key(service: str, mapping: TableMapping, mapped: Mapping[str, MappedTable]) -> None:
    """Refuse a key of several columns that refers to one of several tables that become one.

    When the referenced row is gone, its number alone does not say which table it belonged to.
    """
    table, merged = mapped[mapping.name], {one.source.name for one in mapped.values() if one.claim is not None}
    for column in table.key_columns:
        if len(table.key) > 1 and isinstance(column, DerivedColumn) and column.of in merged:
            what = (
                f"{column.target} is a part of the key, and refers to {column.of}, which becomes one with another"
                " table: rows do not come back"
            )
            remedy = "give the table a key of one column at v1; or, " + _no_way_back(service)
            raise mapping_error(service, mapping, what, remedy, "columns", column.target)


def _leading(
    service: str, mappings: Sequence[TableMapping], mapped: Mapping[str, MappedTable]
) -> Sequence[MappedTable]:
    """The mappings that lead those of one source table: one for each filter."""
    by_filter = defaultdict[str | None, list[TableMapping]](list)
    for mapping in mappings:
        where = mapped[mapping.name].where
        by_filter[where.sql() if where is not None else None].append(mapping)
    if by_filter[None] and len(by_filter) > 1:
        (some, *_) = (mapping for mapping in mappings if mapped[mapping.name].where is not None)
        what = (
            f"{by_filter[None][0].name} takes all rows of {some.source}, and this some of them: it does not come back"
        )
        raise mapping_error(service, some, what, _no_way_back(service), "where")
    returns = [_Return(service, parts, mapped) for parts in by_filter.values() if parts]
    leading = [one.whole() for one in returns]
    for (first, _), (leader, one) in combinations(zip(leading, returns, strict=True), 2):
        one.require_apart(first, leader)
    return leading


def _no_way_back(service: str) -> str:
    """The remedy for what cannot be read backwards."""
    return f"to do without a rollback after the cut-over, write way_back = false in [etl.{service}]"


@dataclass(frozen=True, slots=True)
class _Return:
    """The owned mappings of one source table that take the same of its rows."""

    service: str
    mappings: Sequence[TableMapping]
    mapped: Mapping[str, MappedTable]

    def whole(self) -> MappedTable:
        """The leading mapping, with the others beside it."""
        for mapping in self.mappings:
            self._require_own_rows(mapping)
        leader, *further = sorted(self.mappings, key=self._keeps_no_key)
        if self._keeps_no_key(leader):
            remedy = 'add: number = { key = "source" }'
            raise self._error(leader, "nothing keeps the source key, by which rows go back", remedy)
        table = self.mapped[leader.name]
        filled = dict.fromkeys((*table.source_key, *table.returns), leader.name)
        for mapping in further:
            self._require_same_key(table, mapping, "with which they go back")
            for name in self.mapped[mapping.name].returns:
                if name in filled:
                    raise self._twice(mapping, name, filled[name])
                filled[name] = mapping.name
        fixed = self._fixed(leader, table, filled)
        filled |= dict.fromkeys((column.source for column in fixed), leader.name)
        for name, column in table.source.columns.items():
            if name not in filled and not column.optional:
                raise self._error(
                    leader,
                    f"the source column {name} must not be empty, but nothing fills it on the way back",
                    f'add: reverse = {{ {name} = "..." }}',
                )
        beside = tuple(self.mapped[mapping.name] for mapping in further)
        return replace(table, beside=beside, reverse=(*table.reverse, *fixed))

    def require_apart(self, first: MappedTable, leader: MappedTable) -> None:
        """Raise MappingError where a row could belong to another leading mapping, or could not be moved to one."""
        (mapping,) = (one for one in self.mappings if one.name == leader.name)
        self._require_same_key(first, mapping, "to which they may move")
        assert leader.where is not None
        assert first.where is not None
        if not exclude_each_other(leader.source, first.where, leader.where):
            what = f"nothing shows that no row is in {first.name}, too: it would come back twice"
            remedy = "let both filters compare one column with constants that differ; or, " + _no_way_back(self.service)
            raise self._error(mapping, what, remedy, "where")

    def _fixed(self, leader: TableMapping, table: MappedTable, filled: Mapping[str, str]) -> Sequence[ReverseColumn]:
        """The columns that no part keeps and that the filter fixes to one value for all rows."""
        if table.where is None:
            return ()
        known = fixed_values(table.source, table.where)
        asked = [name for name in columns_of(table.where) if name not in filled]
        for name in asked:
            if name not in known and not table.source.columns[name].computed:
                what = f"the filter asks for {name}, and nothing says on the way back what it is"
                raise self._error(leader, what, f'copy it: {name} = "{name}"', "where")
        return [ReverseColumn(name, known[name]) for name in asked if name in known]

    def _keeps_no_key(self, mapping: TableMapping) -> bool:
        table = self.mapped[mapping.name]
        return table.remapped and table.number is None

    def _require_own_rows(self, mapping: TableMapping) -> None:
        table = self.mapped[mapping.name]
        if table.joins:
            what = "a table the service owns cannot be joined: what is joined does not come back"
            raise self._error(mapping, what, _no_way_back(self.service), "joins")
        if table.where is not None and (found := passing(table.where)):
            what = f"what its filter takes may change by itself, by {found}: nobody can tell which rows come back"
            raise self._error(mapping, what, _no_way_back(self.service), "where")

    def _require_same_key(self, leader: MappedTable, mapping: TableMapping, why: str) -> None:
        """Refuse a part whose row cannot be found by the key of the leading row."""
        part = self.mapped[mapping.name]
        if _key_forms(part) != _key_forms(leader):
            what = (
                f"its rows are known by {key_name(part.key)}, and those of {leader.name}, {why}, by"
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
    """The source column that each column of the key holds, and its type."""
    return [(_held(column), table.target.columns[column.target].type) for column in table.key_columns]


def _held(column: MappedColumn) -> str | None:
    return column.of if isinstance(column, DerivedColumn) else None
