"""The values that a type annotation allows."""

from __future__ import annotations

from collections.abc import Callable

from strangler_analyzers.linker.values import (
    NOTHING,
    ClassValue,
    Container,
    External,
    Frame,
    InstanceValue,
    Value,
    Values,
    union,
)
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s


class Annotations:
    """Reads annotations; `evaluate` resolves the names in them."""

    def __init__(self, evaluate: Callable[[s.Expression, Frame], Values]) -> None:
        self._evaluate = evaluate

    def declared(self, annotation: s.Expression, frame: Frame) -> Values:
        """The values a declared type allows."""
        match annotation:
            case s.Operation(operator="|", left=left, right=right):
                return union((self.declared(left, frame), self.declared(right, frame)))
            case s.Subscript(value=value, index=index):
                return self._generic(value, index, frame)
            case s.Name() | s.Attribute():
                return union(self._instance_of(value) for value in self._evaluate(annotation, frame))
            case _:
                return NOTHING

    def _instance_of(self, value: Value) -> Values:
        match value:
            case ClassValue(scope=scope):
                return (InstanceValue(scope),)
            case External(path=path) if not path.startswith(("builtins.", "typing.")):
                return (External(f"{path}()"),)
            case _:
                return NOTHING

    def _generic(self, origin: s.Expression, index: s.Expression, frame: Frame) -> Values:
        name = (spelling.dotted(origin) or "").rpartition(".")[2]
        arguments = index.elements if isinstance(index, s.Sequence) else (index,)
        match name:
            case "Optional" | "Annotated" | "Final" | "ClassVar" | "Awaitable" | "Required" | "NotRequired" | "Mapped":
                declared = self.declared(arguments[0], frame)
                if name != "Annotated":
                    return declared
                extra = union(self._evaluate(argument, frame) for argument in arguments[1:])
                return union(
                    (
                        declared,
                        tuple(v for v in extra if isinstance(v, External) and v.site is not None),
                    )
                )
            case "Union":
                return union(self.declared(argument, frame) for argument in arguments)
            case "type" | "Type":
                instances = self.declared(arguments[0], frame)
                return tuple(ClassValue(v.scope) for v in instances if isinstance(v, InstanceValue))
            case "dict" | "Dict" | "Mapping" | "MutableMapping" | "defaultdict" | "Generator" | "Coroutine":
                position = 1 if name in {"dict", "Dict", "Mapping", "MutableMapping", "defaultdict"} else 0
                chosen = arguments[2] if name == "Coroutine" and len(arguments) > 2 else None
                if chosen is not None:
                    return self.declared(chosen, frame)
                return (Container(self.declared(arguments[min(position, len(arguments) - 1)], frame)),)
            case (
                "list"
                | "List"
                | "set"
                | "Set"
                | "tuple"
                | "Tuple"
                | "Sequence"
                | "Iterable"
                | "Iterator"
                | "Collection"
                | "frozenset"
                | "FrozenSet"
                | "AsyncIterator"
                | "AsyncGenerator"
                | "AsyncIterable"
                | "deque"
            ):
                return (Container(union(self.declared(argument, frame) for argument in arguments)),)
            case _:
                return self.declared(origin, frame)
