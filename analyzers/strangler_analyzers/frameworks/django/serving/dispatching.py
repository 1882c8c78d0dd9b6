"""Code that passes a request on: middleware to the views, rendering to the context processors."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import CallKind
from strangler_analyzers.frameworks.django.project import Projects
from strangler_analyzers.linker.knowledge import Effect, EffectRule, PassesRequestOn, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Frame, Values
from strangler_analyzers.source import syntax as s

_NEXT = "get_response"
"""Django's name for the rest of the chain in a middleware ("Writing your own middleware")."""
_RENDERS = frozenset({"django.shortcuts.render", "django.template.response.TemplateResponse"})
"""Functions that render a template with a request, so that the context processors run."""


class Dispatching(EffectRule):
    """``self.get_response(request)`` runs a view; ``render(request, ...)`` runs the context processors."""

    calls_of = (External,)
    calls_named = (_NEXT,)

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterator[Effect]:
        """The view behind a middleware, the processors behind a template."""
        if _hands_on(call.function, frame.scope):
            yield PassesRequestOn()
        if any(isinstance(callee, External) and callee.path in _RENDERS for callee in callees):
            for function in self._projects.of(resolver).mentions.context_processors:
                yield Runs(function, CallKind.FRAMEWORK)


def _hands_on(function: s.Expression, scope: Scope) -> bool:
    """Whether a call passes the request to the next link of a middleware chain."""
    match function:
        case s.Attribute(value=s.Name(id=owner), name=name):
            return name == _NEXT and scope.owner is not None and owner == scope.first_parameter()
        case s.Name(id=name):
            outer = scope.parent
            return name == _NEXT and outer is not None and outer.is_function and outer.is_parameter(name)
        case _:
            return False
