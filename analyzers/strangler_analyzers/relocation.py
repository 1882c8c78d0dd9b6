"""Relocates facts whose source has moved to other lines but is otherwise unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from strangler.model.location import Location
from strangler.model.system import (
    AmbiguousCall,
    Call,
    Class,
    EntryPoint,
    Function,
    Import,
    Module,
    OutsideUse,
    Route,
    SystemFacts,
    TableAccess,
    Variant,
)
from strangler.model.tables import ForeignKey, Table
from strangler_analyzers.linker.flow import access_order, call_order, outside_order
from strangler_analyzers.source.moved_lines import MovedLines

_Standing = TypeVar("_Standing", Class, Import, Route, EntryPoint, ForeignKey, AmbiguousCall)
_Done = TypeVar("_Done", Call, TableAccess, OutsideUse)


class UnknownLineError(LookupError):
    """A fact refers to a line that holds no node, so its new line is unknown."""


@dataclass(frozen=True, slots=True)
class Relocation:
    """Moves facts; `moves` holds the files that have changed, by the path in their locations."""

    moves: Mapping[str, MovedLines]

    def facts(self, facts: SystemFacts) -> SystemFacts | None:
        """The facts that linking the moved source would give; None if they cannot be derived from the old facts.

        This concerns unreadable parts, which are reported with their lines.
        """
        if any(skipped.file in self.moves for skipped in facts.skipped):
            return None
        try:
            return replace(
                facts,
                modules=tuple(map(self._module, facts.modules)),
                classes=tuple(map(self._standing, facts.classes)),
                functions=tuple(map(self._function, facts.functions)),
                imports=tuple(map(self._standing, facts.imports)),
                calls=self._in_order(facts.calls, attrgetter("caller"), call_order),
                routes=tuple(map(self._standing, facts.routes)),
                entry_points=tuple(map(self._standing, facts.entry_points)),
                tables=tuple(map(self._table, facts.tables)),
                accesses=self._in_order(facts.accesses, attrgetter("function"), access_order),
                outside=self._in_order(facts.outside, attrgetter("function"), outside_order),
                variants=tuple(map(self._variant, facts.variants)),
                ambiguous=tuple(map(self._standing, facts.ambiguous)),
            )
        except UnknownLineError:
            return None

    def _in_order(
        self,
        facts: Iterable[_Done],
        function: Callable[[_Done], str],
        order: Callable[[_Done], tuple[object, ...]],
    ) -> tuple[_Done, ...]:
        """The moved facts, sorted again within each function, since their order depends on how a line is written."""
        return tuple(fact for _, group in groupby(facts, function) for fact in self._group(group, order))

    def _group(self, facts: Iterable[_Done], order: Callable[[_Done], tuple[object, ...]]) -> Iterable[_Done]:
        known = tuple(facts)
        moved = tuple(map(self._done, known))
        return known if moved == known else sorted(moved, key=order)

    def _variant(self, variant: Variant) -> Variant:
        calls = self._group(variant.calls, call_order)
        accesses = self._group(variant.accesses, access_order)
        outside = self._group(variant.outside, outside_order)
        return Variant(variant.function, variant.context, tuple(calls), tuple(accesses), tuple(outside))

    def _module(self, module: Module) -> Module:
        moves = self.moves.get(module.file)
        return module if moves is None else replace(module, lines=moves.length)

    def _function(self, function: Function) -> Function:
        moves = self.moves.get(function.location.file)
        if moves is None:
            return function
        last = moves.length if function.name.endswith(":<module>") else _line(moves, function.end_line)
        return replace(function, location=self._place(function.location), end_line=last)

    def _table(self, table: Table) -> Table:
        keys = tuple(map(self._standing, table.foreign_keys))
        location = None if table.location is None else self._place(table.location)
        return replace(table, location=location, foreign_keys=keys)

    def _standing(self, fact: _Standing) -> _Standing:
        place = self._place(fact.location)
        return fact if place is fact.location else replace(fact, location=place)

    def _done(self, fact: _Done) -> _Done:
        place, begun = self._place(fact.location), fact.transaction
        transaction = None if begun is None else self._place(begun)
        if place is fact.location and transaction is begun:
            return fact
        return replace(fact, location=place, transaction=transaction)

    def _place(self, location: Location) -> Location:
        moves = self.moves.get(location.file)
        return location if moves is None else Location(location.file, _line(moves, location.line))


def _line(moves: MovedLines, line: int) -> int:
    moved = moves.lines.get(line)
    if moved is None:
        raise UnknownLineError(line)
    return moved
