"""Walking a syntax tree: all that lies below a node, the statements of a scope, the parts of an expression."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.source import syntax as s

_PLAIN = frozenset({"line", "end_line", "lines", "column", "id", "name", "operator", "prefix", "delegated", "iterated"})
"""Fields that never hold a node."""
_FIELDS: dict[type[s.Node], tuple[str, ...]] = {}

# --- everything below a node -----------------------------------------------------------------------------------------


def nodes(roots: Iterable[s.Node], *, nested: bool = False) -> Iterator[s.Node]:
    """Every node below the roots in source order, the roots included.

    Functions and classes are yielded; what is inside them, the roots' own bodies included, only where `nested`.
    """
    pending = list(roots)
    pending.reverse()
    while pending:
        node = pending.pop()
        yield node
        if nested or not isinstance(node, s.Function | s.Class):
            pending.extend(reversed(_parts(node)))


def calls(roots: Iterable[s.Node], *, nested: bool = False) -> Iterator[s.Call]:
    """Every call below the roots; `nested` as for `nodes`."""
    return (node for node in nodes(roots, nested=nested) if isinstance(node, s.Call))


def names(roots: Iterable[s.Node], *, nested: bool = False) -> Iterator[str]:
    """Every plain name below the roots; `nested` as for `nodes`."""
    return (node.id for node in nodes(roots, nested=nested) if isinstance(node, s.Name))


def mentions(expression: s.Expression, name: str) -> bool:
    """Whether an expression reads a plain name."""
    return name in names((expression,))


def _parts(node: s.Node) -> list[s.Node]:
    kind = type(node)
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = tuple(name for name in kind.__struct_fields__ if name not in _PLAIN)
    parts: list[s.Node] = []
    for name in fields:
        _collect(getattr(node, name), parts)
    return parts


def _collect(value: object, parts: list[s.Node]) -> None:
    if isinstance(value, s.Node):
        parts.append(value)
    elif isinstance(value, tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            _collect(item, parts)  # pyright: ignore[reportUnknownArgumentType]


# --- what a scope runs -----------------------------------------------------------------------------------------------


def statements(block: Iterable[s.Statement], *, nested: bool = False) -> Iterator[s.Statement]:
    """Every statement a scope runs itself, in source order.

    Nested blocks are entered, functions and classes only where `nested`.
    """
    for statement in block:
        yield statement
        match statement:
            case s.With(body=body) | s.Loop(body=body):
                yield from statements(body, nested=nested)
            case s.Branch(arms=arms):
                for arm in arms:
                    yield from statements(arm, nested=nested)
            case s.Function(body=body) | s.Class(body=body) if nested:
                yield from statements(body, nested=nested)
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


def results(node: s.Function) -> Iterator[s.Expression]:
    """The expressions a function returns; ``[value]`` for each value a generator yields."""
    for statement in statements(node.body):
        match statement:
            case s.Return(value=value) if value is not None:
                yield value
            case s.Evaluate(value=s.Yield(value=value, delegated=delegated)) if value is not None:
                yield value if delegated else s.Sequence((value,))
            case _:
                pass


def children(expression: s.Expression) -> tuple[s.Expression, ...]:
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
        case s.Comprehension(element=element, key=key, generators=generators):
            conditions = (part for generator in generators for part in generator.conditions)
            return (*(generator.iterable for generator in generators), *conditions, *_present(key), element)
        case s.Yield(value=value):
            return _present(value)
        case s.Name() | s.Constant():
            return ()


def _present(expression: s.Expression | None) -> tuple[s.Expression, ...]:
    return () if expression is None else (expression,)
