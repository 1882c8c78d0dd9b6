"""Walks syntax trees: everything below a node, the statements of a scope, the parts of an expression."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, TypeVar

from strangler_analyzers.source import syntax as s

_Kind = TypeVar("_Kind", bound=s.Node)

_Step: TypeAlias = s.Call | s.Attribute | s.Assign | s.Loop | s.Generator
_STEPS = (s.Call, s.Attribute, s.Assign, s.Loop, s.Generator)
_KINDS_OF_STEPS = frozenset(_STEPS)

# --- everything below a node -----------------------------------------------------------------------------------------


def nodes(roots: Iterable[s.Node], *, nested: bool = False) -> Iterator[s.Node]:
    """Every node below the roots in source order, the roots included.

    Functions and classes are yielded; their contents, including those of roots, only with `nested`.
    """
    parts = _PARTS if nested else _PARTS_OUTSIDE_DEFINITIONS
    pending = list(roots)
    pending.reverse()
    while pending:
        node = pending.pop()
        yield node
        below = parts.get(type(node))
        if below is not None:
            pending.extend(below(node)[::-1])


def calls(roots: Iterable[s.Node], *, nested: bool = False) -> Iterator[s.Call]:
    """Every call below the roots; `nested` as for `nodes`."""
    return (node for node in nodes(roots, nested=nested) if isinstance(node, s.Call))


def steps(roots: Iterable[s.Node]) -> tuple[_Step, ...]:
    """What the code below the roots calls, reads, binds and iterates over; functions and classes are not entered."""
    found: list[_Step] = []
    parts = _PARTS_OUTSIDE_DEFINITIONS
    pending = list(roots)
    pending.reverse()
    while pending:
        node = pending.pop()
        if type(node) in _KINDS_OF_STEPS and isinstance(node, _STEPS):
            found.append(node)
        below = parts.get(type(node))
        if below is not None:
            pending.extend(below(node)[::-1])
    return tuple(found)


def names(roots: Iterable[s.Node], *, nested: bool = False) -> Iterator[str]:
    """Every plain name below the roots; `nested` as for `nodes`."""
    return (node.id for node in nodes(roots, nested=nested) if isinstance(node, s.Name))


def uses(root: s.Node) -> list[s.Name]:
    """Every plain name below a node, in no order, for speed; functions, classes and lambdas are not entered."""
    found: list[s.Name] = []
    pending = [root]
    parts = _PARTS_OUTSIDE_DEFINITIONS
    while pending:
        node = pending.pop()
        if type(node) is s.Name:
            found.append(node)
        elif type(node) is not s.Lambda and (below := parts.get(type(node))) is not None:
            pending += below(node)
    return found


def mentions(expression: s.Expression, name: str) -> bool:
    """Whether an expression reads a plain name."""
    return name in names((expression,))


def _present(expression: s.Expression | None) -> tuple[s.Expression, ...]:
    return () if expression is None else (expression,)


def _of_call(node: s.Call) -> tuple[s.Node, ...]:
    return (node.function, *node.arguments, *node.keywords)


def _of_assign(node: s.Assign) -> tuple[s.Node, ...]:
    return (*node.targets, *_present(node.value), *_present(node.annotation))


def _of_function(node: s.Function) -> tuple[s.Node, ...]:
    outside = (*node.parameters, *node.decorators, *_present(node.returns))
    return (*outside, *node.body, *node.bindings)


def _of_class(node: s.Class) -> tuple[s.Node, ...]:
    return (*node.bases, *node.keywords, *node.decorators, *node.body, *node.bindings)


def _of_branch(node: s.Branch) -> tuple[s.Node, ...]:
    return (*node.tests, *(statement for arm in node.arms for statement in arm))


def _of_loop(node: s.Loop) -> tuple[s.Node, ...]:
    return (*_present(node.target), node.iterable, *node.body)


def _of_mapping(node: s.Mapping) -> tuple[s.Node, ...]:
    return (*(key for key in node.keys if key is not None), *node.values)


def _entry(
    kind: type[_Kind], parts: Callable[[_Kind], tuple[s.Node, ...]]
) -> tuple[type[s.Node], Callable[..., tuple[s.Node, ...]]]:
    return kind, parts


def _block(
    kind: type[_Kind], parts: Callable[[_Kind], tuple[s.Statement, ...]]
) -> tuple[type[s.Node], Callable[..., tuple[s.Statement, ...]]]:
    return kind, parts


_PARTS_OUTSIDE_DEFINITIONS = dict(
    (
        _entry(s.Attribute, lambda node: (node.value,)),
        _entry(s.Keyword, lambda node: (node.value,)),
        _entry(s.Call, _of_call),
        _entry(s.Sequence, lambda node: node.elements),
        _entry(s.Mapping, _of_mapping),
        _entry(s.Subscript, lambda node: (node.value, node.index)),
        _entry(s.Operation, lambda node: (node.left, node.right)),
        _entry(s.Choice, lambda node: (*node.values, *_present(node.condition))),
        _entry(s.Format, lambda node: node.parts),
        _entry(s.Lambda, lambda node: (*node.parameters, node.body)),
        _entry(s.Generator, lambda node: (node.target, node.iterable, *node.conditions)),
        _entry(s.Comprehension, lambda node: (node.element, *_present(node.key), *node.generators)),
        _entry(s.Await, lambda node: (node.value,)),
        _entry(s.Yield, lambda node: _present(node.value)),
        _entry(s.Star, lambda node: (node.value,)),
        _entry(s.Walrus, lambda node: (node.value,)),
        _entry(s.Opaque, lambda node: node.parts),
        _entry(s.Import, lambda node: node.names),
        _entry(s.ImportFrom, lambda node: node.names),
        _entry(s.Assign, _of_assign),
        _entry(s.Augment, lambda node: (node.target, node.value)),
        _entry(s.Evaluate, lambda node: (node.value,)),
        _entry(s.Return, lambda node: _present(node.value)),
        _entry(s.Delete, lambda node: node.targets),
        _entry(s.WithItem, lambda node: (node.context, *_present(node.target))),
        _entry(s.With, lambda node: (*node.items, *node.body)),
        _entry(s.Loop, _of_loop),
        _entry(s.Branch, _of_branch),
        _entry(s.Parameter, lambda node: (*_present(node.annotation), *_present(node.default))),
        _entry(s.Binding, lambda node: (node.target, node.value)),
        _entry(s.Tree, lambda node: (*node.body, *node.bindings)),
    )
)
"""The nodes in the fields of a node, in the order of the fields; kinds without such fields are missing."""
_PARTS = dict((*_PARTS_OUTSIDE_DEFINITIONS.items(), _entry(s.Function, _of_function), _entry(s.Class, _of_class)))


_OWN_BLOCKS = dict(
    (
        _block(s.With, lambda node: node.body),
        _block(s.Loop, lambda node: node.body),
        _block(s.Branch, lambda node: tuple(statement for arm in node.arms for statement in arm)),
    )
)
"""The statements directly below a statement, in source order; kinds without any are missing."""
_BLOCKS = dict(
    (*_OWN_BLOCKS.items(), _block(s.Function, lambda node: node.body), _block(s.Class, lambda node: node.body))
)


def lambdas(roots: Iterable[s.Node]) -> Iterator[s.Lambda]:
    """The lambdas of one scope, in source order: those below the roots, outside inner functions, classes, lambdas."""
    pending = list(roots)
    pending.reverse()
    while pending:
        node = pending.pop()
        match node:
            case s.Lambda(parameters=parameters):
                yield node
                parts: list[s.Node] = list(parameters)
            case s.Function():
                parts = [*node.decorators, *node.parameters]
            case s.Class():
                parts = [*node.decorators, *node.bases, *node.keywords]
            case _:
                below = _PARTS_OUTSIDE_DEFINITIONS.get(type(node))
                parts = list(below(node)) if below is not None else []
        pending.extend(reversed(parts))


# --- what a scope runs -----------------------------------------------------------------------------------------------


def statements(block: Iterable[s.Statement], *, nested: bool = False) -> Iterator[s.Statement]:
    """Every statement that a scope itself runs, in source order.

    Nested blocks are entered; functions and classes only with `nested`.
    """
    inside = _BLOCKS if nested else _OWN_BLOCKS
    pending = list(block)
    pending.reverse()
    while pending:
        statement = pending.pop()
        yield statement
        below = inside.get(type(statement))
        if below is not None:
            pending.extend(below(statement)[::-1])


def expressions(statement: s.Statement) -> Iterator[s.Expression]:
    """The expressions that a statement itself evaluates, without decorators and nested blocks."""
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
    """The direct parts of an expression, in evaluation order."""
    parts = _CHILDREN.get(type(expression))
    return () if parts is None else parts(expression)


def _of_comprehension(node: s.Comprehension) -> tuple[s.Expression, ...]:
    conditions = (part for generator in node.generators for part in generator.conditions)
    return (*(generator.iterable for generator in node.generators), *conditions, *_present(node.key), node.element)


def _child(
    kind: type[_Kind], parts: Callable[[_Kind], tuple[s.Expression, ...]]
) -> tuple[type[s.Node], Callable[..., tuple[s.Expression, ...]]]:
    return kind, parts


_CHILDREN = dict(
    (
        _child(s.Call, lambda node: (node.function, *node.arguments, *[keyword.value for keyword in node.keywords])),
        _child(s.Attribute, lambda node: (node.value,)),
        _child(s.Await, lambda node: (node.value,)),
        _child(s.Star, lambda node: (node.value,)),
        _child(s.Walrus, lambda node: (node.value,)),
        _child(s.Sequence, lambda node: node.elements),
        _child(s.Format, lambda node: node.parts),
        _child(s.Opaque, lambda node: node.parts),
        _child(s.Mapping, lambda node: (*[key for key in node.keys if key is not None], *node.values)),
        _child(s.Subscript, lambda node: (node.value, node.index)),
        _child(s.Operation, lambda node: (node.left, node.right)),
        _child(s.Choice, lambda node: node.values if node.condition is None else (node.condition, *node.values)),
        _child(s.Lambda, lambda node: tuple(item.default for item in node.parameters if item.default is not None)),
        _child(s.Comprehension, _of_comprehension),
        _child(s.Yield, lambda node: _present(node.value)),
    )
)
"""The expressions directly below one, in evaluation order; kinds without any are missing."""
PLAIN = frozenset({s.Name, s.Constant})
"""Kinds of expressions that run no code."""
