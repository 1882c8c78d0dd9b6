"""Derives the paths that an application answers from its registrations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from strangler.model.location import Location
from strangler.model.system import Route
from strangler_analyzers.frameworks.starlette.dependencies import Dependencies
from strangler_analyzers.frameworks.starlette.endpoints import WEBSOCKET, answered_methods, answers, endpoints
from strangler_analyzers.frameworks.starlette.parts import HOLDERS, Kind, kind_of
from strangler_analyzers.frameworks.starlette.paths import below, template
from strangler_analyzers.frameworks.starlette.registrations import MIDDLEWARE
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.parts import (
    Inclusion,
    Registration,
    Wired,
    Wiring,
    own_function,
    part_path,
    unique,
)
from strangler_analyzers.frameworks.wiring.text import texts
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, External, Site, Value, Values


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of a part in the application."""

    prefix: str
    middleware: tuple[Scope, ...]
    dependencies: tuple[Scope, ...]
    above: tuple[Value, ...]


class Composition:
    """Walks from the applications down through what they include and mount."""

    def __init__(self, evaluator: Evaluator, wiring: Wiring, framework: str) -> None:
        self._framework = framework
        self._evaluator = evaluator
        self._wiring = wiring
        self._dependencies = Dependencies(evaluator)
        self._wired = Wired(evaluator, wiring)
        self._listed: dict[Value, list[Value]] = {part: self._routes_given(part) for part in wiring.parts}
        self._nested = {child for given in self._listed.values() for each in given for child in self._children(each)}

    def applications(self) -> Iterator[list[Route]]:
        """The routes of each independent application."""
        for root in self._roots():
            routes = list(_possible(list(self._below(root, _Place("", (), (), ())))))
            if routes:
                yield routes

    def _roots(self) -> list[Value]:
        included = self._wired.included | self._nested
        free = [part for part in self._wiring.parts if part not in included]
        roots = [part for part in free if self._kind(part) is Kind.APPLICATION]
        if self._wiring.unresolved_inclusion or not roots:
            roots += [part for part in free if self._kind(part) is Kind.ROUTER and self._wired.importable(part)]
        return roots

    def _kind(self, part: Value) -> Kind | None:
        return kind_of(part_path(self._evaluator, part))

    def _below(self, part: Value, place: _Place) -> Iterator[Route]:
        if part in place.above:
            return
        place = replace(
            place,
            prefix=below(place.prefix, template(self._own_text(part, "prefix"))),
            middleware=unique((*place.middleware, *self._middleware(part))),
            dependencies=unique(
                (*place.dependencies, *self._dependencies.listed(self._own(part, None, "dependencies")))
            ),
            above=(*place.above, part),
        )
        for registration in self._wired.registrations.get(part, ()):
            yield from self._routes(registration, place)
        for value in self._listed.get(part) or self._routes_given(part):
            yield from self._entry(value, place)
        for inclusion in self._wired.inclusions.get(part, ()):
            if inclusion.prefix is not None or not self._placed_elsewhere(inclusion):
                yield from self._included(inclusion, place)

    def _included(self, inclusion: Inclusion, place: _Place) -> Iterator[Route]:
        place = replace(place, prefix=below(place.prefix, template(inclusion.prefix or "").rstrip("/")))
        if inclusion.mounted:
            place = replace(place, dependencies=())
        else:
            given = self._given(inclusion.site, None, "dependencies")
            place = replace(place, dependencies=unique((*place.dependencies, *self._dependencies.listed(given))))
        yield from self._below(inclusion.child, place)

    def _placed_elsewhere(self, inclusion: Inclusion) -> bool:
        """Whether a part is also mounted at a known path, so that its mount at an unknown path does not count."""
        return any(
            other.child == inclusion.child and other.prefix is not None
            for others in self._wired.inclusions.values()
            for other in others
        )

    # --- routes

    def _routes(self, registration: Registration, place: _Place) -> Iterator[Route]:
        own = self._dependencies.listed(self._given(registration.site, None, "dependencies"))
        yield from self._answered(registration, replace(place, dependencies=unique((*place.dependencies, *own))))

    def _answered(self, registration: Registration, place: _Place) -> Iterator[Route]:
        site, target = registration.site, registration.target
        location = Location(site.frame.scope.module.file, site.call.line)
        full = below(place.prefix, template(registration.path))
        for method, functions in answers(self._evaluator, target, registration.methods):
            needed = (scope for function in functions for scope in self._dependencies.of_parameters(function))
            before = unique((*place.dependencies, *needed))
            yield Route(
                path=full or "/",
                method=method,
                handler=target.name,
                framework=self._framework,
                location=location,
                name=registration.name,
                entry=tuple(scope.name for scope in (*place.middleware, *before, *functions)),
                first_own=len(place.middleware),
            )

    # --- lists of routes

    def _routes_given(self, part: Value) -> list[Value]:
        """The entries of ``routes=[...]``."""
        position = 0 if part_path(self._evaluator, part).endswith(".Router") else None
        values = self._own(part, position, "routes")
        return [each for value in values for element in self._evaluator.containers.elements(value) for each in element]

    def _children(self, entry: Value) -> Iterator[Value]:
        if self._kind(entry) is Kind.MOUNT and isinstance(entry, External) and entry.site is not None:
            for value in self._given(entry.site, 1, "app"):
                if self._kind(value) in HOLDERS:
                    yield from self._wired.parts.meant(value)
            for inner in self._routes_given(entry):
                yield from self._children(inner)

    def _entry(self, entry: Value, place: _Place) -> Iterator[Route]:
        if not isinstance(entry, External) or entry.site is None:
            return
        site, kind = entry.site, self._kind(entry)
        path = next(iter(texts(self._given(site, 0, "path"))), None)
        if path is None:
            return
        if kind is Kind.MOUNT:
            inner = replace(place, prefix=below(place.prefix, template(path).rstrip("/")), dependencies=())
            for value in self._given(site, 1, "app"):
                if self._kind(value) in HOLDERS:
                    for child in self._wired.parts.meant(value):
                        yield from self._below(child, inner)
            inner = replace(inner, middleware=unique((*inner.middleware, *self._middleware(entry))))
            for value in self._routes_given(entry):
                yield from self._entry(value, inner)
        elif kind in {Kind.ROUTE, Kind.WEBSOCKET}:
            for target in endpoints(self._given(site, 1, "endpoint")):
                methods = (WEBSOCKET,) if kind is Kind.WEBSOCKET else self._methods(site)
                registration = Registration(entry, path, methods, target, site, target.short_name)
                yield from self._answered(registration, place)

    def _methods(self, site: Site) -> tuple[str, ...] | None:
        values = self._given(site, None, "methods")
        found = (
            text for value in values for part in self._evaluator.containers.elements(value) for text in texts(part)
        )
        return answered_methods(tuple(text.upper() for text in found))

    # --- what a part says of itself where it is made

    def _middleware(self, part: Value) -> list[Scope]:
        """The program's own middleware, outermost first: the last one added surrounds the others."""
        added = [hook.function for hook in self._wired.hooks.get(part, ()) if hook.moment == MIDDLEWARE]
        given = self._own(part, None, "middleware")
        listed = [
            value.scope
            for values in given
            for element in self._evaluator.containers.elements(values)
            for value in element
            if isinstance(value, ClassValue)
        ]
        return [function for scope in (*reversed(added), *listed) for function in self._middleware_functions(scope)]

    def _middleware_functions(self, scope: Scope) -> list[Scope]:
        if not scope.is_class:
            return [scope]
        functions = [own_function(self._evaluator, scope, name) for name in ("__call__", "dispatch")]
        return [function for function in functions if function is not None]

    def _own(self, part: Value, position: int | None, name: str) -> Values:
        if not isinstance(part, External) or part.site is None:
            return ()
        return self._given(part.site, position, name)

    def _own_text(self, part: Value, name: str) -> str:
        return next(iter(texts(self._own(part, None, name))), "")

    def _given(self, site: Site, position: int | None, name: str) -> Values:
        return self._evaluator.parameters.argument(site.call, site.frame, position, name)


def _possible(routes: Sequence[Route]) -> Iterator[Route]:
    """Leave out what begins with several slashes where one registration may also mean one.

    A path that the program computes (``f"{base}/settings"``) may be any of them, and nobody means an empty segment.
    """
    known = {(route.path, route.location, route.method) for route in routes}
    for route in routes:
        single = f"/{route.path.lstrip('/')}"
        if single == route.path or (single, route.location, route.method) not in known:
            yield route
