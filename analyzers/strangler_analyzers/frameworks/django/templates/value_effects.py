"""The effects of lookups on values, iterating over them, and converting them to strings, found once for all pages.

Pages share most of what is around their content.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strangler.model.system import CallKind
from strangler_analyzers.frameworks.methods import own_method
from strangler_analyzers.linker.call_links import CallLinks
from strangler_analyzers.linker.knowledge import Effect, EffectRule, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import Frame, InstanceValue, MappingValue, Values, union


class ValueEffects:
    """Finds the effects, by the rules of all frameworks; `frame` is that of the first rendering code."""

    def __init__(self, resolver: Resolver, rules: Sequence[EffectRule]) -> None:
        self._resolver = resolver
        self._rules = rules
        self._links = CallLinks(resolver)
        self._steps: dict[tuple[Values, str], tuple[Values, tuple[Effect, ...]]] = {}
        self._iterations: dict[Values, tuple[Values, tuple[Effect, ...]]] = {}
        self._texts: dict[Values, tuple[Effect, ...]] = {}

    def by_step(self, values: Values, name: str, frame: Frame) -> tuple[Values, tuple[Effect, ...]]:
        """The value of a key or attribute of the values, and the effects of reading it."""
        known = self._steps.get((values, name))
        if known is None:
            known = self._steps[values, name] = self._step(values, name, frame)
        return known

    def by_iteration(self, values: Values, frame: Frame) -> tuple[Values, tuple[Effect, ...]]:
        """The elements of the values, and the effects of iterating over them."""
        known = self._iterations.get(values)
        if known is None:
            elements = union(self._resolver.elements(value) for value in values)
            known = self._iterations[values] = elements, tuple(self._going_through(values, frame))
        return known

    def by_text(self, values: Values, frame: Frame) -> tuple[Effect, ...]:
        """The effects of converting the values to strings."""
        known = self._texts.get(values)
        if known is None:
            known = self._texts[values] = tuple(self._making_text(values, frame))
        return known

    def _step(self, values: Values, name: str, frame: Frame) -> tuple[Values, tuple[Effect, ...]]:
        found: list[Values] = []
        effects: list[Effect] = []
        for value in values:
            if isinstance(value, MappingValue):
                found.append(self._resolver.item(value, name))
                if name in {"items", "values"}:
                    found.append(self._resolver.attribute(value, name))
                continue
            effects.extend(
                Runs(target.scope, target.kind, target.confidence, target.receiver)
                for target in self._links.reading(value, name)
            )
            found.append(self._resolver.attribute(value, name))
        for rule in self._rules:
            effects.extend(rule.of_attribute(self._resolver, values, name, frame))
        return union(found), tuple(effects)

    def _going_through(self, values: Values, frame: Frame) -> Iterator[Effect]:
        for rule in self._rules:
            yield from rule.of_iteration(self._resolver, values, frame)
        yield from self._special(values, "__iter__")

    def _making_text(self, values: Values, frame: Frame) -> Iterator[Effect]:
        for rule in self._rules:
            yield from rule.of_attribute(self._resolver, values, "__str__", frame)
        yield from self._special(values, "__str__")

    def _special(self, values: Values, name: str) -> Iterator[Runs]:
        """The special method of each value that is an instance of a class with one."""
        for value in values:
            if isinstance(value, InstanceValue):
                method = own_method(self._resolver, value.scope, name)
                if method is not None:
                    yield Runs(method, CallKind.FRAMEWORK, receiver=value.scope)
