"""Sets of views in Wagtail's admin: the URLs of the program's own classes in them.

https://docs.wagtail.org/en/stable/reference/viewsets.html, and for snippets
https://docs.wagtail.org/en/stable/topics/snippets/registering.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.django.configuration.settings import class_named
from strangler_analyzers.frameworks.django.evaluation.places import Item, Place
from strangler_analyzers.frameworks.django.project import Project
from strangler_analyzers.frameworks.django.urls.urlconf import Prefix, UrlConf, UrlPattern
from strangler_analyzers.frameworks.methods import nearest_methods
from strangler_analyzers.linker.scope import Assigned, Scope
from strangler_analyzers.linker.values import ClassValue, ConstantValue, External, Frame, InstanceValue
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import results

_REGISTER_SNIPPET = frozenset({"wagtail.snippets.models.register_snippet"})
_ADDING = "add_view_class"
_PAGES = {
    "index_view_class": ("", "results/"),
    _ADDING: ("new/",),
    "edit_view_class": ("edit/{pk}/",),
    "delete_view_class": ("delete/{pk}/",),
    "history_view_class": ("history/{pk}/",),
    "usage_view_class": ("usage/{pk}/",),
    "copy_view_class": ("copy/{pk}/",),
}
"""The classes that a set of views names, and the paths they answer: `wagtail.admin.viewsets.model.ModelViewSet`."""
_SNIPPET_PAGES = {**_PAGES, _ADDING: ("add/",)}
"""The same of `wagtail.snippets.views.snippets.SnippetViewSet`."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A set of views that `register_snippet` is given, and the model beside it."""

    viewset: Scope
    model: Scope | None = None


def snippets(project: Project) -> Iterator[Snippet]:
    """The sets of views of the program that it registers; for a model alone all pages are Wagtail's own."""
    for scope in project.resolver.program.scopes():
        if scope.module.role is not ModuleRole.APPLICATION:
            continue
        if isinstance(scope.node, s.Class) and scope.parent is not None:
            for decorator in scope.node.decorators:
                if _is_registration(project, decorator, Frame(scope.parent)):
                    yield from _registered(project, scope, None)
        elif not scope.is_class:
            for call in scope.calls:
                given = call.argument(0, "registerable")
                if given is not None and _is_registration(project, call.function, Frame(scope)):
                    beside = next(_classes(project, call.argument(1, "viewset"), Frame(scope)), None)
                    for registered in _classes(project, given, Frame(scope)):
                        yield from _registered(project, registered, beside)


def _is_registration(project: Project, function: s.Expression, frame: Frame) -> bool:
    values = project.resolver.evaluate(function, frame)
    return any(isinstance(value, External) and value.path in _REGISTER_SNIPPET for value in values)


def _registered(project: Project, registered: Scope, beside: Scope | None) -> Iterator[Snippet]:
    if beside is not None:
        yield Snippet(beside, registered)
    elif _extends(project, registered, "ViewSetGroup"):
        for viewset, _ in _grouped(project, registered):
            yield Snippet(viewset)
    elif _extends(project, registered, "ViewSet"):
        yield Snippet(registered)


def _grouped(project: Project, group: Scope) -> Iterator[tuple[Scope, Item]]:
    """The sets that a `ViewSetGroup` lists in its `items`, as classes or made by a call."""
    if (found := _attribute(project, group, "items")) is not None:
        owner, listed = found
        for item in project.lists.items(listed, Place(Frame(owner))):
            for scope in _classes(project, item.expression, item.place.frame):
                if not _extends(project, scope, "ViewSetGroup"):
                    yield scope, item


def _classes(project: Project, expression: s.Expression | None, frame: Frame) -> Iterator[Scope]:
    """The classes of the program that an expression, or the path in a text, names."""
    for value in () if expression is None else project.resolver.evaluate(expression, frame):
        match value:
            case ClassValue(scope=scope) | InstanceValue(scope=scope):
                yield scope
            case ConstantValue(value=str() as path) if (named := class_named(project.lists, path)) is not None:
                yield named
            case _:
                pass


def _extends(project: Project, scope: Scope, name: str) -> bool:
    return any(isinstance(base, str) and base.endswith(name) for base in project.resolver.order(scope))


