"""Knowledge and rules sorted by the question they answer."""

from __future__ import annotations

from collections.abc import Iterable

from strangler_analyzers.linker.knowledge import Effect, EffectRule, Knowledge
from strangler_analyzers.linker.libraries import CallRules, Libraries, Rules
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import (
    KINDS,
    ConstantValue,
    External,
    Frame,
    FunctionValue,
    RowsMethod,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s


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
    assert not any((libraries.attribute[External], libraries.call[External], libraries.argument, libraries.decides))


def test_only_rules_with_an_effect_are_asked() -> None:
    """A rule about iteration is not asked about calls."""
    rule = _Iteration()
    rules = Rules.of([EffectRule(), rule])
    assert list(rules.of_iteration) == [rule.of_iteration]
    assert not any((rules.of_attribute, rules.of_assignment, rules.of_delete, rules.opens_transaction))
    assert not rules.of_call.of(_call("save"), (ConstantValue(1),))


class _Functions(Knowledge):
    attributes_of = (FunctionValue,)

    def attribute(self, resolver: Resolver, value: Value, name: str) -> Values | None:
        return None


class _Anything(Knowledge):
    def attribute(self, resolver: Resolver, value: Value, name: str) -> Values | None:
        return None


def test_knowledge_is_asked_of_the_kinds_of_values_it_knows() -> None:
    """A part that names kinds is asked of these, one that names none of all, in the order of the parts."""
    functions, anything = _Functions(), _Anything()
    libraries = Libraries.of([functions, anything])
    assert libraries.attribute[FunctionValue] == [functions.attribute, anything.attribute]
    assert all(libraries.attribute[kind] == [anything.attribute] for kind in KINDS if kind is not FunctionValue)

    class Found(FunctionValue, frozen=True):
        """A value that a part of the analysis makes for itself."""

    assert libraries.attribute[Found] == [functions.attribute, anything.attribute]


class _Saving(EffectRule):
    calls_of = (RowsMethod, External)
    calls_named = ("save",)

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        return ()


class _Any(EffectRule):
    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        return ()


def _call(name: str) -> s.Call:
    return s.Call(s.Attribute(s.Name("row"), name, 1), (), (), 1, 0)


def test_rules_are_asked_of_the_calls_they_look_at() -> None:
    """By the kind of a callee or by the name of the call, whatever it calls; without names of any call."""
    saving, anything = _Saving(), _Any()
    rules: CallRules[Effect] = Rules.of([saving, anything]).of_call
    both, one = [saving.of_call, anything.of_call], [anything.of_call]
    assert rules.of(_call("load"), (ConstantValue(1), External("x"))) == both
    assert rules.of(_call("load"), (ConstantValue(1),)) == one
    assert rules.of(_call("load"), ()) == one
    assert rules.of(_call("save"), ()) == both
    assert rules.of(_call("save"), (ConstantValue(1),)) == both
