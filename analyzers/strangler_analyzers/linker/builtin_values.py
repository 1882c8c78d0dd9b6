"""How Python's builtin functions and containers pass values on."""

from __future__ import annotations

from collections.abc import Sequence

from strangler_analyzers.linker.callbacks import Callbacks
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.own_names import own_names
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.strings import strings_of
from strangler_analyzers.linker.values import (
    ClassValue,
    ConstantValue,
    Container,
    External,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    ModuleValue,
    Record,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s

_SAME_ELEMENTS = frozenset(
    f"builtins.{name}"
    for name in ("list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "aiter", "dict.fromkeys")
)
_CALLED_WITH = frozenset({"builtins.map", "functools.reduce", "itertools.starmap", "itertools.accumulate"})
_FILTERS = frozenset({"builtins.filter", "itertools.filterfalse", "itertools.takewhile", "itertools.dropwhile"})
_PAIRS = frozenset(
    {
        "builtins.zip",
        "builtins.enumerate",
        "itertools.groupby",
        "itertools.chain",
        "itertools.product",
        "itertools.zip_longest",
    }
)
_ONE_ELEMENT = frozenset({"builtins.next", "builtins.anext", "builtins.max", "builtins.min"})
_ITERATES_FIRST = (
    _SAME_ELEMENTS
    | _ONE_ELEMENT
    | frozenset(f"builtins.{name}" for name in ("len", "bool", "any", "all", "sum", "dict", "enumerate"))
)
_SAME_VALUE = frozenset(
    {
        "functools.partial",
        "functools.lru_cache()",
        "functools.cache",
        "copy.copy",
        "copy.deepcopy",
        "typing.cast",
        "asyncio.wait_for",
        "asyncio.shield",
        "contextlib.aclosing",
        "contextlib.closing",
    }
)


def iterated(call: s.Call, callees: Values) -> Sequence[s.Expression]:
    """The arguments that a builtin iterates over or takes the length of: ``list(rows)``, ``map(str, rows)``."""
    for callee in callees:
        if isinstance(callee, External):
            if callee.path in _ITERATES_FIRST:
                return call.arguments[:1]
            if callee.path == "builtins.zip":
                return call.arguments
            if callee.path in {"builtins.map", "builtins.filter"}:
                return call.arguments[1:]
    return ()


class BuiltinValues(Knowledge):
    """The builtins, and the standard library functions that return what they are given."""

    calls_of = (External,)

    def call(self, resolver: Resolver, callee: Value, call: s.Call, frame: Frame) -> Values | None:
        """What element-wise, pass-through and reflective functions return."""
        if not isinstance(callee, External):
            return None
        path = callee.path
        first = call.arguments[0] if call.arguments else None
        if path == "importlib.import_module":
            return self._import_module(resolver, first, frame)
        if path.startswith(("builtins.list().", "builtins.dict().")) and isinstance(call.function, s.Attribute):
            return self._method(resolver, call.function, call, frame)
        if path in _CALLED_WITH and (made := next(self._callbacks.of(call, (callee,)), None)) is not None:
            called = resolver.evaluate(made, frame)
            return called if path == "functools.reduce" else (Container(called),)
        if first is None:
            return None
        if path in _PAIRS:
            return self._pairs(resolver, path, call, frame)
        if path in _SAME_ELEMENTS:
            return (Container(self._elements(resolver, first, frame)),)
        if path in _FILTERS and len(call.arguments) > 1:
            return (Container(self._elements(resolver, call.arguments[1], frame)),)
        if path in _ONE_ELEMENT:
            return self._elements(resolver, first, frame)
        if path == "builtins.getattr":
            return self._getattr(resolver, call, frame)
        if path == "builtins.type" and len(call.arguments) == 1:
            values = resolver.evaluate(first, frame)
            return tuple(ClassValue(value.scope) for value in values if isinstance(value, InstanceValue))
        if path in _SAME_VALUE:
            value = call.arguments[1] if path == "typing.cast" and len(call.arguments) > 1 else first
            return resolver.evaluate(value, frame)
        return None

    def __init__(self) -> None:
        self._callbacks = Callbacks()

    def _method(self, resolver: Resolver, function: s.Attribute, call: s.Call, frame: Frame) -> Values | None:
        """A method of a list, tuple, set or dict."""
        owners = resolver.evaluate(function.value, frame)
        match function.name:
            case "values":
                return (Container(resolver.union(resolver.item(owner, None) for owner in owners)),)
            case "keys":
                return (Container(resolver.union(map(resolver.elements, owners))),)
            case "items":
                return (Container((_item(resolver, owners),)),)
            case "popitem":
                return (_item(resolver, owners),)
            case "get" | "setdefault" | "pop" if call.arguments:
                keys = [v.value for v in resolver.evaluate(call.arguments[0], frame) if isinstance(v, ConstantValue)]
                key = keys[0] if len(keys) == 1 else None
                found = [resolver.item(owner, key) for owner in owners]
                return resolver.union((*found, *(resolver.evaluate(item, frame) for item in call.arguments[1:])))
            case "pop" | "popleft":
                return resolver.union(resolver.item(owner, None) for owner in owners)
            case "copy":
                return owners
            case _:
                return None

    def _pairs(self, resolver: Resolver, path: str, call: s.Call, frame: Frame) -> Values:
        """What ``zip``, ``enumerate``, ``groupby`` and ``chain`` yield: iterables built from other iterables."""
        parts = [self._elements(resolver, argument, frame) for argument in call.arguments]
        match path:
            case "builtins.zip" | "itertools.product" | "itertools.zip_longest":
                return (Container((Record(tuple(parts)),)),)
            case "builtins.enumerate":
                return (Container((Record(((), parts[0])),)),)
            case "itertools.groupby":
                return (Container((Record(((), (Container(parts[0]),))),)),)
            case _:
                return (Container(resolver.union(parts)),)

    def decides(self, value: Value) -> bool:
        """A function or class passed as an argument decides what the callee is about."""
        return isinstance(value, FunctionValue | MethodValue | ClassValue)

    @staticmethod
    def _elements(resolver: Resolver, expression: s.Expression, frame: Frame) -> Values:
        return resolver.union(resolver.elements(value) for value in resolver.evaluate(expression, frame))

    @staticmethod
    def _getattr(resolver: Resolver, call: s.Call, frame: Frame) -> Values | None:
        if len(call.arguments) < 2:
            return None
        names = (*strings_of(resolver.evaluate(call.arguments[1], frame)), *own_names(resolver, call, frame))
        owners = resolver.evaluate(call.arguments[0], frame)
        found = resolver.union(resolver.attribute(owner, name) for owner in owners for name in names)
        return found or (resolver.evaluate(call.arguments[2], frame) if len(call.arguments) > 2 else found)

    @staticmethod
    def _import_module(resolver: Resolver, name: s.Expression | None, frame: Frame) -> Values:
        if name is None:
            return ()
        modules = [
            value.value
            for value in resolver.evaluate(name, frame)
            if isinstance(value, ConstantValue) and isinstance(value.value, str)
        ]
        return tuple(
            ModuleValue(module) if resolver.program.is_module(module) else External(module) for module in modules
        )


def _item(resolver: Resolver, owners: Values) -> Record:
    """The (key, value) record that ``items()`` of some dicts yields."""
    keys = resolver.union(map(resolver.elements, owners))
    return Record((keys, resolver.union(resolver.item(owner, None) for owner in owners)))