def _attribute(project: Project, scope: Scope, name: str) -> tuple[Scope, s.Expression] | None:
    """What the nearest class of the program assigns to an attribute, with that class."""
    for ancestor in project.resolver.order(scope):
        if isinstance(ancestor, Scope) and name in ancestor.bindings:
            binding = ancestor.bindings[name][-1]
            return (ancestor, binding.expression) if isinstance(binding, Assigned) else None
    return None


class Viewsets:
    """Adds the URLs of sets of views below a prefix."""

    def __init__(self, project: Project, urlconf: UrlConf, prefix: Prefix) -> None:
        self._project = project
        self._urlconf = urlconf
        self._prefix = prefix

    def add_returned(self, function: Scope) -> None:
        """Add the URLs of each set that a function returns, alone, in a list or in a group."""
        place = Place(Frame(function))
        for result in results(function.node) if isinstance(function.node, s.Function) else ():
            listed = list(self._project.lists.items(result, place)) if not isinstance(result, s.Call) else []
            for item in listed or [Item(result, place)]:
                for value in self._project.lists.values(item.expression, item.place):
                    if isinstance(value, InstanceValue):
                        self._add_instance(value.scope, item)

    def _add_instance(self, viewset: Scope, made: Item) -> None:
        if _extends(self._project, viewset, "ViewSetGroup"):
            for grouped, item in _grouped(self._project, viewset):
                self._add_instance(grouped, item)
            return
        call = made.expression if isinstance(made.expression, s.Call) else s.Call(made.expression, (), (), 0, 0)
        self._add(viewset, self._given(viewset, call, made.place))

    def add_snippet(self, snippet: Snippet) -> None:
        """Add the URLs of a set for snippets: below its own prefix, else that of its model."""
        path = self._text(snippet.viewset, "url_prefix") or self._text(snippet.viewset, "base_url_path")
        path = (path or "").strip("/ ") or self._of_model(snippet)
        self._add(snippet.viewset, path, _SNIPPET_PAGES)

    def _of_model(self, snippet: Snippet) -> str | None:
        model = snippet.model or self._model(snippet.viewset)
        if model is None:
            return None
        return f"snippets/{self._project.apps.of(model.module.name).label}/{model.short_name.lower()}"

    def _model(self, viewset: Scope) -> Scope | None:
        found = _attribute(self._project, viewset, "model")
        return None if found is None else next(_classes(self._project, found[1], Frame(found[0])), None)

    def _add(self, viewset: Scope, path: str | None, pages: dict[str, tuple[str, ...]] = _PAGES) -> None:
        if path is None:
            return
        prefix = replace(self._prefix, path=f"{self._prefix.path}{path}/")
        for method in nearest_methods(self._project.resolver, viewset, "get_urlpatterns"):
            self._urlconf.method(method, viewset, prefix)
        for attribute, below in pages.items():
            if (found := self._view(viewset, attribute)) is not None:
                owner, view = found
                shown = s.Call(s.Attribute(view, "as_view", owner.location.line), (), (), owner.location.line, 0)
                for part in below:
                    page = f"/{prefix.path}{part}"
                    self._urlconf.patterns.append(
                        UrlPattern(page, "", Item(shown, Place(Frame(owner))), owner.location)
                    )

    def _view(self, viewset: Scope, attribute: str) -> tuple[Scope, s.Expression] | None:
        """The class of the program that a set names for a page, with the class that says so."""
        found = _attribute(self._project, viewset, attribute)
        if found is None:
            return None
        values = self._project.resolver.evaluate(found[1], Frame(found[0]))
        return found if any(isinstance(value, ClassValue) for value in values) else None

    def _given(self, viewset: Scope, call: s.Call, place: Place) -> str | None:
        """``url_prefix``, else the name: as it is given where the set is made, or by its class; else the model's."""
        for given, attribute in ((call.keyword("url_prefix"), "url_prefix"), (call.argument(0, "name"), "name")):
            text = self._project.lists.text(given, place)
            if text is None:
                text = self._text(viewset, attribute)
            if text is not None:
                return text
        model = self._model(viewset)
        return None if model is None else model.short_name.lower()

    def _text(self, viewset: Scope, attribute: str) -> str | None:
        found = _attribute(self._project, viewset, attribute)
        return None if found is None else self._project.lists.text(s.Name(attribute), Place(Frame(found[0])))
