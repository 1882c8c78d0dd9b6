"""What a mapped class does through methods it inherits from bases that are not mapped themselves.

``Task.get_by(...)`` runs ``BaseMixin.get_by``, where `cls` may be any model: only the call says which table it is.
So the method's body is looked at once for each receiver, and the accesses count for the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers import syntax as s
from strangler_analyzers.frameworks.sqlalchemy.mapping import Mapping
from strangler_analyzers.knowledge import Access, Effect, EffectRule
from strangler_analyzers.program import Scope
from strangler_analyzers.resolver import Resolver
from strangler_analyzers.traversal import nodes
from strangler_analyzers.values import Frame

Found = tuple[Access, ...]


class InheritedEffects:
    """Accesses of inherited methods by receiver, remembered."""

    def __init__(self, resolver: Resolver, mapping: Mapping, rule: EffectRule) -> None:
        self._resolver = resolver
        self._mapping = mapping
        self._rule = rule
        self._memo: dict[Frame, Found] = {}

    def of(self, method: Scope, receiver: Scope) -> Found:
        """What a method does to the tables of a mapped receiver, beyond what it does for every receiver."""
        owner = method.owner
        if owner is None or owner is receiver or self._mapping.tables_of(owner):
            return ()
        if not self._mapping.tables_of(receiver):
            return ()
        general = set(self._body(Frame(method)))
        return tuple(access for access in self._body(Frame(method, receiver)) if access not in general)

    def _body(self, frame: Frame) -> Found:
        known = self._memo.get(frame)
        if known is None:
            self._memo[frame] = ()  # A method that calls itself adds nothing to what it does.
            known = self._memo[frame] = tuple(dict.fromkeys(self._accesses(frame)))
        return known

    def _accesses(self, frame: Frame) -> Iterator[Access]:
        for node in nodes(frame.scope.node.body):
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
