"""Walking a syntax tree without caring what each node means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.source import syntax as s


def nodes(roots: Iterable[s.Node]) -> Iterator[s.Node]:
    """Every node below the roots in source order, the roots included; nested functions and classes are not entered."""
    pending = list(roots)
    pending.reverse()
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, s.Function | s.Class):
            pending.extend(reversed(_parts(node)))


def calls(roots: Iterable[s.Node]) -> Iterator[s.Call]:
    """Every call below the roots."""
    return (node for node in nodes(roots) if isinstance(node, s.Call))


def _parts(node: s.Node) -> list[s.Node]:
    parts: list[s.Node] = []
    for name in node.__struct_fields__:
        _collect(getattr(node, name), parts)
    return parts


def _collect(value: object, parts: list[s.Node]) -> None:
    if isinstance(value, s.Node):
        parts.append(value)
    elif isinstance(value, tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            _collect(item, parts)  # pyright: ignore[reportUnknownArgumentType]
