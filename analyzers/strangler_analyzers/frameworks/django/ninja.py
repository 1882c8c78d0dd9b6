"""APIs of Django Ninja: the URLs of functions registered on an API and its routers.

The rules are those of `ninja.main.NinjaAPI.urls` and `ninja.router.Router.urls_paths`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.location import Location
from strangler_analyzers.frameworks.wiring.call_index import CALL_INDEX, Interest
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.execution import Execution, Listener
from strangler_analyzers.frameworks.wiring.parts import Inclusion, Registration, Wired, Wiring, parts_among, receivers
from strangler_analyzers.frameworks.wiring.text import texts
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    External,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    Site,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s

NINJA = frozenset({"ninja"})
"""The package of Django Ninja."""
_VERBS = frozenset({"get", "post", "put", "patch", "delete"})
_OPERATIONS = _VERBS | {"api_operation"}
_PARTS = frozenset({"NinjaAPI", "Router"})


@dataclass(frozen=True, slots=True)
class NinjaUrl:
    """One operation: its path below the API, its methods, and the functions that authenticate its requests."""

    path: str
    methods: tuple[str, ...]
    function: Scope
    sign_in: tuple[Scope, ...]
    location: Location


class NinjaApis(Listener):
    """All APIs of a program."""

    def __init__(self, resolver: Resolver) -> None:
        interest = Interest(CALL_INDEX.of(resolver.program), resolver, {"add_router", *_PARTS}, _OPERATIONS)
        self._evaluator = Evaluator(resolver, _makes_part, interest.relevant)
        self._wiring = Wiring()
        Execution(self._evaluator, interest, self).run()
        self._wired = Wired(self._evaluator, self._wiring)

    def urls(self, owner: s.Expression, frame: Frame) -> Iterator[NinjaUrl]:
        """The URLs of an API; empty for any other value."""
        for api in parts_among(self._evaluator, self._evaluator.evaluate(owner, frame)):
            for part in self._wired.parts.meant(api):
                yield from self._below(part, "", (), ())

    # --- what the execution tells

    def called(self, call: s.Call, frame: Frame) -> bool:
        """``api.add_router("/cats", router)``, the router itself or its dotted path; a call that makes one."""
        meant = False
        for owner, method in receivers(self._evaluator, call.function, frame):
            if method == "add_router":
                self._add(owner, call, frame)
                meant = True
        for part in () if meant else parts_among(self._evaluator, self._evaluator.evaluate(call, frame)):
            self._wiring.parts.setdefault(part)
        return meant

    def decorated(self, decorator: s.Expression, frame: Frame, target: Scope) -> bool:
        """``@api.get("/cats")``, ``@router.api_operation(["GET", "POST"], "/cats")``."""
        if not isinstance(decorator, s.Call):
            return False
        meant = False
        for owner, method in receivers(self._evaluator, decorator.function, frame):
            if method in _OPERATIONS:
                at = 0 if method in _VERBS else 1
                methods = (method.upper(),) if at == 0 else self._methods(decorator, frame)
                for path in texts(self._evaluator.parameters.argument(decorator, frame, at, "path")):
                    site = Site(decorator, frame)
                    self._wiring.registrations.append(Registration(owner, path, methods, target, site))
                meant = True
        return meant

    def _add(self, owner: Value, call: s.Call, frame: Frame) -> None:
        given = self._evaluator.parameters.argument(call, frame, 1, "router")
        for name in texts(given):
            module, _, variable = name.rpartition(".")
            given = self._evaluator.module_member(module, variable)
        prefix = texts(self._evaluator.parameters.argument(call, frame, 0, "prefix"))
        for child in parts_among(self._evaluator, given):
            self._wiring.inclusions.append(Inclusion(owner, child, prefix[0] if prefix else "", Site(call, frame)))

    def _methods(self, call: s.Call, frame: Frame) -> tuple[str, ...]:
        given = self._evaluator.parameters.argument(call, frame, 0, "methods")
        return tuple(dict.fromkeys(text.upper() for text in texts(self._evaluator.containers.flat(given))))

    # --- from what was registered to the URLs

    def _below(
        self, part: Value, prefix: str, sign_in: tuple[Scope, ...], above: tuple[Value, ...]
    ) -> Iterator[NinjaUrl]:
        if part in above:
            return
        if isinstance(part, External) and part.site is not None:
            sign_in = self._sign_in(part.site, sign_in)
        for registration in self._wired.registrations.get(part, ()):
            site = registration.site
            place = Location(site.frame.scope.module.file, site.call.line)
            path, methods = _joined(prefix, registration.path), registration.methods or ()
            yield NinjaUrl(path, methods, registration.target, self._sign_in(site, sign_in), place)
        for inclusion in self._wired.inclusions.get(part, ()):
            inner, path = self._sign_in(inclusion.site, sign_in), _joined(prefix, inclusion.prefix or "")
            yield from self._below(inclusion.child, path, inner, (*above, part))

    def _sign_in(self, site: Site, above: tuple[Scope, ...]) -> tuple[Scope, ...]:
        """The functions, or `authenticate` methods of objects, in ``auth=``; without it, those of the level above."""
        if site.call.keyword("auth") is None:
            return above
        given = self._evaluator.parameters.argument(site.call, site.frame, None, "auth")
        each = (*given, *self._evaluator.containers.flat(given))
        return tuple(dict.fromkeys(scope for value in each for scope in self._run_by(value)))

    def _run_by(self, value: Value) -> Iterator[Scope]:
        found: Values = (value,)
        if isinstance(value, InstanceValue):
            found = self._evaluator.resolver.member(value.scope, "authenticate", on_class=False)
        yield from (one.scope for one in found if isinstance(one, FunctionValue | MethodValue))


def _makes_part(path: str) -> bool:
    package, _, rest = path.partition(".")
    return package in NINJA and rest.rpartition(".")[2] in _PARTS


def _joined(prefix: str, path: str) -> str:
    """Two parts of a path joined without doubled slashes; ``{int:id}`` and ``{id}`` become Django's syntax."""
    joined = "/".join(part for part in (prefix, path.replace("{", "<").replace("}", ">")) if part)
    return re.sub("/{2,}", "/", joined)
