"""Flask-Classful: classes whose methods are rules, registered by ``View.register(app)``.

The rules are those of `flask_classful.FlaskView.register` and `build_rule`.
https://flask-classful.teracy.org/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from strangler_analyzers.frameworks.web_packages import CLASSFUL
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.parts import own_function
from strangler_analyzers.frameworks.wiring.text import texts
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, ConstantValue, External, Frame, Values
from strangler_analyzers.source import syntax as s

_SPECIAL = {"index": "GET", **{verb: verb.upper() for verb in ("get", "put", "patch", "post", "delete")}}
_OF_PACKAGE = frozenset(
    {
        "register",
        "parse_options",
        "make_proxy_method",
        "build_rule",
        "get_route_base",
        "default_route_base",
        "build_route_name",
    }
)
_NOT_FUNCTIONS = frozenset({"classmethod", "property", "cached_property"})
_VARIABLE = re.compile(r"<(?:[^<>:]+:)?([^<>:]+)>")


@dataclass(frozen=True, slots=True)
class ClassfulRule:
    """A rule of a class, and the functions that run for it in their order."""

    path: str
    methods: tuple[str, ...]
    functions: tuple[Scope, ...]
    name: str


def classful_views(evaluator: Evaluator, call: s.Call, frame: Frame) -> Iterator[Scope]:
    """The classes that ``View.register(...)`` registers."""
    if isinstance(call.function, s.Attribute) and call.function.name == "register":
        for value in evaluator.evaluate(call.function.value, frame):
            if isinstance(value, ClassValue) and _is_classful(evaluator, value.scope):
                yield value.scope


def _is_classful(evaluator: Evaluator, view: Scope) -> bool:
    order = evaluator.resolver.order(view)
    return any(isinstance(name, str) and name.partition(".")[0] in CLASSFUL for name in order)


class ClassfulView:
    """One class, as one call registers it."""

    def __init__(self, evaluator: Evaluator, view: Scope, call: s.Call, frame: Frame) -> None:
        self._evaluator = evaluator
        self._view = view
        self._given = {
            name: evaluator.parameters.argument(call, frame, position, name)
            for name, position in (("route_base", 1), ("route_prefix", 3), ("trailing_slash", 4))
        }

    def rules(self) -> Iterator[ClassfulRule]:
        """The rules of all methods, including inherited ones."""
        left_out = frozenset(self._elements(self._attribute("excluded_methods"))) | _OF_PACKAGE
        slash = not any(value == ConstantValue(value=False) for value in self._setting("trailing_slash"))
        for name, function in sorted(self._members().items()):
            if name in left_out or name.startswith(("_", "before_", "after_")):
                continue
            around = [self._own(f"{moment}_{of}") for moment, of in (("before", "request"), ("before", name))]
            after = [self._own(f"{moment}_{of}") for moment, of in (("after", name), ("after", "request"))]
            run = tuple(scope for scope in (*around, function, *after) if scope is not None)
            for path, methods in self._of(name, function, slash=slash):
                yield ClassfulRule(path, methods, run, f"{self._view.short_name}:{name}")

    def _of(self, name: str, function: Scope, *, slash: bool) -> Iterator[tuple[str, tuple[str, ...]]]:
        if declared := list(self._declared(function)):
            for rule, methods in declared:
                yield self._rule(rule, ()), methods
            return
        arguments = self._arguments(function)
        methods = (_SPECIAL[name],) if name in _SPECIAL else self._verbs(function)
        own = "/" if name in _SPECIAL else f"/{name}/"
        path = self._rule(own, arguments)
        yield (path.rstrip("/") + "/" if slash else path.rstrip("/") or "/"), methods

    def _rule(self, rule: str, arguments: tuple[str, ...]) -> str:
        parts = (*self._text("route_prefix"), self._base().strip("/"), rule, *(f"<{name}>" for name in arguments))
        return re.sub("/{2,}", "/", "/" + "/".join(part for part in parts if part))

    def _base(self) -> str:
        for base in self._text("route_base"):
            return base
        name = self._view.short_name.removesuffix("View")
        return re.sub("([a-z0-9])([A-Z])", r"\1-\2", re.sub("(.)([A-Z][a-z]+)", r"\1-\2", name)).lower()

    # --- methods

    def _members(self) -> dict[str, Scope]:
        """The functions by name, each the first in the order of ancestors."""
        found: dict[str, Scope | None] = {}
        for ancestor in self._evaluator.resolver.order(self._view):
            if isinstance(ancestor, str):
                continue
            functions = {child.short_name: child for child in ancestor.children if child.is_function}
            for name in ancestor.bindings:
                function = functions.get(name)
                if function is not None and _NOT_FUNCTIONS & set(function.decorator_names()):
                    function = None
                found.setdefault(name, function)
        return {name: function for name, function in found.items() if function is not None}

    def _own(self, name: str) -> Scope | None:
        return own_function(self._evaluator, self._view, name)

    def _declared(self, function: Scope) -> Iterator[tuple[str, tuple[str, ...]]]:
        """``@route("/x", methods=["POST"])``."""
        for call, frame in self._decorators(function, "route"):
            methods = self._evaluator.parameters.argument(call, frame, None, "methods")
            verbs = tuple(verb.upper() for verb in self._elements(methods)) or ("GET",)
            for rule in texts(self._evaluator.parameters.argument(call, frame, 0, "rule"))[:1]:
                yield rule, verbs

    def _verbs(self, function: Scope) -> tuple[str, ...]:
        """The methods in ``@method("POST")``, else those of the class, else GET."""
        given = [
            verb
            for call, frame in self._decorators(function, "method")
            for verb in texts(self._evaluator.parameters.argument(call, frame, 0, "method"))
        ]
        found = given or self._elements(self._attribute("default_methods")) or ["GET"]
        return tuple(verb.upper() for verb in found)

    def _decorators(self, function: Scope, name: str) -> Iterator[tuple[s.Call, Frame]]:
        if not isinstance(function.node, s.Function):
            return
        frame = Frame(function.parent or function)
        for decorator in function.node.decorators:
            if isinstance(decorator, s.Call):
                for value in self._evaluator.evaluate(decorator.function, frame):
                    if isinstance(value, External) and value.path in {f"{package}.{name}" for package in CLASSFUL}:
                        yield decorator, frame

    def _arguments(self, function: Scope) -> tuple[str, ...]:
        """The required arguments of a method, which become the variables at the end of its rule."""
        taken = {*self._elements(self._attribute("base_args")), *_VARIABLE.findall(self._base())}
        parameters = function.node.parameters if isinstance(function.node, s.Function) else ()
        return tuple(
            parameter.name
            for parameter in parameters
            if not parameter.prefix and not parameter.keyword_only and parameter.default is None
            if parameter.name != "self" and parameter.name not in taken
        )

    # --- what the class says

    def _setting(self, name: str) -> Values:
        return self._given[name] or self._attribute(name)

    def _text(self, name: str) -> list[str]:
        return texts(self._setting(name))[:1]

    def _attribute(self, name: str) -> Values:
        for ancestor in self._evaluator.resolver.order(self._view):
            if not isinstance(ancestor, str) and name in ancestor.bindings:
                return self._evaluator.lookup(name, Frame(ancestor))
        return ()

    def _elements(self, values: Values) -> list[str]:
        return [text for v in values for part in self._evaluator.containers.elements(v) for text in texts(part)]
