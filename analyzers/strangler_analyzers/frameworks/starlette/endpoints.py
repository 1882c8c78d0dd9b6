"""Endpoints of routes: a function, or a class with a method for each HTTP method."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.parts import own_function
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, FunctionValue, InstanceValue, MethodValue, Values

WEBSOCKET = "WEBSOCKET"
"""The method of a route that opens a web socket."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SOCKET_METHODS = ("on_connect", "on_receive", "on_disconnect", "dispatch")


def endpoints(values: Values) -> list[Scope]:
    """The functions and classes among values."""
    found = [v.scope for v in values if isinstance(v, ClassValue | FunctionValue | MethodValue)]
    return list(dict.fromkeys(found))


def answered_methods(given: tuple[str, ...]) -> tuple[str, ...] | None:
    """The declared methods of a route, None if there are none; HEAD and OPTIONS only if a route has no others."""
    return tuple(method for method in given if method not in {"HEAD", "OPTIONS"}) or given or None


def answers(
    evaluator: Evaluator, endpoint: Scope, methods: tuple[str, ...] | None
) -> Iterator[tuple[str, list[Scope]]]:
    """Each method an endpoint answers, with the program's own functions that run for it."""
    if not endpoint.is_class:
        for method in methods or ("GET",):
            yield method, [endpoint]
        return
    if methods == (WEBSOCKET,):
        functions = (own_function(evaluator, endpoint, name) for name in _SOCKET_METHODS)
        yield WEBSOCKET, [function for function in functions if function is not None]
        return
    for method in METHODS:
        function = own_function(evaluator, endpoint, method.lower())
        if function is not None and (methods is None or method in methods):
            yield method, [function]


def callables(evaluator: Evaluator, values: Values) -> list[Scope]:
    """The functions that run when a value is called: itself, ``__init__`` of a class, ``__call__`` of an instance."""
    found: list[Scope] = []
    for value in values:
        match value:
            case FunctionValue(scope=scope) | MethodValue(scope=scope):
                found.append(scope)
            case ClassValue(scope=scope):
                function = own_function(evaluator, scope, "__init__")
                found.extend([function] if function is not None else [])
            case InstanceValue(scope=scope):
                function = own_function(evaluator, scope, "__call__")
                found.extend([function] if function is not None else [])
            case _:
                pass
    return list(dict.fromkeys(found))
