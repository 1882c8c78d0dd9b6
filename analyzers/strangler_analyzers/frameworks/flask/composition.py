"""Derives the paths that an application answers from its registrations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from strangler.model.location import Location
from strangler.model.system import Route
from strangler_analyzers.frameworks.flask.identity import IdentityLoaders
from strangler_analyzers.frameworks.flask.parts import Kind, kind_of
from strangler_analyzers.frameworks.flask.rules import below, template
from strangler_analyzers.frameworks.flask.views import answers
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.parts import Inclusion, Registration, Wired, Wiring, part_path, unique
from strangler_analyzers.frameworks.wiring.text import texts
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Value

_APPLICATION_WIDE = frozenset(
    {
        "before_app_request",
        "after_app_request",
        "teardown_app_request",
        "teardown_appcontext",
        "app_url_value_preprocessor",
    }
)
_ERRORS = frozenset({"errorhandler", "app_errorhandler", "register_error_handler"})


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of a part in the application."""

    prefix: str
    name: str
    surrounding: tuple[Scope, ...]
    above: tuple[Value, ...]


class Composition:
    """Walks from the applications down through what they include."""

    def __init__(self, evaluator: Evaluator, wiring: Wiring) -> None:
        self._evaluator = evaluator
        self._wiring = wiring
        self._wired = Wired(evaluator, wiring)
        self._identity = IdentityLoaders(evaluator.resolver)

    def applications(self) -> Iterator[list[Route]]:
        """The routes of each independent application."""
        everywhere = tuple(
            hook.function
            for hook in self._wiring.hooks
            if hook.moment in _APPLICATION_WIDE and self._kind(hook.owner) is not Kind.APPLICATION
        )
        found = [list(self._below(root, _Place("", "", everywhere, ()))) for root in self._roots()]
        if loose := [route for part in self._loose() for route in self._below(part, _Place("", "", everywhere, ()))]:
            # Code that discovers blueprints registers them all, on the existing application.
            if found:
                max(found, key=len).extend(loose)
            else:
                found.append(loose)
        yield from filter(None, found)

    def _roots(self) -> list[Value]:
        return [
            part
            for part in {**self._wired.registrations, **self._wired.inclusions}
            if self._kind(part) is Kind.APPLICATION and part not in self._wired.included
        ]

    def _loose(self) -> list[Value]:
        """Blueprints without a known registration, in a program that discovers blueprints or registers none at all."""
        if self._roots() and not self._wiring.unresolved_inclusion:
            return []
        return [part for part in {**self._wired.registrations, **self._wired.inclusions} if self._is_loose(part)]

    def _is_loose(self, part: Value) -> bool:
        is_application = self._kind(part) is Kind.APPLICATION
        return not is_application and part not in self._wired.included and self._wired.importable(part)

    def _kind(self, part: Value) -> Kind | None:
        return kind_of(part_path(self._evaluator, part))

    def _below(self, part: Value, place: _Place) -> Iterator[Route]:
        if part in place.above:
            return
        if not place.above:
            place = replace(place, prefix=below(place.prefix, self._own_prefix(part) or ""))
        hooks = [hook.function for hook in self._wired.hooks.get(part, ()) if hook.moment not in _ERRORS]
        place = replace(place, surrounding=unique((*place.surrounding, *hooks)), above=(*place.above, part))
        for registration in self._wired.registrations.get(part, ()):
            yield from self._routes(registration, place)
        for inclusion in self._wired.inclusions.get(part, ()):
            yield from self._below(inclusion.child, self._inner(inclusion, place))

    def _inner(self, inclusion: Inclusion, place: _Place) -> _Place:
        prefix = inclusion.prefix if inclusion.prefix is not None else self._own_prefix(inclusion.child)
        name = self._blueprint_name(inclusion.child)
        return replace(
            place,
            prefix=below(place.prefix, template(prefix or "")),
            name=f"{place.name}{name}." if name else place.name,
        )

    def _routes(self, registration: Registration, place: _Place) -> Iterator[Route]:
        path = below(place.prefix, template(registration.path))
        frame = registration.site.frame
        location = Location(frame.scope.module.file, registration.site.call.line)
        for method, functions in self._answers(registration):
            loaders = self._identity.guarding(registration.target, functions)
            yield Route(
                path=path if path.startswith("/") else f"/{path}",
                method=method,
                handler=registration.target.name,
                framework="flask",
                location=location,
                name=f"{place.name}{registration.name}",
                entry=tuple(scope.name for scope in (*place.surrounding, *loaders, *functions)),
                first_own=len(place.surrounding),
            )

    def _answers(self, registration: Registration) -> Iterator[tuple[str, list[Scope]]]:
        if registration.functions:
            yield from ((method, list(registration.functions)) for method in registration.methods or ("GET",))
            return
        yield from answers(self._evaluator, registration.target, registration.methods)

    # --- what a part says of itself where it is made

    def _own_prefix(self, part: Value) -> str | None:
        if not isinstance(part, External) or part.site is None:
            return None
        call, frame = part.site.call, part.site.frame
        kind = self._kind(part)
        names = {Kind.BLUEPRINT: "url_prefix", Kind.API: "prefix", Kind.NAMESPACE: "path"}
        if kind is None or kind not in names:
            return None
        given = texts(self._evaluator.parameters.argument(call, frame, None, names[kind]))
        if given:
            return template(given[0])
        if kind is Kind.NAMESPACE:
            name = texts(self._evaluator.parameters.argument(call, frame, 0, "name"))
            return f"/{name[0]}" if name else None
        return None

    def _blueprint_name(self, part: Value) -> str:
        if self._kind(part) is not Kind.BLUEPRINT or not isinstance(part, External) or part.site is None:
            return ""
        names = texts(self._evaluator.parameters.argument(part.site.call, part.site.frame, 0, "name"))
        return names[0] if names else ""
