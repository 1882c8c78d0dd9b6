"""Knowledge and rules sorted by the question they answer."""

from __future__ import annotations

from collections.abc import Iterable

from strangler_analyzers.linker.knowledge import Effect, EffectRule, Knowledge
from strangler_analyzers.linker.libraries import Libraries, Rules
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import Frame, Value, Values


class _Elements(Knowledge):
    def elements(self, resolver: Resolver, value: Value) -> Values | None:
        return None


class _Iteration(EffectRule):
    def of_iteration(self, resolver: Resolver, iterables: Values, frame: Frame) -> Iterable[Effect]:
        return ()


def test_only_knowledge_with_an_answer_is_asked() -> None:
    """A part that overrides one method is asked that question only, in the order of the parts."""
    first, second = _Elements(), _Elements()
    libraries = Libraries.of([first, Knowledge(), second])
    assert list(libraries.elements) == [first.elements, second.elements]
    assert not any((libraries.attribute, libraries.call, libraries.argument, libraries.decides))


def test_only_rules_with_an_effect_are_asked() -> None:
    """A rule about iteration is not asked about calls."""
    rule = _Iteration()
    rules = Rules.of([EffectRule(), rule])
    assert list(rules.of_iteration) == [rule.of_iteration]
    assert not any((rules.of_call, rules.of_attribute, rules.of_assignment, rules.of_delete, rules.opens_transaction))
