"""Lazy attributes that middleware sets on the request and that are made on first use.

``request.basket = SimpleLazyObject(load)`` runs `load` for whoever reads ``request.basket`` first, and nobody can tell
who that is: every function that reads it may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.frameworks.django.project import Project, Projects
from strangler_analyzers.frameworks.django.serving.requests import LAZY, is_request
from strangler_analyzers.linker.knowledge import Effect, EffectRule, FirstUses
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Frame, FunctionValue, MethodValue, Values
from strangler_analyzers.source import syntax as s


class LazyAttributes(EffectRule):
    """The functions behind lazy attributes of the request."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects
        self._known: dict[str, tuple[FirstUses, ...]] = {}

    def of_attribute(self, resolver: Resolver, owners: Values, name: str, frame: Frame) -> Iterable[Effect]:
        """``request.basket``."""
        del frame
        if not owners or not any(map(is_request, owners)):  # Asked for every attribute that is read: cheap first.
            return ()
        project = self._projects.ready(resolver)
        if project is None or name not in project.mentions.request_attributes:
            return ()
        if name not in self._known:
            self._known[name] = tuple(dict.fromkeys(self._makers(resolver, project, name)))
        return self._known[name]

    @staticmethod
    def _makers(resolver: Resolver, project: Project, name: str) -> Iterator[FirstUses]:
        for scope, value in project.mentions.request_attributes.get(name, ()):
            if isinstance(value, s.Call) and value.arguments and _is_lazy(resolver, value, scope):
                for made in resolver.evaluate(value.arguments[0], Frame(scope)):
                    if isinstance(made, FunctionValue | MethodValue):
                        yield FirstUses(made.scope)


def _is_lazy(resolver: Resolver, call: s.Call, scope: Scope) -> bool:
    callees = resolver.evaluate(call.function, Frame(scope))
    return any(isinstance(callee, External) and callee.path in LAZY for callee in callees)
