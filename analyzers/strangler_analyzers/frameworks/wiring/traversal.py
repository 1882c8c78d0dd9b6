"""Walks over statements and expressions in the order they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import nodes


def statements(block: Iterable[s.Statement]) -> Iterator[s.Statement]:
    """Every statement of a scope, nested blocks included, bodies of functions and classes not."""
    for statement in block:
        yield statement
        match statement:
            case s.With(body=body) | s.Loop(body=body):
                yield from statements(body)
            case s.Branch(arms=arms):
                for arm in arms:
                    yield from statements(arm)
            case _:
                pass


def expressions(statement: s.Statement) -> Iterator[s.Expression]:
    """The expressions a statement evaluates itself, decorators and nested blocks not."""
    match statement:
        case s.Assign(value=value) | s.Return(value=value):
            if value is not None:
                yield value
        case s.Augment(value=value) | s.Evaluate(value=value):
            yield value
        case s.With(items=items):
            yield from (item.context for item in items)
        case s.Loop(iterable=iterable):
            yield iterable
        case s.Branch(tests=tests):
            yield from tests
        case s.Function(parameters=parameters):
            yield from (parameter.default for parameter in parameters if parameter.default is not None)
        case s.Class(bases=bases, keywords=keywords):
            yield from bases
            yield from (keyword.value for keyword in keywords)
        case _:
            pass


def children(expression: s.Expression) -> Iterable[s.Expression]:
    """The direct parts of an expression, in the order they are evaluated."""
    match expression:
        case s.Call(function=function, arguments=arguments, keywords=keywords):
            return (function, *arguments, *(keyword.value for keyword in keywords))
        case s.Attribute(value=value) | s.Await(value=value) | s.Star(value=value) | s.Walrus(value=value):
            return (value,)
        case s.Sequence(elements=parts) | s.Format(parts=parts) | s.Opaque(parts=parts):
            return parts
        case s.Mapping(keys=keys, values=values):
            return (*(key for key in keys if key is not None), *values)
        case s.Subscript(value=value, index=index):
            return (value, index)
        case s.Operation(left=left, right=right):
            return (left, right)
        case s.Choice(values=values, condition=condition):
            return values if condition is None else (condition, *values)
        case s.Lambda(body=body):
            return (body,)
        case s.Comprehension():
            conditions = (part for generator in expression.generators for part in generator.conditions)
            iterables = (generator.iterable for generator in expression.generators)
            key = () if expression.key is None else (expression.key,)
            return (*iterables, *conditions, *key, expression.element)
        case s.Yield(value=value):
            return () if value is None else (value,)
        case s.Name() | s.Constant():
            return ()


def calls(expression: s.Expression) -> Iterator[s.Call]:
    """Every call in an expression."""
    return (node for node in nodes((expression,)) if isinstance(node, s.Call))


def names_in(expression: s.Expression) -> Iterator[str]:
    """Every plain name an expression reads."""
    return (node.id for node in nodes((expression,)) if isinstance(node, s.Name))


def mentions(expression: s.Expression, name: str) -> bool:
    """Whether an expression reads a plain name."""
    return name in names_in(expression)


def last_name(expression: s.Expression) -> str:
    """The name a call goes by: ``c`` of ``a.b.c(...)`` and of ``a.b.c``."""
    while isinstance(expression, s.Call):
        expression = expression.function
    match expression:
        case s.Attribute(name=name):
            return name
        case s.Name(id=name):
            return name
        case _:
            return ""
