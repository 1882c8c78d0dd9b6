"""Wagtail's admin: the URLs that a program adds to it by hooks.

``@hooks.register("register_admin_urls")`` stands on a function that returns a list of URL patterns, and
``"register_admin_viewset"`` on one that returns sets of views; Wagtail serves both where a project includes
``wagtail.admin.urls``, and beside them the sets that `register_snippet` is given.
https://docs.wagtail.org/en/stable/reference/hooks.html
"""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.django.project import Project
from strangler_analyzers.frameworks.django.urls.urlconf import Prefix, UrlConf
from strangler_analyzers.frameworks.django.wagtail_viewsets import Viewsets, snippets
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Frame, FunctionValue
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

WAGTAIL = frozenset({"wagtail"})
_REGISTER = frozenset(f"wagtail.{package}hooks.register" for package in ("", "core.", "wagtailcore."))
_URL_HOOK = "register_admin_urls"
_VIEWSET_HOOK = "register_admin_viewset"
_URLS = ("wagtail.admin.urls", "wagtail.wagtailadmin.urls")
_USUAL = Prefix("admin/")
"""Where Wagtail's own template of a project includes its admin; an app does not know the project it will be part of."""


def add_admin_urls(project: Project, urlconf: UrlConf) -> None:
    """Add what the program's hooks return, below each place where Wagtail's admin is included."""
    functions = tuple(dict.fromkeys(_registered(project)))
    registered = tuple(dict.fromkeys(snippets(project)))
    used = functions or registered
    prefixes = [prefix for name, prefix in urlconf.outside if name.startswith(_URLS)] if used else []
    for prefix in dict.fromkeys(prefixes or [_USUAL]):
        viewsets = Viewsets(project, urlconf, prefix)
        for snippet in registered:
            viewsets.add_snippet(snippet)
        for hook, function in functions:
            if hook == _URL_HOOK:
                urlconf.function(function, prefix)
            else:
                viewsets.add_returned(function)


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
