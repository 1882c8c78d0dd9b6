"""The contents of lists, tuples, dicts and loops over them, element by element."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from strangler_analyzers.frameworks.wiring.activation import union
from strangler_analyzers.frameworks.wiring.questions import Questions
from strangler_analyzers.linker.values import (
    ConstantValue,
    Container,
    External,
    Frame,
    MappingValue,
    SequenceValue,
    SumValue,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s

Key: TypeAlias = str | int | float | bool | None
"""A constant index; None for an unknown one."""


class Containers:
    """Enumerates the contents of containers; without a cap, since a list of routes may be long."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._open: set[Value] = set()

    def turns(self, target: s.Expression, iterable: s.Expression, frame: Frame) -> Iterator[Frame]:
        """A frame for each iteration of a loop; the frame itself, once, if the elements are unknown."""
        turned = False
        values = self._questions.evaluate(iterable, frame)
        displays = [value for value in values if not isinstance(value, External)]
        for value in displays or values:  # If there is a literal list, other possible values add nothing.
            for element in self.elements(value):
                turned = True
                yield self._questions.frames.turn(frame, dict(self._targets(target, element)))
        if not turned:
            yield frame

    def _targets(self, target: s.Expression, values: Values) -> Iterator[tuple[str, Values]]:
        match target:
            case s.Name(id=name) if values:
                yield name, values
            case s.Sequence(elements=elements):
                for index, element in enumerate(elements):
                    yield from self._targets(element, union(self.item(value, index) for value in values))
            case _:
                pass

    def elements(self, value: Value) -> list[Values]:
        """The values of each iteration, in order; empty for a sequence built from itself."""
        if value in self._open:
            return []
        self._open.add(value)
        found = self._elements(value)
        self._open.discard(value)
        return found

    def _elements(self, value: Value) -> list[Values]:
        match value:
            case SequenceValue(node=node, frame=frame):
                return [part for element in node.elements for part in self._display(element, frame)]
            case SumValue(left=left, right=right, frame=frame):
                both = (*self._questions.evaluate(left, frame), *self._questions.evaluate(right, frame))
                return [part for side in both for part in self.elements(side)]
            case Container(values=values):
                return [(each,) for each in values]
            case MappingValue(node=node, frame=frame):
                return [self._questions.evaluate(key, frame) for key in node.keys if key is not None]
            case ConstantValue():
                return []
            case _:
                return [(each,) for each in self._questions.resolver.elements(value)]

    def _display(self, element: s.Expression, frame: Frame) -> list[Values]:
        if isinstance(element, s.Star):
            spread = self._questions.evaluate(element.value, frame)
            return [part for value in spread for part in self.elements(value)]
        return [self._questions.evaluate(element, frame)]

    def flat(self, values: Values) -> Iterator[Value]:
        """All contents of the containers among values."""
        for value in values:
            for element in self.elements(value):
                yield from element

    def entries(self, value: Value) -> list[tuple[Values, Values]]:
        """Keys and values of a dict display."""
        found: list[tuple[Values, Values]] = []
        if isinstance(value, MappingValue) and value not in self._open:
            self._open.add(value)
            for key, item in zip(value.node.keys, value.node.values, strict=True):
                if key is not None:
                    given = self._questions.evaluate(key, value.frame)
                    found.append((given, self._questions.evaluate(item, value.frame)))
                else:
                    spread = self._questions.evaluate(item, value.frame)
                    found.extend(entry for each in spread for entry in self.entries(each))
            self._open.discard(value)
        return found

    def item(self, value: Value, key: Key) -> Values:
        """What ``value[key]`` may be."""
        match value:
            case SequenceValue() | SumValue():
                parts = self.elements(value)
                if isinstance(key, int) and -len(parts) <= key < len(parts):
                    return parts[key]
                return union(parts)
            case MappingValue():
                entries = self.entries(value)
                return union(item for name, item in entries if key is None or ConstantValue(key) in name)
            case Container(values=values):
                return values
            case External(path=path) if isinstance(key, str) and path.endswith(".config"):
                return self._questions.settings.of(key)
            case _:
                return self._questions.resolver.item(value, key)
