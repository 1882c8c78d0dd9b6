"""What several mappings mean together: one source table that becomes several, and several that become one.

Where several become one, a column holds a constant for each mapping, which says whose row it is: the mapping's claim.
The first mapping claims the rows that no constant names, so that they are found and treated as surplus.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from strangler.project import TableMapping
from strangler_etl.engine.keys import key_name
from strangler_etl.errors import MappingError
from strangler_etl.mapping.mapping import DerivedColumn, MappedTable
from strangler_etl.mapping.mapping_error import mapping_error
from strangler_etl.values.conversions import Family, family_of

_TOLD_APART = frozenset({Family.TEXT, Family.WHOLE, Family.TRUTH, Family.OTHER})


def told_apart(
    service: str, mappings: Sequence[TableMapping], mapped: Mapping[str, MappedTable]
) -> Mapping[str, MappedTable]:
    """The mapped tables by name, each with its claim where several have one target.

    Raises MappingError where mappings to one target cannot be told apart.
    """
    by_target = defaultdict[str, list[TableMapping]](list)
    for mapping in mappings:
        by_target[mapping.target].append(mapping)
    claims: dict[str, tuple[exp.Expr, exp.Expr]] = {}
    for first, *further in by_target.values():
        for mapping in further:
            _Pair(service, first, mapping, mapped).require_apart()
        if further:
            claims |= _Group(service, (first, *further), mapped).claims()
    return {
        name: replace(table, claim=claims[name][0], home=claims[name][1]) if name in claims else table
        for name, table in mapped.items()
    }


class _Pair:
    """Two mappings to one target."""

    def __init__(
        self, service: str, first: TableMapping, other: TableMapping, mapped: Mapping[str, MappedTable]
    ) -> None:
        self._service = service
        self._mapping = other
        self._first, self._other = mapped[first.name], mapped[other.name]

    def require_apart(self) -> None:
        """Raise MappingError where a row of one mapping could be taken for a row of the other."""
        first, other = self._first, self._other
        if first.source.name == other.source.name:
            raise self._error(f"{first.name} takes rows of {other.source.name} to {other.target.name} already")
        for table in (first, other):
            if not table.remapped:
                what = f"rows of {first.source.name} and {other.source.name} may have the same {key_name(table.key)}"
                raise self._error(what, f'let both have keys of their own: {table.key[0]} = {{ key = "uuid" }}')
        if (first.key, first.number) != (other.key, other.number):
            raise self._error(f"{first.name} keeps its keys in other columns of {other.target.name}")
        if other.number is not None and other.number in other.target.unique:
            what = f"rows of {first.source.name} and {other.source.name} may have the same {other.number}"
            raise self._error(what, "let it be unique together with what tells them apart only", other.number)
        if first.owned is not other.owned:
            raise self._error(f"the service owns one of {first.source.name} and {other.source.name}, and not the other")
        here, there = ({column.target for column in table.columns} for table in (other, first))
        for name in sorted(here ^ there):
            lacking = self._mapping.name if name in there else first.name
            raise self._error(f"{lacking} does not say what {name} is", f'write {name} = "NULL", or what it is', name)
        if first.initial != other.initial:
            (name, *_) = sorted(first.initial ^ other.initial)
            raise self._error(f"{name} is a default in one of {first.name} and {other.name} only", None, name)

    def _error(self, what: str, remedy: str | None = None, column: str | None = None) -> MappingError:
        at = ("target",) if column is None else ("columns", column)
        return mapping_error(self._service, self._mapping, what, remedy, *at)


class _Group:
    """All mappings to one target."""

    def __init__(self, service: str, mappings: Sequence[TableMapping], mapped: Mapping[str, MappedTable]) -> None:
        self._service = service
        self._mappings = mappings
        self._tables = [mapped[mapping.name] for mapping in mappings]

    def claims(self) -> Mapping[str, tuple[exp.Expr, exp.Expr]]:
        """Mapping name -> the conditions over the target that a row belongs to that mapping.

        The first condition is for rows that come from the source, the second for those that go back.
        """
        first, *_ = self._tables
        for column in first.columns:
            constants = [_constant(table, column.target) for table in self._tables]
            if len({_canonical(constant) for constant in constants} - {None}) == len(constants):
                return self._claims(column.target, [one for one in constants if one is not None])
        names = " and ".join(table.name for table in self._tables)
        what = f"nothing in {first.target.name} says which rows are of {names}"
        remedy = f"let a column tell them apart by a constant of each: kind = \"'{self._tables[-1].name}'\""
        raise mapping_error(self._service, self._mappings[-1], what, remedy, "target")

    def _claims(self, name: str, constants: Sequence[exp.Expr]) -> Mapping[str, tuple[exp.Expr, exp.Expr]]:
        first, *further = self._tables
        column = exp.column(name, table=first.target.name, quoted=True)
        others = exp.In(this=column.copy(), expressions=[constant.copy() for constant in constants[1:]])
        rest = exp.or_(exp.Is(this=column.copy(), expression=exp.Null()), exp.Not(this=others))
        homes = [exp.EQ(this=column.copy(), expression=constant.copy()) for constant in constants]
        claims = {first.name: (rest, homes[0])}
        claims |= {table.name: (home, home) for table, home in zip(further, homes[1:], strict=True)}
        return claims


def _constant(table: MappedTable, target: str) -> exp.Expr | None:
    """The constant that a target column has in every row of a mapping; None where it has none."""
    column = next(column for column in table.columns if column.target == target)
    if isinstance(column, DerivedColumn) or column.initial:
        return None
    type_ = table.target.columns[target].type
    if family_of(type_) not in _TOLD_APART or type_ == '"char"':
        return None
    return column.expression


def _canonical(constant: exp.Expr | None) -> str | None:
    """Equal for constants that a column may take for equal; None for anything else, or what may be truncated."""
    if isinstance(constant, exp.Cast) and not constant.to.expressions:
        constant = constant.this
    match constant:
        case exp.Literal(is_string=True):
            return constant.name.strip().casefold()
        case exp.Literal() if constant.name.isdecimal():
            return str(int(constant.name))
        case exp.Boolean():
            return str(constant.this).casefold()
        case _:
            return None
