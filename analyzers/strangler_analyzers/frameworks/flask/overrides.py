"""Application and blueprint classes that override `route`."""

from __future__ import annotations

from strangler_analyzers.frameworks.wiring.activation import Activation, Closure
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.parts import own_function, receivers
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Frame, FunctionValue, InstanceValue, Value
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

VERBS = frozenset({"get", "post", "put", "patch", "delete"})
RULES = VERBS | {"route", "resource"}


class RuleOverrides:
    """Finds the program's method that registers a rule instead of the library's."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._known: dict[tuple[s.Call, Frame], s.Call | None] = {}

    def of(self, decorator: s.Call, frame: Frame) -> s.Call | None:
        """The call of the program's own method that a decorator stands for; None if it is the library's.

        ``Scaffold.get(rule, **options)`` of Flask 2 and later is ``self.route(rule, methods=["GET"], **options)``.
        """
        name = spelling.last_name(decorator.function)
        if name not in RULES:
            return None
        key = (decorator, frame)
        if key not in self._known:
            self._known[key] = self._find(decorator, name, frame)
        return self._known[key]

    def _find(self, decorator: s.Call, name: str, frame: Frame) -> s.Call | None:
        function = decorator.function
        classes = [self._class(part) for part, _ in receivers(self._evaluator, function, frame)]
        owner = classes[0] if len(classes) == 1 else None
        if owner is None or not isinstance(function, s.Attribute):
            return None
        if own_function(self._evaluator, owner, name) is not None:
            return decorator
        if name not in VERBS or own_function(self._evaluator, owner, "route") is None:
            return None
        route = s.Attribute(function.value, "route", function.line)
        methods = s.Keyword("methods", s.Sequence((s.Constant(name.upper()),)))
        return s.Call(route, decorator.arguments, (methods, *decorator.keywords), decorator.line, decorator.column)

    def _class(self, part: Value) -> Scope | None:
        match part:
            case External(site=site) if site is not None:
                return self._evaluator.classes.get(site)
            case InstanceValue(scope=scope):
                return scope
            case _:
                return None


def wrapped(view: Value) -> Value:
    """The program's function that a view made by a decorator calls, which does the work of the route; else the view."""
    if isinstance(view, Closure) and isinstance(view.outer, Activation):
        called = {call.function.id for call in view.scope.calls if isinstance(call.function, s.Name)}
        for name, values in view.outer.names:
            for value in values if name in called else ():
                if isinstance(value, FunctionValue):
                    return value
    return view
