"""The tables that a function touches, directly or through calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from strangler.model.strong_components import strong_components
from strangler.model.system import AccessMode, CallKind, SystemFacts
from strangler_analyzers.graph.elements import mentioned_functions


@dataclass(frozen=True, slots=True)
class TableUse:
    """Sorted table names: touched before the call returns, or later (`later_...`) by work that was only queued."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    later_reads: tuple[str, ...] = ()
    later_writes: tuple[str, ...] = ()


class Reachability:
    """The tables reached from every function and variant, computed once over the condensation of the call graph.

    The effects of a function are a bit mask: the tables read, the tables written, each in the
    order of their names, and one bit for outside effects.
    """

    def __init__(self, facts: SystemFacts) -> None:
        accesses = chain(facts.accesses, *(variant.accesses for variant in facts.variants))
        self._tables = sorted({access.table for access in accesses})
        names = {function.name for function in facts.functions}
        names.update(mentioned_functions(facts))
        names.update(variant.name for variant in facts.variants)
        self._number = {name: number for number, name in enumerate(sorted(names))}
        self._uses: dict[tuple[int, int], TableUse] = {}
        own = self._own_masks(facts)
        now = self._successors(facts, later=False)
        later = self._successors(facts, later=True)
        self._now = _closure(now, own)
        self._later = self._later_masks(now, later, own)

    def of(self, functions: Iterable[str]) -> TableUse:
        """The tables that running these functions touches; an unknown function touches none."""
        now = later = 0
        for name in functions:
            number = self._number.get(name)
            if number is not None:
                now |= self._now[number]
                later |= self._later[number]
        return self._use(now, later)

    def has_effect(self, function: str) -> bool:
        """Whether the function, or something it runs now or later, touches a table or reaches beyond the process."""
        number = self._number.get(function)
        return number is not None and bool(self._now[number] or self._later[number])

    def _use(self, now: int, later: int) -> TableUse:
        known = self._uses.get((now, later))
        if known is None:
            shift = len(self._tables)
            masks = (now, now >> shift, later, later >> shift)
            known = self._uses[now, later] = TableUse(*map(self._names, masks))
        return known

    def _names(self, mask: int) -> tuple[str, ...]:
        return tuple(table for bit, table in enumerate(self._tables) if mask >> bit & 1)

    def _own_masks(self, facts: SystemFacts) -> list[int]:
        bit = {table: number for number, table in enumerate(self._tables)}
        masks = [0] * len(self._number)
        for access in facts.accesses:
            shift = 0 if access.mode is AccessMode.READ else len(self._tables)
            masks[self._number[access.function]] |= 1 << (bit[access.table] + shift)
        for use in facts.outside:
            if use.kind.is_effect:
                masks[self._number[use.function]] |= 1 << 2 * len(self._tables)
        for variant in facts.variants:
            number = self._number[variant.name]
            for access in variant.accesses:
                shift = 0 if access.mode is AccessMode.READ else len(self._tables)
                masks[number] |= 1 << (bit[access.table] + shift)
            if any(use.kind.is_effect for use in variant.outside):
                masks[number] |= 1 << 2 * len(self._tables)
        return masks

    def _successors(self, facts: SystemFacts, *, later: bool) -> list[list[int]]:
        found: list[set[int]] = [set() for _ in self._number]
        for call in facts.calls:
            if call.kind is CallKind.ASYNC if later else call.kind.leads_on:
                found[self._number[call.caller]].add(self._number[call.runs])
        for variant in facts.variants:
            number = self._number[variant.name]
            for call in variant.calls:
                if call.kind is CallKind.ASYNC if later else call.kind.leads_on:
                    found[number].add(self._number[call.runs])
        return [sorted(callees) for callees in found]

    @staticmethod
    def _later_masks(now: Sequence[Sequence[int]], later: Sequence[Sequence[int]], own: Sequence[int]) -> list[int]:
        if not any(later):
            return [0] * len(own)
        everything = _closure([[*a, *b] for a, b in zip(now, later, strict=True)], own)
        queued = [0] * len(own)
        for function, callees in enumerate(later):
            for callee in callees:
                queued[function] |= everything[callee]
        return _closure(now, queued)


def _closure(successors: Sequence[Sequence[int]], own: Sequence[int]) -> list[int]:
    """For each node the union of the masks of all nodes reachable from it, including its own."""
    masks = [0] * len(own)
    for component in strong_components(successors):
        mask = 0
        for node in component:
            mask |= own[node]
            for successor in successors[node]:
                mask |= masks[successor]
        for node in component:
            masks[node] = mask
    return masks
