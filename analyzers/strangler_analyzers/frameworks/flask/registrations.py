"""The calls that put a Flask application together."""

from __future__ import annotations

from collections.abc import Iterable

from strangler_analyzers.frameworks.flask.classful import ClassfulView, classful_views
from strangler_analyzers.frameworks.flask.overrides import RULES, VERBS, RuleOverrides, wrapped
from strangler_analyzers.frameworks.flask.parts import Kind, kind_of
from strangler_analyzers.frameworks.flask.views import views
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.execution import Listener
from strangler_analyzers.frameworks.wiring.parts import (
    Hook,
    Inclusion,
    Registration,
    Wiring,
    part_path,
    parts_among,
    receivers,
)
from strangler_analyzers.frameworks.wiring.text import texts
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Frame, ParameterValue, Site, Value, Values
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

HOOKS = frozenset(
    {
        "before_request",
        "after_request",
        "teardown_request",
        "before_app_request",
        "after_app_request",
        "teardown_app_request",
        "teardown_appcontext",
        "url_value_preprocessor",
        "app_url_value_preprocessor",
        "errorhandler",
        "app_errorhandler",
        "register_error_handler",
    }
)
INCLUSIONS = frozenset({"register_blueprint", "add_namespace", "init_app", "namespace", "register_api"})
CALLS = frozenset({"add_url_rule", "add_resource"}) | INCLUSIONS | HOOKS | {"Api", "Namespace", "Flask", "route"}
DECORATORS = RULES | HOOKS
UNKNOWN_APPLICATION = External("flask.Flask()")
"""The application in code that gets one from an unknown caller."""


