"""Effects of a call on tables that only the call determines.

``Task.get_by(...)`` runs ``BaseMixin.get_by``, where `cls` may be any model, and ``load(Task, id)`` a helper that takes
one: only the call determines the table. So the function's body is examined once for each combination, and the
accesses count for the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.frameworks.sqlalchemy.mapping import Mapping
from strangler_analyzers.linker.knowledge import Access, Effect, EffectRule
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    Statement,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s

Found = tuple[Access, ...]


class CallEffects:
    """Accesses of functions by receiver and arguments, remembered."""

    def __init__(self, resolver: Resolver, mapping: Mapping, rule: EffectRule) -> None:
        self._resolver = resolver
        self._mapping = mapping
        self._rule = rule
        self._memo: dict[object, Found] = {}

    def of(self, callee: FunctionValue | MethodValue, call: s.Call, frame: Frame) -> Iterator[Access]:
        """The table accesses of a function that depend on this call's receiver and arguments."""
        outline = Frame(callee.scope, self._receiver(callee))
        bound = isinstance(callee, MethodValue)
        target = self._resolver.called(outline, call, frame.closed(), bound=bound, decides=self._decides)
        general = Frame(callee.scope).closed()
        if target != general:
            ordinary = set(self._body(general))
            yield from (access for access in self._body(target) if access not in ordinary)

    def _receiver(self, callee: FunctionValue | MethodValue) -> Scope | None:
        """The mapped class a method is called on, if it inherits the method from a class that is not mapped."""
        receiver, owner = callee.receiver, callee.scope.owner
        if receiver is None or owner is None or owner is receiver or self._mapping.tables_of(owner):
            return None
        return receiver if self._mapping.tables_of(receiver) else None

    def _decides(self, value: Value) -> bool:
        if isinstance(value, ClassValue | InstanceValue):
            return bool(self._mapping.tables_of(value.scope))
        return isinstance(value, Statement)

    def _body(self, frame: Frame) -> Found:
        key = self._key(frame)
        known = self._memo.get(key)
        if known is None:
            self._memo[key] = ()  # A function that calls itself adds nothing to what it does.
            known = self._memo[key] = tuple(dict.fromkeys(self._accesses(frame)))
        return known

    def _key(self, frame: Frame) -> object:
        """Calls that pass the same classes do the same; what a statement does depends on how it was built."""
        given: list[tuple[str, Values]] = []
        for item in frame.given:
            values = self._resolver.evaluate(item.expression, item.frame)
            if any(isinstance(value, Statement) for value in values):
                return frame
            given.append((item.parameter, values))
        return frame.scope, frame.receiver, tuple(given)

    def _accesses(self, frame: Frame) -> Iterator[Access]:
        for node in frame.scope.steps:
            match node:
                case s.Call(function=function):
                    callees = self._resolver.evaluate(function, frame)
                    yield from _tables(self._rule.of_call(self._resolver, node, callees, frame))
                case s.Attribute(value=value, name=name):
                    owners = self._resolver.evaluate(value, frame)
                    yield from _tables(self._rule.of_attribute(self._resolver, owners, name, frame))
                case s.Assign(targets=targets, value=value):
                    yield from self._assigned(targets, value, frame)
                case s.Loop(target=target, iterable=iterable) if target is not None:
                    values = self._resolver.evaluate(iterable, frame)
                    yield from _tables(self._rule.of_iteration(self._resolver, values, frame))
                case _:
                    pass

    def _assigned(
        self, targets: tuple[s.Expression, ...], value: s.Expression | None, frame: Frame
    ) -> Iterator[Access]:
        for target in targets:
            if isinstance(target, s.Attribute):
                owners = self._resolver.evaluate(target.value, frame)
                found = self._rule.of_assignment(self._resolver, owners, target.name, value, frame)
                yield from _tables(found)


def _tables(effects: Iterable[Effect]) -> Iterator[Access]:
    return (effect for effect in effects if isinstance(effect, Access))
