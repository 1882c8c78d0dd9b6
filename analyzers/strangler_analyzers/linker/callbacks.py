"""Which of the functions passed to a library the library calls.

Some builtins call them at once: ``map(f, xs)`` calls ``f`` with elements of ``xs``. Any other library is assumed to
call what it is given, except where the method only withdraws an earlier registration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from strangler_analyzers.linker.values import External, Value, Values
from strangler_analyzers.source import syntax as s

_Parts: TypeAlias = tuple[s.Expression | None, tuple[s.Expression, ...]]
"""The function, and the arguments it is called with."""


def _element(iterable: s.Expression) -> s.Expression:
    """Any element of an iterable."""
    return s.Subscript(iterable, s.OPAQUE)


def _elements_of_the_rest(call: s.Call) -> _Parts:
    return call.argument(0), tuple(map(_element, call.arguments[1:]))


def _key(call: s.Call) -> _Parts:
    return call.keyword("key"), tuple(map(_element, call.arguments[:1]))


def _key_of_receiver(call: s.Call) -> _Parts:
    owner = call.function.value if isinstance(call.function, s.Attribute) else None
    return call.keyword("key"), () if owner is None else (_element(owner),)


def _second(call: s.Call) -> _Parts:
    return call.argument(1, "key"), tuple(map(_element, call.arguments[:1]))


def _fold(call: s.Call) -> _Parts:
    return call.argument(0), tuple(_element(call.arguments[1]) for _ in range(2)) if len(call.arguments) > 1 else ()


_CALLBACKS: dict[str, Callable[[s.Call], _Parts]] = {
    "builtins.map": _elements_of_the_rest,
    "builtins.filter": _elements_of_the_rest,
    "builtins.sorted": _key,
    "builtins.min": _key,
    "builtins.max": _key,
    "builtins.list().sort": _key_of_receiver,
    "functools.reduce": _fold,
    "heapq.nlargest": lambda call: (call.keyword("key"), tuple(map(_element, call.arguments[1:2]))),
    "heapq.nsmallest": lambda call: (call.keyword("key"), tuple(map(_element, call.arguments[1:2]))),
    "itertools.groupby": _second,
    "itertools.accumulate": lambda call: (call.argument(1, "func"), ()),
    "itertools.filterfalse": _elements_of_the_rest,
    "itertools.takewhile": _elements_of_the_rest,
    "itertools.dropwhile": _elements_of_the_rest,
    "itertools.starmap": lambda call: (call.argument(0), ()),
    "contextlib.ExitStack().callback": lambda call: (call.argument(0), call.arguments[1:]),
}

_OWN = ("builtins.", "functools.", "inspect.", "typing.")
_TAKES_BACK = frozenset(
    {
        "delete_memoized",  # Flask-Caching and similar: the function whose results are to be forgotten
        "delete_memoized_verhash",
        "disconnect",  # blinker, Django's signals
        "unregister",  # atexit, select, registries of plugins
        "unsubscribe",
        "remove_callback",
        "remove_done_callback",  # asyncio and concurrent.futures
        "remove_listener",
        "remove_signal_handler",
        "remove_reader",
        "remove_writer",
    }
)
"""Methods that take a function only to identify it, and do not call it."""


def may_call_back(callee: Value) -> bool:
    """Whether a value belongs to a library that may call the functions it is given, at an unknown time."""
    return (
        isinstance(callee, External)
        and not callee.path.startswith(_OWN)
        and callee.path.rpartition(".")[2] not in _TAKES_BACK
    )


class Callbacks:
    """Finds the calls that a library call makes in turn; each is synthesised once."""

    def __init__(self) -> None:
        self._made: dict[tuple[s.Call, str], s.Call | None] = {}

    def of(self, call: s.Call, callees: Values) -> Iterator[s.Call]:
        """The calls that happen while a call runs."""
        for callee in callees:
            if isinstance(callee, External) and callee.path in _CALLBACKS:
                question = (call, callee.path)
                if question not in self._made:
                    self._made[question] = _call(call, *_CALLBACKS[callee.path](call))
                made = self._made[question]
                if made is not None:
                    yield made


def _call(call: s.Call, function: s.Expression | None, arguments: Sequence[s.Expression]) -> s.Call | None:
    return None if function is None else s.Call(function, tuple(arguments), (), call.line, call.column)
