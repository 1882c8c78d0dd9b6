"""What a walk over a syntax tree meets, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.lowering import lower
from strangler_analyzers.source.traversal import (
    calls,
    children,
    expressions,
    mentions,
    names,
    nodes,
    results,
    statements,
)

_SOURCE = """
    with opened() as file:
        if ready():
            for line in read(file):
                note(line)
        else:
            def inner():
                hidden()
    last()
"""


def _tree(source: str) -> s.Tree:
    return lower(dedent(source))


def _expression(source: str) -> s.Expression:
    (statement,) = _tree(source).body
    assert isinstance(statement, s.Evaluate)
    return statement.value


def _called(found: object) -> str:
    assert isinstance(found, s.Call)
    return spelling.last_name(found)


def test_calls_come_in_source_order_without_those_of_nested_functions() -> None:
    """What a function defines inside is its own affair; what its blocks do is not."""
    assert [_called(call) for call in calls(_tree(_SOURCE).body)] == ["opened", "ready", "read", "note", "last"]


def test_nested_functions_are_entered_when_asked_for() -> None:
    """The whole text below a node."""
    found = [_called(call) for call in calls(_tree(_SOURCE).body, nested=True)]
    assert found == ["opened", "ready", "read", "note", "hidden", "last"]


def test_a_function_is_entered_as_a_root_only_when_asked_for() -> None:
    """A root is treated like any other node."""
    (function,) = _tree("def place(): save()").body
    assert list(calls((function,))) == []
    assert [_called(call) for call in calls((function,), nested=True)] == ["save"]


def test_statements_of_a_scope_are_those_of_its_blocks_too() -> None:
    """Functions are yielded, not entered."""
    kinds = [type(statement).__name__ for statement in statements(_tree(_SOURCE).body)]
    assert kinds == ["With", "Branch", "Loop", "Evaluate", "Function", "Evaluate"]


def test_expressions_of_a_statement_are_those_it_evaluates_itself() -> None:
    """A block's own statements speak for themselves."""
    found = [[_called(part) for part in expressions(statement)] for statement in statements(_tree(_SOURCE).body)]
    assert found == [["opened"], ["ready"], ["read"], ["note"], [], ["last"]]


def test_names_are_the_plain_names_an_expression_reads() -> None:
    """Attributes and keywords are no names."""
    expression = _expression("send(order.total, tax=rate)")
    assert list(names((expression,))) == ["send", "order", "rate"]
    assert mentions(expression, "order")
    assert not mentions(expression, "total")


def test_children_come_in_the_order_they_are_evaluated() -> None:
    """A condition is decided before its branches, and what a comprehension runs over before its element."""
    assert [_called(part) for part in children(_expression("a() if b() else c()"))] == ["b", "a", "c"]
    comprehension = _expression("{key(x): value(x) for x in over() if kept(x)}")
    assert [_called(part) for part in children(comprehension)] == ["over", "kept", "key", "value"]


def test_results_are_returned_or_yielded() -> None:
    """A generator gives its values one by one, and those of what it delegates to."""
    (function,) = _tree("""
        def patterns():
            if early():
                return first()
            yield second()
            yield from third()
    """).body
    assert isinstance(function, s.Function)
    returned, yielded, delegated = results(function)
    assert isinstance(yielded, s.Sequence)
    assert [_called(returned), _called(yielded.elements[0]), _called(delegated)] == ["first", "second", "third"]


def _by_reflection(value: object) -> Iterator[s.Node]:
    """Every node in the fields of a node, whatever the fields are called; of a lambda's function what is written."""
    if isinstance(value, s.Lambda):
        yield value
        yield from _by_reflection((*value.parameters, value.body))
    elif isinstance(value, s.Opaque):
        yield value
        yield from _by_reflection(value.parts)  # The operands repeat them.
    elif isinstance(value, s.Node):
        yield value
        for name in type(value).__struct_fields__:
            yield from _by_reflection(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _by_reflection(item)  # pyright: ignore[reportUnknownArgumentType]


def test_a_walk_leaves_no_field_of_any_kind_of_node_out() -> None:
    """The parts of each kind are listed by hand, for speed: they are the fields that hold nodes, in their order."""
    seen: set[type[s.Node]] = set()
    for path in sorted(Path(s.__file__).parents[1].rglob("*.py")):
        tree = lower(path.read_text(encoding="utf-8"))
        walked = list(nodes((tree,), nested=True))
        assert all(a is b for a, b in zip(walked, _by_reflection(tree), strict=True))
        seen.update(map(type, walked))
    definitions = "@d(1)\nclass A(B, m=C): pass\nasync def f(a: int = 1, *b, **c) -> int:\n"
    tree = lower(definitions + "  del a\n  await f(*b)\n  x += [y := 1]")
    assert list(map(id, nodes((tree,), nested=True))) == list(map(id, _by_reflection(tree)))
    seen.update(map(type, nodes((tree,), nested=True)))
    assert seen == {kind for kind in vars(s).values() if isinstance(kind, type) and issubclass(kind, s.Node)} - {s.Node}
