"""What iterating over a value, indexing it or entering it gives."""

from __future__ import annotations

from strangler_analyzers.linker.libraries import Libraries
from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import (
    NOTHING,
    ClassValue,
    Container,
    External,
    Frame,
    InstanceValue,
    Key,
    MappingValue,
    MethodValue,
    Record,
    Rows,
    SequenceValue,
    SumValue,
    Value,
    Values,
    union,
)
from strangler_analyzers.source import syntax as s


class Containers:
    """The resolver's knowledge of displays, generators and the protocols behind ``for``, ``[]`` and ``with``."""

    def __init__(self, resolver: Resolver, recursion: Recursion, libraries: Libraries) -> None:
        self._resolver = resolver
        self._recursion = recursion
        self._libraries = libraries
        self._elements: dict[Value, Values] = {}
        self._items: dict[tuple[Value, Key], Values] = {}

    def elements(self, value: Value) -> Values:
        """What iterating over a value may give."""
        return self._recursion.once(self._elements, value, self._compute)

    def _compute(self, value: Value) -> Values:
        for elements in self._libraries.elements:
            if (known := elements(self._resolver, value)) is not None:
                return known
        match value:
            case SequenceValue(node=node, frame=frame):
                return union(self._display_element(element, frame) for element in node.elements)
            case SumValue(left=left, right=right, frame=frame):
                both = (*self._resolver.evaluate(left, frame), *self._resolver.evaluate(right, frame))
                return union(self.elements(part) for part in both)
            case Container(values=values):
                return values
            case MappingValue(node=node, frame=frame):
                return union(self._resolver.evaluate(key, frame) for key in node.keys if key is not None)
            case Rows(model=model):
                return (InstanceValue(model),)
            case Record(fields=fields):
                return union(fields)
            case InstanceValue(scope=scope):
                iterators = self._resolver.member(scope, "__iter__", on_class=False)
                made = [
                    self._resolver.returned(Frame(m.scope, m.receiver)) for m in iterators if isinstance(m, MethodValue)
                ]
                return union(self.elements(v) for values in made for v in values if v != value)
            case _:
                return NOTHING

    def _display_element(self, element: s.Expression, frame: Frame) -> Values:
        if isinstance(element, s.Star):
            return union(map(self.elements, self._resolver.evaluate(element.value, frame)))
        return self._resolver.evaluate(element, frame)

    def item(self, value: Value, key: Key) -> Values:
        """What ``value[key]`` may be; None for a key that is not a constant."""
        return self._recursion.once(self._items, (value, key), self._item)

    def _item(self, question: tuple[Value, Key]) -> Values:
        value, key = question
        match value:
            case SequenceValue(node=node, frame=frame) if isinstance(key, int) and not _is_open(node):
                count = len(node.elements)
                return self._resolver.evaluate(node.elements[key], frame) if -count <= key < count else NOTHING
            case MappingValue(node=node, frame=frame):
                return self._entry(node, frame, key)
            case Record(fields=fields) if isinstance(key, int) and -len(fields) <= key < len(fields):
                return fields[key]
            case InstanceValue(scope=scope):
                methods = self._resolver.member(scope, "__getitem__", on_class=False)
                found = [
                    self._resolver.returned(Frame(m.scope, m.receiver)) for m in methods if isinstance(m, MethodValue)
                ]
                return union(found)
            case ClassValue():
                return (value,)
            case External(path=path, site=site):
                return (External(f"{path}[]", site),)
            case _:
                return self.elements(value)

    def _entry(self, node: s.Mapping, frame: Frame, key: Key) -> Values:
        found: list[Values] = []
        for name, item in zip(node.keys, node.values, strict=True):
            if name is None:
                found.append(union(self.item(value, key) for value in self._resolver.evaluate(item, frame)))
            elif key is None or not isinstance(name, s.Constant) or name.value == key:
                found.append(self._resolver.evaluate(item, frame))
        return union(found)

    def entered(self, value: Value) -> Values:
        """What ``with value as name`` binds."""
        match value:
            case InstanceValue(scope=scope):
                for name in ("__enter__", "__aenter__"):
                    methods = self._resolver.member(scope, name, on_class=False)
                    made = [
                        self._resolver.returned(Frame(m.scope, m.receiver))
                        for m in methods
                        if isinstance(m, MethodValue)
                    ]
                    if made:
                        return union(made) or (value,)
                return (value,)
            case Container(values=values):
                return values
            case _:
                return (value,)


def _is_open(node: s.Sequence) -> bool:
    """Whether the positions in a display are not known."""
    return any(isinstance(element, s.Star) for element in node.elements)
