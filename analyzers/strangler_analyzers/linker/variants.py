"""What functions do in each context that is reachable from a route or entry point.

Cloning by receiver, as in an object-sensitive analysis (Milanova, Rountev and Ryder, "Parameterized Object
Sensitivity for Points-to Analysis for Java", 2005) with the receiver's class, and the classes
and literals given for parameters, in place of allocation sites.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TypeAlias

from msgspec import Struct

from strangler.model.system import Call, OutsideUse, TableAccess, Variant
from strangler_analyzers.linker.contexts import Context
from strangler_analyzers.linker.flow import Flow, Run, access_order, call_order, outside_order
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.walk import FlowAnalysis

Named: TypeAlias = tuple[str, str]
"""The name of a function and the name of a context."""

MAX_VARIANTS = 30_000
"""The most variants walked in one program; any reached later count as the function itself."""


class _Done(Struct, frozen=True):
    """The kept part of a flow: what a function does in one context, without the contexts its calls lead to."""

    calls: tuple[Call, ...]
    accesses: tuple[TableAccess, ...]
    outside: tuple[OutsideUse, ...]


class Variants:
    """Walks the reachable functions, each once per context."""

    def __init__(self, analysis: FlowAnalysis, general: Mapping[Scope, Flow]) -> None:
        self._analysis = analysis
        self._general = general
        self._flows: dict[Context, _Done] = {}
        self._effective = _effective(general)

    def explore(self, entries: Iterable[Run]) -> None:
        """Follow every call, starting from the functions that are run from outside the program."""
        pending = [self._analysis.contexts.of(function, receiver) for function, receiver in entries]
        seen: set[Context] = set()
        for context in pending:  # grows while it is read
            if context in seen:
                continue
            seen.add(context)
            if not self._says_more(context) or len(self._flows) >= MAX_VARIANTS:
                flow = self._general.get(context.function)
            else:
                flow = self._analysis.of(context.function, context.frame, context.flags)
                self._flows[context] = _Done(flow.calls, flow.accesses, flow.outside)
                self._analysis.leave(context.function.module)
                if context.frame is not None:
                    self._analysis.forget(context.frame)
            if flow is not None:
                pending.extend(flow.runs)

    def _says_more(self, context: Context) -> bool:
        """Whether a context can change what a function does: one without effects has none with literals either."""
        return context.by_class or (bool(context.flags) and context.function in self._effective)

    def telling(self) -> AbstractSet[Named]:
        """The variants that differ from the function itself, or lead to a variant that does."""
        telling: set[Named] = set()
        quiet: list[tuple[Named, _Done, Flow]] = []
        for context, flow in self._flows.items():
            name = (context.function.name, context.name)
            general = self._general.get(context.function)
            if general is None or _shape(flow) != _shape(general):
                telling.add(name)
            else:
                quiet.append((name, flow, general))
        while True:
            louder = [
                name for name, flow, general in quiet if _told(flow.calls, telling) != _told(general.calls, telling)
            ]
            if not louder:
                return telling
            telling.update(louder)
            quiet = [item for item in quiet if item[0] not in telling]

    def facts(self, telling: AbstractSet[Named]) -> tuple[Variant, ...]:
        """The given variants as facts, sorted by function and context."""
        found = [
            Variant(
                context.function.name,
                context.name,
                tuple(sorted(_told(flow.calls, telling), key=call_order)),
                tuple(sorted(set(flow.accesses), key=access_order)),
                tuple(sorted(set(flow.outside), key=outside_order)),
            )
            for context, flow in self._flows.items()
            if (context.function.name, context.name) in telling
        ]
        return tuple(sorted(found, key=lambda variant: (variant.function, variant.context)))


def _effective(general: Mapping[Scope, Flow]) -> AbstractSet[Scope]:
    """The functions that touch a table or use something outside, directly or through calls."""
    callers: dict[Scope, list[Scope]] = {}
    for scope, flow in general.items():
        for context in flow.runs:
            callers.setdefault(context.function, []).append(scope)
    pending = [scope for scope, flow in general.items() if flow.accesses or flow.outside]
    found = set(pending)
    while pending:
        for caller in callers.get(pending.pop(), ()):
            if caller not in found:
                found.add(caller)
                pending.append(caller)
    return found


def told(call: Call, telling: AbstractSet[Named]) -> Call:
    """The call, with its context name kept only if a variant describes that context."""
    return call if not call.context or (call.callee, call.context) in telling else replace(call, context="")


def _told(calls: Iterable[Call], telling: AbstractSet[Named]) -> set[Call]:
    return {told(call, telling) for call in calls}


def _shape(flow: Flow | _Done) -> object:
    """What a flow does itself, in comparable form."""
    return {replace(call, context="") for call in flow.calls}, set(flow.accesses), set(flow.outside)
