"""The results of iterating over a value, indexing it, or entering it as a context manager."""

from __future__ import annotations

from strangler_analyzers.linker.libraries import Libraries
from strangler_analyzers.linker.members import ENUMS
from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
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
from strangler_analyzers.source.literals import MAX_ELEMENTS


class Containers:
    """Resolves displays, generators and the protocols behind ``for``, ``[]`` and ``with``."""

    def __init__(self, resolver: Resolver, recursion: Recursion, libraries: Libraries) -> None:
        self._resolver = resolver
        self._recursion = recursion
        self._libraries = libraries
        self._elements: dict[Value, Values] = {}
        self._items: dict[tuple[Value, Key], Values] = {}

    def elements(self, value: Value) -> Values:
        """What iterating over a value may yield."""
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
            case ClassValue(scope=scope) if self._resolver.inherits(scope, ENUMS):
                return (InstanceValue(scope),)
            case InstanceValue(scope=scope):
                iterators = union(self._made(scope, name) for name in ("__iter__", "__aiter__"))
                found = [self.elements(iterator) for iterator in iterators if iterator != value]
                for iterator in (value, *iterators):
                    if isinstance(iterator, InstanceValue):
                        found += [self._made(iterator.scope, name) for name in ("__next__", "__anext__")]
                return union(found)
            case _:
                return NOTHING

    def _made(self, scope: Scope, name: str) -> Values:
        """What a special method returns."""
        methods = self._resolver.member(scope, name, on_class=False)
        return union(self._resolver.returned(Frame(m.scope, m.receiver)) for m in methods if isinstance(m, MethodValue))

    def _display_element(self, element: s.Expression, frame: Frame) -> Values:
        if isinstance(element, s.Star):
            return union(map(self.elements, self._resolver.evaluate(element.value, frame)))
        return self._resolver.evaluate(element, frame)

    def item(self, value: Value, key: Key) -> Values:
        """What ``value[key]`` may be; a `key` of None stands for one that is not a constant."""
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
                return self._made(scope, "__getitem__")
            case External(path="collections.defaultdict()", site=site) if site is not None and site.call.arguments:
                factory = s.Call(site.call.arguments[0], (), (), site.call.line, site.call.column)
                return self._resolver.evaluate(factory, site.frame)
            case ClassValue(scope=scope):
                return (InstanceValue(scope),) if self._resolver.inherits(scope, ENUMS) else (value,)
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
    """Whether the positions in a display are unknown: some of its elements are iterables, or it may have been cut."""
    return len(node.elements) >= MAX_ELEMENTS or any(isinstance(element, s.Star) for element in node.elements)
