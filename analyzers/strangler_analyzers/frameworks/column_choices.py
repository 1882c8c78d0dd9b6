"""The values that a column may have, if the source lists them: Django's ``choices``, SQLAlchemy's ``Enum``."""

from __future__ import annotations

import json
from collections.abc import Iterator

from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import ClassValue, ConstantValue, Frame, MappingValue, SequenceValue
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

UNKNOWN = "..."
"""Stands for values that are computed."""


def choices(resolver: Resolver, expression: s.Expression | None, frame: Frame) -> tuple[str, ...]:
    """The values of ``choices=``, each as JSON, with ``...`` for computed ones; empty if all are computed.

    Choices are pairs of value and label, groups of them, a mapping, or a class (``Status``, ``Status.choices``).
    """
    if expression is None:
        return ()
    if isinstance(expression, s.Attribute) and expression.name == "choices":
        expression = expression.value
    found = resolver.evaluate(expression, frame)
    if len(found) != 1:
        return ()
    (value,) = found
    match value:
        case SequenceValue(node=node, frame=inner):
            return _whole(_of_pairs(resolver, node, inner))
        case MappingValue(node=node, frame=inner):
            return _whole(_literal(resolver, key, inner) for key in node.keys)
        case ClassValue():
            return _whole(item for _, item in _members(resolver, value))
        case _:
            return ()


def enumerated(resolver: Resolver, call: s.Call, frame: Frame) -> tuple[str, ...]:
    """The values SQLAlchemy's ``Enum("a", "b")`` or ``Enum(Status)`` stores, as JSON: for a class, the member names.

    With ``values_callable`` they are nearly always the members' values.
    """
    if (spelling.dotted(call.function) or "").rpartition(".")[2] != "Enum" or not call.arguments:
        return ()
    found = resolver.evaluate(call.arguments[0], frame)
    of_class = next((value for value in found if isinstance(value, ClassValue)), None) if len(found) == 1 else None
    if of_class is None:
        return _whole(_literal(resolver, argument, frame) for argument in call.arguments)
    members = _members(resolver, of_class)
    if call.keyword("values_callable") is not None:
        return _whole(item for _, item in members)
    return _whole(json.dumps(name) for name, _ in members)


def _whole(found: Iterator[str | None]) -> tuple[str, ...]:
    items = tuple(dict.fromkeys(UNKNOWN if item is None else item for item in found))
    return () if items == (UNKNOWN,) else items


def _of_pairs(resolver: Resolver, node: s.Sequence, frame: Frame) -> Iterator[str | None]:
    for element in node.elements:
        if not isinstance(element, s.Sequence) or len(element.elements) != 2:
            yield None
        elif isinstance(group := element.elements[1], s.Sequence):
            yield from _of_pairs(resolver, group, frame)
        else:
            yield _literal(resolver, element.elements[0], frame)


def _members(resolver: Resolver, value: ClassValue) -> Iterator[tuple[str, str | None]]:
    """Names and values of a class of choices, in source order."""
    for statement in value.scope.node.body:
        if not isinstance(statement, s.Assign) or statement.value is None or len(statement.targets) != 1:
            continue
        (target,), expression = statement.targets, statement.value
        if isinstance(target, s.Name) and not target.id.startswith("_"):
            pair = expression.elements if isinstance(expression, s.Sequence) else ()
            yield target.id, _literal(resolver, next(iter(pair), expression), Frame(value.scope))


def _literal(resolver: Resolver, expression: s.Expression | None, frame: Frame) -> str | None:
    """A literal, or the constant value of a name, as JSON; None if it is computed or null."""
    if expression is None:
        return None
    found = resolver.evaluate(expression, frame)
    value = next(iter(found)) if len(found) == 1 else None
    return json.dumps(value.value) if isinstance(value, ConstantValue) and value.value is not None else None
