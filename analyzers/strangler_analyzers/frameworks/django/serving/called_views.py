"""Functions that call a class-based view themselves: ``return UpdateOrder.as_view()(request, pk=pk)``."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import CallKind, Confidence
from strangler_analyzers.frameworks.django.evaluation.places import Item, Place
from strangler_analyzers.frameworks.django.project import Projects
from strangler_analyzers.frameworks.django.serving.inherited_views import InheritedViews
from strangler_analyzers.frameworks.django.views.references import ViewReference, ViewReferences
from strangler_analyzers.linker.knowledge import Effect, EffectRule, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import External, Frame, Values
from strangler_analyzers.source import syntax as s

_MADE = ".as_view()"


class CalledViews(EffectRule):
    """What such a call runs and accesses, for every HTTP method: the caller alone knows which it lets through."""

    calls_of = (External,)
    calls_named = ()

    def __init__(self, projects: Projects, inherited: InheritedViews) -> None:
        self._projects = projects
        self._inherited = inherited

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterator[Effect]:
        """The methods of the class that a library calls, and what it does in those that are inherited."""
        del call, frame
        for callee in callees:
            if isinstance(callee, External) and callee.path.endswith(_MADE) and callee.site is not None:
                references = ViewReferences(self._projects.of(resolver).lists)
                view = references.find(Item(callee.site.call, Place(callee.site.frame)))
                if view is not None and view.scope.is_class:
                    yield from self._of_view(resolver, view)

    def _of_view(self, resolver: Resolver, view: ViewReference) -> Iterator[Effect]:
        seen = self._projects.of(resolver).view(view.scope)
        methods = tuple(dict.fromkeys(action for _, action in view.actions)) or seen.verbs()
        run = seen.run(("setup", "dispatch", *methods))
        for function in (*run.functions, *run.helpers):
            yield Runs(function, CallKind.FRAMEWORK, Confidence.LIKELY, view.scope)
        yield from self._inherited.effects(resolver, view.scope, methods)
