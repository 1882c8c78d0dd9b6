"""The program's hooks that a library runs when the program calls one of the library's methods."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import CallKind, Confidence
from strangler_analyzers.frameworks.django.project import Project, Projects
from strangler_analyzers.frameworks.django.views.generic_view import GenericView
from strangler_analyzers.frameworks.django.views.part_hooks import is_form, own_steps
from strangler_analyzers.linker.knowledge import Effect, EffectRule, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Frame, InstanceValue, SuperValue, Value, Values
from strangler_analyzers.source import syntax as s

_FORM_METHODS = frozenset({"is_valid", "full_clean", "save", "errors", "data"})
_MAX_CLASSES = 8
"""A mixin used by more views than this is not followed into each of them."""


class ViewHooks(EffectRule):
    """``super().get()`` of a generic view runs ``get_queryset`` and the rest; ``form.is_valid()`` runs ``clean``."""

    calls_of = (External,)
    calls_named = ()

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterator[Effect]:
        """The program's hooks behind a call that leaves the program."""
        if not isinstance(call.function, s.Attribute) or not any(isinstance(callee, External) for callee in callees):
            return
        name = call.function.name
        if name.startswith("__"):
            return
        found: dict[Scope, None] = {}
        for owner in resolver.evaluate(call.function.value, frame):
            found.update(dict.fromkeys(self._behind(resolver, owner, name)))
        for function in found:
            yield Runs(function, CallKind.FRAMEWORK, Confidence.LIKELY)

    def of_attribute(self, resolver: Resolver, owners: Values, name: str, frame: Frame) -> Iterator[Effect]:
        """``serializer.data`` and ``form.errors`` run code as calls do."""
        del frame
        if name not in {"data", "errors", "validated_data"}:
            return
        for owner in owners:
            if isinstance(owner, InstanceValue) and is_form(resolver, owner.scope):
                for function in own_steps(resolver, owner.scope, "is_valid" if name == "errors" else name):
                    yield Runs(function, CallKind.FRAMEWORK, Confidence.LIKELY)

    def _behind(self, resolver: Resolver, owner: Value, name: str) -> Iterator[Scope]:
        project = self._projects.of(resolver)
        match owner:
            case SuperValue(receiver=receiver, after=after):
                for scope in self._views(project, receiver):
                    yield from project.view(scope).run_behind(name, after)
                if name in _FORM_METHODS and is_form(resolver, receiver):
                    yield from (step for step in own_steps(resolver, receiver, name) if step.short_name != name)
            case InstanceValue(scope=scope):
                for view in self._views(project, scope):
                    yield from project.view(view).run_behind(name, None)
                if name in _FORM_METHODS and is_form(resolver, scope):
                    yield from own_steps(resolver, scope, name)
            case _:
                pass

    @staticmethod
    def _views(project: Project, scope: Scope) -> tuple[Scope, ...]:
        """The class itself if it is a view; for a mixin, the views it is mixed into."""
        if project.view(scope).is_view:
            return (scope,)
        if (
            any(isinstance(layer, GenericView) for layer in project.view(scope).layers)
            or len(views := [child for child in project.resolver.subclasses(scope) if project.view(child).is_view])
            > _MAX_CLASSES
        ):
            return (scope,)
        return tuple(views)
