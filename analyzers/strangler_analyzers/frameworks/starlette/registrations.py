"""The calls that put a FastAPI or Starlette application together."""

from __future__ import annotations

from collections.abc import Iterable

from strangler_analyzers.frameworks.starlette.endpoints import WEBSOCKET, answered_methods, endpoints
from strangler_analyzers.frameworks.starlette.parts import HOLDERS, kind_of
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
from strangler_analyzers.linker.values import ClassValue, External, Frame, ParameterValue, Site, Value, Values
from strangler_analyzers.source import syntax as s

VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
ROUTES = VERBS | {"api_route", "route"}
SOCKETS = frozenset({"websocket", "websocket_route"})
ADDED_ROUTES = frozenset({"add_api_route", "add_route"})
ADDED_SOCKETS = frozenset({"add_api_websocket_route", "add_websocket_route"})
VERSIONED = "generate_and_include_versioned_routers"
"""Cadwyn: versions differ by a header, not by path."""
INCLUSIONS = frozenset({"include_router", "mount", VERSIONED})
MIDDLEWARE = "middleware"
EVENT = "event"
CALLS = (
    ADDED_ROUTES
    | ADDED_SOCKETS
    | INCLUSIONS
    | {"add_middleware", "add_event_handler", "FastAPI", "Starlette", "Cadwyn", "APIRouter", "Router"}
)
DECORATORS = ROUTES | SOCKETS | {"middleware", "on_event"}
UNKNOWN_APPLICATION = External("fastapi.FastAPI()")
"""The application in code that gets one from an unknown caller."""


class StarletteRegistrations(Listener):
    """Records the registrations on applications and routers."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.wiring = Wiring()
        self._evaluator = evaluator

    # --- what the execution tells

    def called(self, call: s.Call, frame: Frame) -> bool:
        """``part.method(...)`` and calls that make a part."""
        meant = False
        for owner, method in self._receivers(call.function, frame):
            meant |= self._method(owner, method, call, frame)
        if meant:
            return True
        if isinstance(call.function, s.Attribute) and call.function.name == "include_router":
            return self._on_unknown(call.function, call, frame)
        for part in self._holders(self._evaluator.evaluate(call, frame)):
            self.wiring.parts.setdefault(part)
        return False

    def decorated(self, decorator: s.Expression, frame: Frame, target: Scope) -> bool:
        """``@part.get("/x")``, ``@part.middleware("http")``, ``@part.on_event("startup")``."""
        if not isinstance(decorator, s.Call):
            return False
        meant = False
        for owner, method in self._receivers(decorator.function, frame):
            if method in ROUTES:
                methods = (method.upper(),) if method in VERBS else self._methods(decorator, frame)
                self._route(owner, decorator, frame, [target], methods)
            elif method in SOCKETS:
                self._route(owner, decorator, frame, [target], (WEBSOCKET,))
            elif method == "middleware":
                self._hook(owner, MIDDLEWARE, target)
            elif method == "on_event":
                self._hook(owner, EVENT, target)
            else:
                continue
            meant = True
        return meant

    # --- calls

    def _receivers(self, function: s.Expression, frame: Frame) -> Iterable[tuple[Value, str]]:
        for owner, method in receivers(self._evaluator, function, frame):
            if kind_of(part_path(self._evaluator, owner)) in HOLDERS:
                self.wiring.parts.setdefault(owner)
                yield owner, method

    def _method(self, owner: Value, method: str, call: s.Call, frame: Frame) -> bool:
        match method:
            case _ if method in ADDED_ROUTES:
                targets = endpoints(self._given(call, frame, 1, "endpoint") or self._given(call, frame, 1, "route"))
                self._route(owner, call, frame, targets, self._methods(call, frame))
            case _ if method in ADDED_SOCKETS:
                targets = endpoints(self._given(call, frame, 1, "endpoint") or self._given(call, frame, 1, "route"))
                self._route(owner, call, frame, targets, (WEBSOCKET,))
            case "include_router":
                self._include_router(owner, call, frame)
            case _ if method == VERSIONED:
                for values in self._evaluator.parameters.positional(call, frame):
                    self._include(owner, values, "", call, frame)
            case "mount":
                self._mount(owner, call, frame)
            case "add_middleware":
                for value in self._given(call, frame, 0, "middleware_class"):
                    if isinstance(value, ClassValue):
                        self._hook(owner, MIDDLEWARE, value.scope)
            case "add_event_handler":
                for function in endpoints(self._given(call, frame, 1, "func")):
                    self._hook(owner, EVENT, function)
            case _:
                return False
        return True

    def _include_router(self, owner: Value, call: s.Call, frame: Frame) -> None:
        prefix = self._text(call, frame, 1, "prefix")
        self._include(owner, self._given(call, frame, 0, "router"), prefix or "", call, frame)

    def _include(self, owner: Value, values: Values, prefix: str, call: s.Call, frame: Frame) -> None:
        children = list(self._holders(values))
        self.wiring.unresolved_inclusion |= not children
        for child in children:
            self.wiring.parts.setdefault(child)
            self.wiring.inclusions.append(Inclusion(owner, child, prefix, Site(call, frame)))

    def _mount(self, owner: Value, call: s.Call, frame: Frame) -> None:
        prefix = self._text(call, frame, 0, "path")
        for child in self._holders(self._given(call, frame, 1, "app")):
            self.wiring.parts.setdefault(child)
            self.wiring.inclusions.append(Inclusion(owner, child, prefix, Site(call, frame), mounted=True))

    def _on_unknown(self, function: s.Attribute, call: s.Call, frame: Frame) -> bool:
        """A router included by an unknown object, such as a parameter named `app`: some application."""
        values = self._evaluator.evaluate(function.value, frame)
        if any(not isinstance(value, ParameterValue) for value in values):
            return False
        children = list(self._holders(self._given(call, frame, 0, "router")))
        if children:
            self._include_router(UNKNOWN_APPLICATION, call, frame)
        return bool(children)

    def _holders(self, values: Values) -> Iterable[Value]:
        for part in parts_among(self._evaluator, values):
            if kind_of(part_path(self._evaluator, part)) in HOLDERS:
                yield part

    # --- records

    def _route(
        self, owner: Value, call: s.Call, frame: Frame, targets: Iterable[Scope], methods: tuple[str, ...] | None
    ) -> None:
        name = self._text(call, frame, None, "name")
        for target in targets:
            for path in texts(self._given(call, frame, 0, "path")):
                site = Site(call, frame)
                registration = Registration(owner, path, methods, target, site, name or target.short_name)
                self.wiring.registrations.append(registration)

    def _hook(self, owner: Value, moment: str, function: Scope) -> None:
        self.wiring.hooks.append(Hook(owner, moment, function, function.location))

    # --- arguments

    def _given(self, call: s.Call, frame: Frame, position: int | None, name: str) -> Values:
        return self._evaluator.parameters.argument(call, frame, position, name)

    def _text(self, call: s.Call, frame: Frame, position: int | None, name: str) -> str | None:
        found = texts(self._given(call, frame, position, name))
        return found[0] if found else None

    def _methods(self, call: s.Call, frame: Frame) -> tuple[str, ...] | None:
        values = self._given(call, frame, None, "methods")
        parts = (part for value in values for part in self._evaluator.containers.elements(value))
        found = tuple(text.upper() for part in parts for text in texts(part))
        return answered_methods(found)
