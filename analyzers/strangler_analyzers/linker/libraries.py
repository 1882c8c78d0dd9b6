"""The libraries' knowledge and rules, indexed by question, so that only parts with an answer are asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from strangler_analyzers.linker.knowledge import Effect, EffectRule, HandedOver, Knowledge
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import Frame, Value, Values
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

_Effect = TypeVar("_Effect")
_Method = TypeVar("_Method")
_OfCall: TypeAlias = Callable[[Resolver, s.Call, Values, Frame], Iterable[_Effect]]


class ByKind(dict[type[Value], Sequence[_Method]]):
    """Methods by the kind of value they handle, in order; subclasses of a kind count as that kind."""

    def __init__(self, methods: Iterable[tuple[Collection[type[Value]], _Method]]) -> None:
        super().__init__()
        self._methods = tuple((tuple(kinds), method) for kinds, method in methods)

    def __missing__(self, kind: type[Value]) -> Sequence[_Method]:
        found = self[kind] = [method for kinds, method in self._methods if issubclass(kind, kinds)]
        return found


@dataclass(frozen=True, slots=True)
class Libraries:
    """The methods that `Knowledge` subclasses override, in the order of the parts.

    Two of the questions are asked about nearly every value, so their methods are indexed by the kind of value.
    """

    attribute: ByKind[Callable[[Resolver, Value, str], Values | None]]
    call: ByKind[Callable[[Resolver, Value, s.Call, Frame], Values | None]]
    elements: Sequence[Callable[[Resolver, Value], Values | None]]
    argument: Sequence[Callable[[Resolver, Scope, s.Parameter], Values | None]]
    decides: Sequence[Callable[[Value], bool]]

    @classmethod
    def of(cls, parts: Iterable[Knowledge]) -> Libraries:
        """Index the parts by the questions they answer."""
        parts = tuple(parts)
        attribute = [part for part in parts if type(part).attribute is not Knowledge.attribute]
        call = [part for part in parts if type(part).call is not Knowledge.call]
        return cls(
            ByKind((part.attributes_of, part.attribute) for part in attribute),
            ByKind((part.calls_of, part.call) for part in call),
            [part.elements for part in parts if type(part).elements is not Knowledge.elements],
            [part.argument for part in parts if type(part).argument is not Knowledge.argument],
            [part.decides for part in parts if type(part).decides is not Knowledge.decides],
        )


class CallRules(Generic[_Effect]):
    """One method of several rules, in order, indexed by the calls the rules apply to."""

    def __init__(self, methods: Iterable[tuple[EffectRule, _OfCall[_Effect]]]) -> None:
        self._methods = tuple(methods)
        self._names = {name for rule, _ in self._methods for name in rule.calls_named or ()}
        self._known: dict[tuple[str, frozenset[type[Value]]], Sequence[_OfCall[_Effect]]] = {}

    def of(self, call: s.Call, callees: Values) -> Sequence[_OfCall[_Effect]]:
        """The methods of the rules that apply to such a call."""
        name = spelling.last_name(call.function)
        kinds = frozenset(map(type, callees))
        key = (name if name in self._names else "", kinds)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = [
                method
                for rule, method in self._methods
                if rule.calls_named is None
                or name in rule.calls_named
                or any(issubclass(kind, tuple(rule.calls_of)) for kind in kinds)
            ]
        return found


@dataclass(frozen=True, slots=True)
class Rules:
    """The methods that `EffectRule` subclasses override, in the order of the rules."""

    of_call: CallRules[Effect]
    hands_over: CallRules[HandedOver]
    of_attribute: Sequence[Callable[[Resolver, Values, str, Frame], Iterable[Effect]]]
    of_iteration: Sequence[Callable[[Resolver, Values, Frame], Iterable[Effect]]]
    of_assignment: Sequence[Callable[[Resolver, Values, str, s.Expression | None, Frame], Iterable[Effect]]]
    of_delete: Sequence[Callable[[Resolver, Values, Frame], Iterable[Effect]]]
    opens_transaction: Sequence[Callable[[Resolver, Values], bool]]

    @classmethod
    def of(cls, rules: Iterable[EffectRule]) -> Rules:
        """Index the rules by what they apply to."""
        rules = tuple(rules)
        return cls(
            CallRules((rule, rule.of_call) for rule in rules if type(rule).of_call is not EffectRule.of_call),
            CallRules((rule, rule.hands_over) for rule in rules if type(rule).hands_over is not EffectRule.hands_over),
            [rule.of_attribute for rule in rules if type(rule).of_attribute is not EffectRule.of_attribute],
            [rule.of_iteration for rule in rules if type(rule).of_iteration is not EffectRule.of_iteration],
            [rule.of_assignment for rule in rules if type(rule).of_assignment is not EffectRule.of_assignment],
            [rule.of_delete for rule in rules if type(rule).of_delete is not EffectRule.of_delete],
            [
                rule.opens_transaction
                for rule in rules
                if type(rule).opens_transaction is not EffectRule.opens_transaction
            ],
        )
