"""``render(request, "shop/order.html", {"order": order})`` and similar: templates named in code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.frameworks.django.models.working_models import WorkingModels
from strangler_analyzers.frameworks.django.project import Projects
from strangler_analyzers.frameworks.django.templates.contexts import Contexts
from strangler_analyzers.frameworks.django.templates.loading import TemplateLoader
from strangler_analyzers.frameworks.django.templates.rendering import Renderer
from strangler_analyzers.frameworks.django.templates.responses import TemplateResponses
from strangler_analyzers.frameworks.django.templates.tag_libraries import TagLibraries
from strangler_analyzers.linker.knowledge import Effect, EffectRule
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import External, Frame, SequenceValue, Values
from strangler_analyzers.source import syntax as s

_RENDERING: Mapping[str, tuple[int, str, int]] = {
    "django.shortcuts.render": (1, "template_name", 2),
    "django.template.loader.render_to_string": (0, "template_name", 1),
    "django.template.response.TemplateResponse": (1, "template", 2),
    "django.template.response.SimpleTemplateResponse": (0, "template", 1),
}
"""The parameters of each function: the template (position and keyword) and the position of ``context``."""
_GETTING = frozenset({"django.template.loader.get_template", "django.template.loader.select_template"})


class Templates(EffectRule):
    """The effects of rendering a template from code."""

    calls_of = (External,)
    calls_named = ()

    def __init__(self, projects: Projects, models: DjangoModels, rules: Sequence[EffectRule]) -> None:
        self._projects = projects
        self._working = WorkingModels(models)
        self._rules = rules
        self._parts: tuple[Resolver, Contexts, Renderer] | None = None
        self._rendering = False

    def responses(self, resolver: Resolver) -> TemplateResponses:
        """The effects of the templates of class-based views."""
        contexts, renderer = self._of(resolver)
        return TemplateResponses(resolver, self._projects.of(resolver), self._working, contexts, renderer)

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        """The effects of the template that a call renders."""
        for callee in callees:
            if isinstance(callee, External):
                if (places := _RENDERING.get(callee.path)) is not None:
                    position, keyword, context = places
                    template = call.argument(position, keyword)
                    yield from self._rendered(resolver, template, frame, call.argument(context, "context"), frame)
                elif callee.path.endswith("().render") and callee.path.removesuffix("().render") in _GETTING:
                    yield from self._of_loaded(resolver, call, frame)

    def _of_loaded(self, resolver: Resolver, call: s.Call, frame: Frame) -> Iterator[Effect]:
        """``get_template("shop/order.html").render(context)``."""
        if isinstance(call.function, s.Attribute):
            for owner in resolver.evaluate(call.function.value, frame):
                if isinstance(owner, External) and owner.site is not None:
                    template = owner.site.call.argument(0, "template_name")
                    yield from self._rendered(resolver, template, owner.site.frame, call.argument(0, "context"), frame)

    def _rendered(
        self,
        resolver: Resolver,
        template: s.Expression | None,
        place: Frame,
        context: s.Expression | None,
        frame: Frame,
    ) -> Iterator[Effect]:
        if template is None or not resolver.program.templates:
            return
        contexts, renderer = self._of(resolver)
        names = [name for name in _names(resolver, template, place) if renderer.loader.find(name) is not None]
        if names:
            given = contexts.of_values(resolver.evaluate(context, frame) if context is not None else ())
            for name in names:
                yield from (item.effect for item in renderer.rendered(name, given, frame.scope))

    def _of(self, resolver: Resolver) -> tuple[Contexts, Renderer]:
        if self._parts is None or self._parts[0] is not resolver:
            project, program = self._projects.of(resolver), resolver.program
            contexts = Contexts(resolver, project, self._working)
            packages = (unit.name for unit in program.units.values() if unit.is_package)
            loader = TemplateLoader(program.templates, packages, project.settings.texts("INSTALLED_APPS"))
            renderer = Renderer(resolver, loader, TagLibraries(program), contexts, self._rules)
            self._parts = resolver, contexts, renderer
        return self._parts[1], self._parts[2]


def _names(resolver: Resolver, template: s.Expression, frame: Frame) -> list[str]:
    texts = Texts(resolver)
    elements = [(template, frame)]
    for value in resolver.evaluate(template, frame):
        if isinstance(value, SequenceValue):
            elements.extend((element, value.frame) for element in value.node.elements)
    return list(dict.fromkeys(text for element, place in elements for text in texts.all(element, place)))