class FlaskRegistrations(Listener):
    """Records the registrations on applications, blueprints, APIs and namespaces."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.wiring = Wiring()
        self._evaluator = evaluator
        self._overrides = RuleOverrides(evaluator)
        self._registered_before: list[int] = []
        """The number of registrations at the time each decorator now being followed was met."""

    # --- what the execution tells

    def called(self, call: s.Call, frame: Frame) -> bool:
        """``part.method(...)`` and ``Api(app)``."""
        meant = False
        for owner, method in receivers(self._evaluator, call.function, frame):
            self.wiring.parts.setdefault(owner)
            meant |= self._method(owner, method, call, frame)
        if not meant and isinstance(call.function, s.Attribute) and call.function.name in INCLUSIONS | {"add_url_rule"}:
            meant = self._on_unknown(call.function, call, frame)
        meant = meant or self._classful(call, frame)
        if not meant:
            self._constructed(call, frame)
        return meant

    def decorated(self, decorator: s.Expression, frame: Frame, target: Scope) -> bool:
        """``@part.route("/x")``, ``@part.before_request``; not if the part's class overrides `route`."""
        if isinstance(decorator, s.Call) and self._overrides.of(decorator, frame) is not None:
            self._registered_before.append(len(self.wiring.registrations))
            return False
        return self._by_library(decorator, frame, target)

    def stands_for(self, decorator: s.Expression, frame: Frame) -> s.Expression:
        """``@part.get("/x")`` is ``@part.route("/x", methods=["GET"])`` where the program has a `route` of its own."""
        own = self._overrides.of(decorator, frame) if isinstance(decorator, s.Call) else None
        return own or decorator

    def followed(self, decorator: s.Expression, frame: Frame, target: Scope) -> None:
        """A `route` of the program that is not seen to register anything delegates to the library's."""
        own = self._overrides.of(decorator, frame) if isinstance(decorator, s.Call) else None
        if own is not None and self._registered_before.pop() == len(self.wiring.registrations):
            self._by_library(decorator, frame, target)

    def _by_library(self, decorator: s.Expression, frame: Frame, target: Scope) -> bool:
        call = decorator if isinstance(decorator, s.Call) else None
        meant = False
        for owner, method in receivers(self._evaluator, call.function if call else decorator, frame):
            self.wiring.parts.setdefault(owner)
            if call is not None and method in RULES:
                methods = (method.upper(),) if method in VERBS else self._methods(call, frame)
                self._route(owner, call, frame, [target], methods)
                meant = True
            elif method in HOOKS:
                self._hook(owner, method, target)
                meant = True
        return meant

    # --- calls

    def _classful(self, call: s.Call, frame: Frame) -> bool:
        """``View.register(app)``: the rules of a class of Flask-Classful."""
        views = tuple(classful_views(self._evaluator, call, frame))
        owners = list(parts_among(self._evaluator, self._given(call, frame, 0, "app"))) if views else []
        for view in views:
            for rule in ClassfulView(self._evaluator, view, call, frame).rules():
                for owner in owners:
                    self.wiring.parts.setdefault(owner)
                    site = Site(call, frame)
                    registration = Registration(owner, rule.path, rule.methods, view, site, rule.name, rule.functions)
                    self.wiring.registrations.append(registration)
        return bool(views)

    def _constructed(self, call: s.Call, frame: Frame) -> None:
        """A call that makes a part: an API names the part it wraps."""
        for part in parts_among(self._evaluator, self._evaluator.evaluate(call, frame)):
            self.wiring.parts.setdefault(part)
            if kind_of(part_path(self._evaluator, part)) is Kind.API:
                wrapped = self._given(call, frame, 0, "app") or self._given(call, frame, None, "blueprint")
                self._include(wrapped, (part,), None, call, frame)

    def _method(self, owner: Value, method: str, call: s.Call, frame: Frame) -> bool:
        kind = kind_of(part_path(self._evaluator, owner))
        match method:
            case "add_url_rule":
                self._route(owner, call, frame, self._views(call, frame), self._methods(call, frame))
            case "add_resource":
                self._resource(owner, call, frame)
            case "register_blueprint" | "register_api":
                child = self._given(call, frame, 0, "blueprint")
                self.wiring.unresolved_inclusion |= not any(parts_among(self._evaluator, child))
                self._include((owner,), child, self._text(call, frame, None, "url_prefix"), call, frame)
            case "add_namespace":
                prefix = self._text(call, frame, 1, "path")
                self._include((owner,), self._given(call, frame, 0, "ns"), prefix, call, frame)
            case "namespace":
                made = self._evaluator.evaluate(call, frame)
                self._include((owner,), made, self._text(call, frame, None, "path"), call, frame)
            case "init_app" if kind is Kind.API:
                self._include(self._given(call, frame, 0, "app"), (owner,), None, call, frame)
            case _ if method in HOOKS:
                position = 1 if method == "register_error_handler" else 0
                for function in views(self._given(call, frame, position, "f")):
                    self._hook(owner, method, function)
            case _:
                return False
        return True

    def _on_unknown(self, function: s.Attribute, call: s.Call, frame: Frame) -> bool:
        """A rule or blueprint on an unknown object, such as a parameter named `app`: some application."""
        values = self._evaluator.evaluate(function.value, frame)
        if any(not isinstance(value, ParameterValue) for value in values):
            return False
        if function.name == "register_blueprint":
            child = tuple(parts_among(self._evaluator, self._given(call, frame, 0, "blueprint")))
            if child:
                self._include((UNKNOWN_APPLICATION,), child, self._text(call, frame, None, "url_prefix"), call, frame)
            return bool(child)
        if function.name == "add_url_rule" and (found := self._views(call, frame)):
            self._route(UNKNOWN_APPLICATION, call, frame, found, self._methods(call, frame))
            return True
        return False

    # --- records

    def _route(
        self, owner: Value, call: s.Call, frame: Frame, targets: Iterable[Scope], methods: tuple[str, ...] | None
    ) -> None:
        endpoint = self._text(
            call, frame, 1 if spelling.last_name(call.function) == "add_url_rule" else None, "endpoint"
        )
        paths = texts(self._given(call, frame, 0, "rule"))
        kind = kind_of(part_path(self._evaluator, owner))
        if kind is Kind.NAMESPACE:
            paths = [text for values in self._positional(call, frame) for text in texts(values)]
        for target in targets:
            for path in paths:
                name = endpoint or target.short_name
                self.wiring.registrations.append(Registration(owner, path, methods, target, Site(call, frame), name))

    def _resource(self, owner: Value, call: s.Call, frame: Frame) -> None:
        """``api.add_resource(Resource, "/a", "/b")``; a namespace's or API's the same."""
        given = self._positional(call, frame)
        name = self._text(call, frame, None, "endpoint")
        for target in views(given[0]) if given else ():
            for values in given[1:]:
                for path in texts(values):
                    site = Site(call, frame)
                    registration = Registration(owner, path, None, target, site, name or target.short_name.lower())
                    self.wiring.registrations.append(registration)

    def _include(
        self, parents: Iterable[Value], children: Values, prefix: str | None, call: s.Call, frame: Frame
    ) -> None:
        included = list(parts_among(self._evaluator, children))
        for parent in parts_among(self._evaluator, tuple(parents)):
            self.wiring.parts.setdefault(parent)
            for child in included:
                self.wiring.parts.setdefault(child)
                self.wiring.inclusions.append(Inclusion(parent, child, prefix, Site(call, frame)))

    def _hook(self, owner: Value, moment: str, function: Scope) -> None:
        self.wiring.hooks.append(Hook(owner, moment, function, function.location))

    # --- arguments

    def _given(self, call: s.Call, frame: Frame, position: int | None, name: str | None) -> Values:
        return self._evaluator.parameters.argument(call, frame, position, name)

    def _positional(self, call: s.Call, frame: Frame) -> list[Values]:
        return self._evaluator.parameters.positional(call, frame)

    def _text(self, call: s.Call, frame: Frame, position: int | None, name: str) -> str | None:
        found = texts(self._given(call, frame, position, name))
        return found[0] if found else None

    def _views(self, call: s.Call, frame: Frame) -> list[Scope]:
        return views(tuple(map(wrapped, self._given(call, frame, 2, "view_func"))))

    def _methods(self, call: s.Call, frame: Frame) -> tuple[str, ...] | None:
        values = self._given(call, frame, None, "methods")
        parts = (part for value in values for part in self._evaluator.containers.elements(value))
        return tuple(dict.fromkeys(text.upper() for part in parts for text in texts(part))) or None
