"""Finding statements and expressions inside a function, class or module."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.source import syntax as s


def statements(body: tuple[s.Statement, ...], *, conditional: bool = False) -> Iterator[tuple[s.Statement, bool]]:
    """The statements a scope runs itself, in source order, each with whether it may be left out when the scope runs."""
    for statement in body:
        yield statement, conditional
        match statement:
            case s.With(body=inner):
                yield from statements(inner, conditional=conditional)
            case s.Loop(body=inner):
                yield from statements(inner, conditional=True)
            case s.Branch(arms=arms):
                for arm in arms:
                    yield from statements(arm, conditional=True)
            case _:
                pass


def results(node: s.Function) -> Iterator[s.Expression]:
    """The expressions a function returns; ``[value]`` for each value a generator yields."""
    for statement, _ in statements(node.body):
        match statement:
            case s.Return(value=value) if value is not None:
                yield value
            case s.Evaluate(value=s.Yield(value=value, delegated=delegated)) if value is not None:
                yield value if delegated else s.Sequence((value,))
            case _:
                pass


def nodes(root: s.Node) -> Iterator[s.Node]:
    """A node and everything below it, in source order."""
    pending: list[object] = [root]
    while pending:
        found = pending.pop()
        if isinstance(found, s.Node):
            yield found
            pending.extend(getattr(found, name) for name in reversed(found.__struct_fields__))
        elif isinstance(found, tuple):
            pending.extend(reversed(found))  # pyright: ignore[reportUnknownArgumentType]


def calls(root: s.Node) -> Iterator[s.Call]:
    """Every call below a node, in source order."""
    return (node for node in nodes(root) if isinstance(node, s.Call))
