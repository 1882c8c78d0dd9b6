"""The templates that a class-based view answers with, and the effects of rendering them.

They are shown once the view has returned and middleware has had the response (`TemplateResponse.render`): what
middleware hung on the request to be made when it is first used is not counted as used first by them.

It is kept under the method as the class has it: ``shop.views:OrderDetail.render_to_response``.
"""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import Call, Confidence, ModuleRole, TableAccess
from strangler_analyzers.frameworks.django.models.index import Model
from strangler_analyzers.frameworks.django.models.working_models import WorkingModels
from strangler_analyzers.frameworks.django.project import Project
from strangler_analyzers.frameworks.django.templates.contexts import Contexts
from strangler_analyzers.frameworks.django.templates.rendering import Happening, Renderer
from strangler_analyzers.frameworks.methods import own_method
from strangler_analyzers.linker.knowledge import Access, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import Frame, SequenceValue
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import results

RENDER = "render_to_response"
_SUFFIXES = (
    ("form_valid", "_form"),
    ("paginate_queryset", "_list"),
    ("get_object", "_detail"),
)


class TemplateResponses:
    """The effects of answering with a template, view by view."""

    def __init__(
        self, resolver: Resolver, project: Project, working: WorkingModels, contexts: Contexts, renderer: Renderer
    ) -> None:
        self._resolver = resolver
        self._project = project
        self._working = working
        self._contexts = contexts
        self._renderer = renderer
        self._texts = Texts(resolver)
        self._found: dict[Scope, tuple[Happening, ...]] | None = None

    def accesses(self) -> Iterator[TableAccess]:
        """The tables that templates read (or write) on behalf of a view."""
        for view, happenings in self._all().items():
            for item in happenings:
                if isinstance(effect := item.effect, Access):
                    doubted = Confidence.LIKELY if effect.confidence is Confidence.CERTAIN else effect.confidence
                    yield TableAccess(
                        rendering_of(view), item.location, 0, effect.table, effect.mode, effect.operation, doubted
                    )

    def calls(self) -> Iterator[Call]:
        """The functions that templates run on behalf of a view."""
        for view, happenings in self._all().items():
            for item in happenings:
                if isinstance(effect := item.effect, Runs):
                    yield Call(
                        rendering_of(view), item.location, 0, effect.function.name, effect.kind, effect.confidence
                    )

    def _all(self) -> dict[Scope, tuple[Happening, ...]]:
        if self._found is None:
            self._found = dict(self._every())
        return self._found

    def _every(self) -> Iterator[tuple[Scope, tuple[Happening, ...]]]:
        if not self._renderer.loader.any:
            return
        for view in self._resolver.program.classes.values():
            if view.module.role is not ModuleRole.APPLICATION or not self._project.view(view).defines(RENDER):
                continue
            names = [name for name in self.names(view) if self._renderer.loader.find(name) is not None]
            if names:
                context = self._contexts.of_view(view)
                found = (item for name in names for item in self._renderer.rendered(name, context, view))
                yield view, tuple(dict.fromkeys(found))

    def names(self, view: Scope) -> tuple[str, ...]:
        """The names of the templates a view may render, by `get_template_names`, `template_name` or its model."""
        method = own_method(self._resolver, view, "get_template_names")
        if method is not None and isinstance(method.node, s.Function):
            frame = self._resolver.frame(method, view)
            found = [name for result in results(method.node) for name in self._listed(result, frame)]
            if found:
                return tuple(dict.fromkeys(found))
        named = self._project.view(view).text("template_name")
        return (named,) if named is not None else tuple(self._by_model(view))

    def _listed(self, expression: s.Expression, frame: Frame) -> Iterator[str]:
        match expression:
            case s.Sequence(elements=elements) | s.Choice(values=elements):
                for element in elements:
                    yield from self._listed(element, frame)
            case _:
                yield from self._texts.all(expression, frame)
                for value in self._resolver.evaluate(expression, frame):
                    if isinstance(value, SequenceValue):
                        for element in value.node.elements:
                            yield from self._texts.all(element, value.frame)

    def _by_model(self, view: Scope) -> Iterator[str]:
        """``app/model_detail.html``, `django.views.generic.detail.SingleObjectTemplateResponseMixin`."""
        model = self._working.of_view(self._resolver, view)
        if not isinstance(model, Model):
            return
        seen = self._project.view(view)
        suffix = seen.text("template_name_suffix")
        if suffix is None:
            deletes = seen.defines("delete")
            suffix = "_confirm_delete" if deletes else next((end for name, end in _SUFFIXES if seen.defines(name)), "")
        label = self._project.apps.of(model.scope.module.name).label
        yield f"{label}/{model.scope.short_name.lower()}{suffix}.html"


def rendering_of(view: Scope) -> str:
    """The name under which the effects of a view's templates are recorded."""
    return f"{view.name}.{RENDER}"
