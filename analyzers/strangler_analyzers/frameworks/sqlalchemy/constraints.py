"""Foreign keys that are declared beside the columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from strangler_analyzers.frameworks.sqlalchemy.library import name_of
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import Frame
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import calls


@dataclass(frozen=True, slots=True)
class Constraint:
    """``ForeignKeyConstraint([columns], [targets])``: one pair a column."""

    columns: tuple[s.Expression, ...]
    targets: tuple[s.Expression, ...]
    frame: Frame
    on_delete: str
    line: int


def constraints_of(resolver: Resolver, roots: Iterable[s.Expression], frame: Frame) -> Iterator[Constraint]:
    """The foreign key constraints among table arguments."""
    for call in calls(roots):
        if (s.dotted(call.function) or "").rpartition(".")[2] != "ForeignKeyConstraint":
            continue
        if not any(name_of(value) == "ForeignKeyConstraint" for value in resolver.evaluate(call.function, frame)):
            continue
        columns, targets = call.argument(0, "columns"), call.argument(1, "refcolumns")
        if isinstance(columns, s.Sequence) and isinstance(targets, s.Sequence):
            rule = Texts(resolver).one(call.keyword("ondelete"), frame) or ""
            yield Constraint(columns.elements, targets.elements, frame, rule, call.line)
