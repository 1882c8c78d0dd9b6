"""Views that answer rules: a function, or a class with the methods it implements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.parts import own_function
from strangler_analyzers.frameworks.wiring.text import texts
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, Frame, FunctionValue, MethodValue, Value, Values

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""The methods of views; the framework answers HEAD and OPTIONS itself."""
_DECORATORS = ("decorators", "method_decorators")
"""The attributes with decorators of Flask's views and of Flask-RESTful's resources."""


def views(values: Values) -> list[Scope]:
    """The classes among values, else the functions: with a class the functions may be wrappers around it."""
    classes = [value.scope for value in values if isinstance(value, ClassValue)]
    functions = [value.scope for value in values if isinstance(value, FunctionValue | MethodValue)]
    return list(dict.fromkeys(classes or functions))


def declared_methods(evaluator: Evaluator, view: Scope) -> tuple[str, ...] | None:
    """The class's own list of methods (``methods = ["GET"]``), if it has one."""
    for ancestor in evaluator.resolver.order(view):
        if not isinstance(ancestor, str) and "methods" in ancestor.bindings:
            values = evaluator.lookup("methods", Frame(ancestor))
            found = [text for v in values for part in evaluator.containers.elements(v) for text in texts(part)]
            return tuple(text.upper() for text in found) or None
    return None


def answers(evaluator: Evaluator, view: Scope, methods: tuple[str, ...] | None) -> Iterator[tuple[str, list[Scope]]]:
    """Each method a view answers, with the program's own functions that run for it."""
    if not view.is_class:
        for method in methods or ("GET",):
            yield method, [view]
        return
    dispatch = own_function(evaluator, view, "dispatch_request")
    before = [dispatch] if dispatch is not None else []
    wrappers = _inherited_wrappers(evaluator, view)
    implemented = {method: own_function(evaluator, view, method.lower()) for method in METHODS}
    if not any(implemented.values()):
        for method in methods or declared_methods(evaluator, view) or ("GET",):
            yield method, before
        return
    allowed = methods or declared_methods(evaluator, view) or METHODS
    for method, function in implemented.items():
        if function is not None and method in allowed:
            around = wrappers[1] if wrappers is not None and function.owner is not wrappers[0] else ()
            yield method, [*around, *before, function]


def _inherited_wrappers(evaluator: Evaluator, view: Scope) -> tuple[Scope, tuple[Scope, ...]] | None:
    """The wrappers that ``decorators = [login]`` puts around a class's methods, and the class that declares them.

    The methods of that class itself are decorated at their definition; those of its subclasses are not.
    """
    for ancestor in evaluator.resolver.order(view):
        if isinstance(ancestor, str):
            continue
        for name in _DECORATORS:
            if name in ancestor.bindings:
                listed = evaluator.lookup(name, Frame(ancestor))
                parts = [part for value in listed for part in evaluator.containers.elements(value)]
                return ancestor, tuple(dict.fromkeys(_wrappers(evaluator, (value for part in parts for value in part))))
    return None


def _wrappers(evaluator: Evaluator, decorators: Iterable[Value]) -> Iterator[Scope]:
    """The functions that decorators of the program return."""
    for decorator in decorators:
        if isinstance(decorator, FunctionValue):
            for value in evaluator.resolver.returned(Frame(decorator.scope)):
                if isinstance(value, FunctionValue):
                    yield value.scope
