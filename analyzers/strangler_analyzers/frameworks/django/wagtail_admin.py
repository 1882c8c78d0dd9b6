"""Wagtail's admin: the URLs that a program adds to it by hooks.

``@hooks.register("register_admin_urls")`` stands on a function that returns a list of URL patterns, and
``"register_admin_viewset"`` on one that returns sets of views; Wagtail serves both where a project includes
``wagtail.admin.urls``. https://docs.wagtail.org/en/stable/reference/hooks.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.django.evaluation.places import Item, Place
from strangler_analyzers.frameworks.django.project import Project
from strangler_analyzers.frameworks.django.urls.urlconf import Prefix, UrlConf, UrlPattern
from strangler_analyzers.frameworks.methods import nearest_methods
from strangler_analyzers.linker.scope import Assigned, Scope
from strangler_analyzers.linker.values import ClassValue, External, Frame, FunctionValue, InstanceValue
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import results

WAGTAIL = frozenset({"wagtail"})
_REGISTER = frozenset(f"wagtail.{package}hooks.register" for package in ("", "core.", "wagtailcore."))
_URL_HOOK = "register_admin_urls"
_VIEWSET_HOOK = "register_admin_viewset"
_URLS = ("wagtail.admin.urls", "wagtail.wagtailadmin.urls")
_USUAL = Prefix("admin/")
"""Where Wagtail's own template of a project includes its admin; an app does not know the project it will be part of."""
_PAGES = {
    "index_view_class": ("", "results/"),
    "add_view_class": ("new/",),
    "edit_view_class": ("edit/{pk}/",),
    "delete_view_class": ("delete/{pk}/",),
    "history_view_class": ("history/{pk}/",),
    "usage_view_class": ("usage/{pk}/",),
    "copy_view_class": ("copy/{pk}/",),
}
"""The classes that a set of views names, and the paths they answer: `wagtail.admin.viewsets.model.ModelViewSet`."""


def add_admin_urls(project: Project, urlconf: UrlConf) -> None:
    """Add what the program's hooks return, below each place where Wagtail's admin is included."""
    functions = tuple(dict.fromkeys(_registered(project)))
    prefixes = [prefix for name, prefix in urlconf.outside if name.startswith(_URLS)] if functions else []
    for prefix in dict.fromkeys(prefixes or [_USUAL]):
        for hook, function in functions:
            if hook == _URL_HOOK:
                urlconf.function(function, prefix)
            else:
                _Viewsets(project, urlconf, prefix).add(function)


def _registered(project: Project) -> Iterator[tuple[str, Scope]]:
    """The functions behind the two hooks, each with the hook's name."""
    resolver = project.resolver
    for scope in resolver.program.scopes():
        if scope.module.role is not ModuleRole.APPLICATION:
            continue
        if isinstance(scope.node, s.Function):
            frame = Frame(scope.parent or scope)
            for decorator in scope.node.decorators:
                if isinstance(decorator, s.Call) and (hook := _hook(project, decorator, frame)) is not None:
                    yield hook, scope
        elif not scope.is_class:
            for call in scope.calls:
                given = call.argument(1, "fn")
                if given is not None and (hook := _hook(project, call, Frame(scope))) is not None:
                    for value in resolver.evaluate(given, Frame(scope)):
                        if isinstance(value, FunctionValue):
                            yield hook, value.scope


def _hook(project: Project, call: s.Call, frame: Frame) -> str | None:
    """The name in ``hooks.register("register_admin_urls")``, whatever `register` is imported as."""
    name = spelling.text(call.argument(0, "hook_name"))
    if name not in {_URL_HOOK, _VIEWSET_HOOK}:
        return None
    callees = project.resolver.evaluate(call.function, frame)
    return name if any(isinstance(callee, External) and callee.path in _REGISTER for callee in callees) else None


class _Viewsets:
    """The sets of views that one function returns, alone or in a list."""

    def __init__(self, project: Project, urlconf: UrlConf, prefix: Prefix) -> None:
        self._project = project
        self._urlconf = urlconf
        self._prefix = prefix

    def add(self, function: Scope) -> None:
        """Add the URLs of each set."""
        place = Place(Frame(function))
        for result in results(function.node) if isinstance(function.node, s.Function) else ():
            listed = list(self._project.lists.items(result, place)) if not isinstance(result, s.Call) else []
            for item in listed or [Item(result, place)]:
                for value in self._project.lists.values(item.expression, item.place):
                    if isinstance(value, InstanceValue):
                        self._of(value.scope, item)

    def _of(self, viewset: Scope, made: Item) -> None:
        name = self._name(viewset, made)
        if name is None:
            return
        prefix = replace(self._prefix, path=f"{self._prefix.path}{name}/")
        for method in nearest_methods(self._project.resolver, viewset, "get_urlpatterns"):
            self._urlconf.method(method, viewset, prefix)
        for attribute, paths in _PAGES.items():
            for owner, view in self._views(viewset, attribute):
                shown = s.Call(s.Attribute(view, "as_view", owner.location.line), (), (), owner.location.line, 0)
                for path in paths:
                    page = f"/{prefix.path}{path}"
                    self._urlconf.patterns.append(
                        UrlPattern(page, "", Item(shown, Place(Frame(owner))), owner.location)
                    )

    def _views(self, viewset: Scope, attribute: str) -> Iterator[tuple[Scope, s.Expression]]:
        """The class of the program that a set names for a page."""
        for ancestor in self._project.resolver.order(viewset):
            if isinstance(ancestor, Scope) and attribute in ancestor.bindings:
                binding = ancestor.bindings[attribute][-1]
                if isinstance(binding, Assigned) and any(
                    isinstance(value, ClassValue)
                    for value in self._project.resolver.evaluate(binding.expression, Frame(ancestor))
                ):
                    yield ancestor, binding.expression
                return

    def _name(self, viewset: Scope, made: Item) -> str | None:
        """``url_prefix``, else the name: as it is given where the set is made, or by its class."""
        call = made.expression if isinstance(made.expression, s.Call) else s.Call(made.expression, (), (), 0, 0)
        lists = self._project.lists
        for given, attribute in ((call.keyword("url_prefix"), "url_prefix"), (call.argument(0, "name"), "name")):
            if (text := lists.text(given, made.place)) is not None:
                return text
            for owner in self._project.resolver.order(viewset):
                if isinstance(owner, Scope) and attribute in owner.bindings:
                    return lists.text(s.Name(attribute), Place(Frame(owner)))
        return None
