"""Merges the facts of several programs into one set of facts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import TypeVar

from strangler.model.system import Function, Ledger, Reading, SkippedFile, SystemFacts, Variant
from strangler_analyzers.linker.flow import access_order, call_order, in_order, outside_order, route_order
from strangler_analyzers.linker.unique_tables import unique_tables

_Fact = TypeVar("_Fact")
_Done = TypeVar("_Done", bound=Hashable)


def merged(name: str, skipped: Iterable[SkippedFile], programs: Sequence[SystemFacts]) -> SystemFacts:
    """The facts of all programs together; `skipped` are files left out before any program was read.

    Several programs may declare one table or run one library function: a single record of each is kept.
    """

    def every(field: Callable[[SystemFacts], Iterable[_Fact]]) -> Iterable[_Fact]:
        return chain.from_iterable(map(field, programs))

    imports = tuple(sorted(every(lambda facts: facts.imports)))
    modules = tuple(sorted(every(lambda facts: facts.modules)))
    return SystemFacts(
        root=name,
        frameworks=tuple(sorted(set(every(lambda facts: facts.frameworks)))),
        modules=modules,
        classes=tuple(sorted(every(lambda facts: facts.classes))),
        functions=_once(every(lambda facts: facts.functions)),
        imports=imports,
        calls=_of_functions([facts.calls for facts in programs], attrgetter("caller"), call_order),
        routes=tuple(sorted(every(lambda facts: facts.routes), key=route_order)),
        entry_points=tuple(sorted(set(every(lambda facts: facts.entry_points)))),
        tables=unique_tables(every(lambda facts: facts.tables), imports, modules),
        accesses=_of_functions([facts.accesses for facts in programs], attrgetter("function"), access_order),
        outside=_of_functions([facts.outside for facts in programs], attrgetter("function"), outside_order),
        variants=tuple(sorted(every(lambda facts: facts.variants), key=_variant_order)),
        dispatchers=tuple(sorted(every(lambda facts: facts.dispatchers))),
        memoised=tuple(sorted(every(lambda facts: facts.memoised))),
        first_uses=tuple(sorted(every(lambda facts: facts.first_uses))),
        ambiguous=tuple(sorted(every(lambda facts: facts.ambiguous))),
        skipped=tuple(sorted({*skipped, *every(lambda facts: facts.skipped)})),
        ledger=_total([facts.ledger for facts in programs]),
        reading=_read([facts.reading for facts in programs]),
    )


def _once(functions: Iterable[Function]) -> tuple[Function, ...]:
    found: dict[str, Function] = {}
    for function in sorted(functions):
        found.setdefault(function.name, function)
    return tuple(found.values())


def _of_functions(
    programs: Sequence[Sequence[_Done]],
    function: Callable[[_Done], str],
    order: Callable[[_Done], tuple[object, ...]],
) -> tuple[_Done, ...]:
    """The facts by function; they are already in order unless several programs run the same function."""
    names = [set(map(function, facts)) for facts in programs]
    if sum(map(len, names)) == len(set[str]().union(*names)):
        return tuple(sorted(chain.from_iterable(programs), key=function))
    return in_order(chain.from_iterable(programs), function, order)


def _variant_order(variant: Variant) -> tuple[str, str]:
    return variant.function, variant.context


def _total(ledgers: Sequence[Ledger]) -> Ledger:
    return Ledger(
        sum(ledger.total for ledger in ledgers),
        sum(ledger.resolved for ledger in ledgers),
        sum(ledger.external for ledger in ledgers),
        sum(ledger.builtin for ledger in ledgers),
        sum(ledger.ambiguous for ledger in ledgers),
        sum(ledger.opaque for ledger in ledgers),
    )


def _read(readings: Sequence[Reading]) -> Reading:
    return Reading(
        sum(reading.exact for reading in readings),
        sum(reading.tolerant for reading in readings),
        sum(reading.partial for reading in readings),
        sum(reading.unread for reading in readings),
    )
