"""Foreign keys declared outside the columns, as table arguments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from strangler_analyzers.frameworks.sqlalchemy.library import name_of
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import Frame, SequenceValue
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import calls

_MOST_LISTS = 4
"""The most steps through which lists composed of other lists are followed."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """``ForeignKeyConstraint([columns], [targets])``: one pair a column."""

    columns: tuple[s.Expression, ...]
    targets: tuple[s.Expression, ...]
    frame: Frame
    on_delete: str
    line: int


def constraints_of(resolver: Resolver, roots: Iterable[s.Expression], frame: Frame) -> Iterator[Constraint]:
    """The foreign key constraints among table arguments, including those in lists that these are composed of."""
    for root in roots:
        yield from _of_calls(resolver, root, frame)
        for listed in _lists(resolver, root, frame, _MOST_LISTS):
            yield from _of_calls(resolver, listed.node, listed.frame)


def _lists(resolver: Resolver, expression: s.Expression, frame: Frame, steps: int) -> Iterator[SequenceValue]:
    """The lists behind names in ``cls.arguments + (...)`` and ``(*arguments, ...)``."""
    match expression:
        case s.Operation(operator="+", left=left, right=right):
            parts: tuple[s.Expression, ...] = (left, right)
        case s.Sequence(elements=elements):
            parts = tuple(element.value for element in elements if isinstance(element, s.Star))
        case s.Name() | s.Attribute() if steps > 0:
            for value in resolver.evaluate(expression, frame):
                if isinstance(value, SequenceValue):
                    yield value
                    yield from _lists(resolver, value.node, value.frame, steps - 1)
            return
        case _:
            return
    for part in parts:
        yield from _lists(resolver, part, frame, steps)


def _of_calls(resolver: Resolver, root: s.Expression, frame: Frame) -> Iterator[Constraint]:
    for call in calls((root,)):
        if (spelling.dotted(call.function) or "").rpartition(".")[2] != "ForeignKeyConstraint":
            continue
        if not any(name_of(value) == "ForeignKeyConstraint" for value in resolver.evaluate(call.function, frame)):
            continue
        columns, targets = call.argument(0, "columns"), call.argument(1, "refcolumns")
        if isinstance(columns, s.Sequence) and isinstance(targets, s.Sequence):
            rule = Texts(resolver).one(call.keyword("ondelete"), frame) or ""
            yield Constraint(columns.elements, targets.elements, frame, rule, call.line)
