"""The routes of a Django project."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import replace

from strangler.model.location import Location
from strangler.model.system import ANY_METHOD, ModuleRole, Route
from strangler_analyzers.frameworks.django.admin.sites import AdminSites
from strangler_analyzers.frameworks.django.evaluation.places import Place
from strangler_analyzers.frameworks.django.ninja import NINJA, NinjaApis
from strangler_analyzers.frameworks.django.path_templates import route_template
from strangler_analyzers.frameworks.django.project import Project
from strangler_analyzers.frameworks.django.templates.responses import rendering_of
from strangler_analyzers.frameworks.django.urls.converters import path_converters
from strangler_analyzers.frameworks.django.urls.languages import Languages
from strangler_analyzers.frameworks.django.urls.urlconf import ForeignUrls, Prefix, UrlConf, UrlPattern, roots
from strangler_analyzers.frameworks.django.views.middleware import middleware_functions
from strangler_analyzers.frameworks.django.views.references import ViewReference, ViewReferences, allowed_methods
from strangler_analyzers.frameworks.django.views.view_class import ViewRun
from strangler_analyzers.frameworks.django.wagtail_admin import WAGTAIL, add_admin_urls
from strangler_analyzers.frameworks.framework import imports_any
from strangler_analyzers.frameworks.methods import own_method
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import Frame, ModuleValue
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import calls, nodes


class Routes:
    """Finds every URL of the project whose view is the program's own."""

    def __init__(self, project: Project, inherited: frozenset[str] = frozenset()) -> None:
        self._project = project
        self._inherited = inherited
        self._lists = project.lists
        self._references = ViewReferences(project.lists)
        self._middleware = middleware_functions(project.lists, project.settings)
        self._admin = AdminSites(project)
        self._ninja = NinjaApis(project.resolver) if imports_any(project.resolver.program, NINJA) else None
        self._converters = path_converters(project.resolver) if self._ninja else frozenset[str]()
        self._known_answers: dict[ViewReference, tuple[tuple[str, ViewRun], ...]] = {}

    def all(self) -> Iterator[Route]:
        """One route for each method of each URL and handler; of several names for one route the first counts."""
        found: dict[tuple[str, str, str], Route] = {}
        for route in self._every():
            found.setdefault((route.path, route.method, route.handler), route)
        yield from found.values()

    def _every(self) -> Iterator[Route]:
        urlconf = UrlConf(self._lists, Languages.of(self._project.settings))
        for root in self._roots():
            self._walk(root)(urlconf)
        if urlconf.is_open:
            for name in self._named_somewhere(urlconf.visited):
                urlconf.module(name, Prefix())
        if not urlconf.patterns and not urlconf.foreign:  # The project builds its root URL conf at run time.
            for root in self._unincluded():
                self._walk(root)(urlconf)
        if imports_any(self._project.resolver.program, WAGTAIL):
            add_admin_urls(self._project, urlconf)
        for pattern in urlconf.patterns:
            yield from self._of_pattern(pattern)
        for urls in urlconf.foreign:
            yield from self._of_foreign(urls)

    # --- where to begin

    def _roots(self) -> Iterator[str | Scope]:
        """The URL confs that settings and middleware name; without a project, those that no other includes."""
        units = self._project.resolver.program.units
        named = [name for name in self._project.settings.urlconfs() if name in units]
        if named:
            yield from dict.fromkeys((*named, *self._switched()))
        else:
            yield from self._unincluded()

    def _unincluded(self) -> Iterator[str | Scope]:
        yield from roots(self._lists, ((key, self._walk(key)) for key in self._candidates()))

    def _switched(self) -> Iterator[str]:
        """URL confs that code selects for a request: ``request.urlconf = "..."``, ``set_urlconf("...")``."""
        for scope, value in self._project.mentions.urlconfs:
            yield from self._module_named(value, Place(Frame(scope)))

    def _module_named(self, expression: s.Expression, place: Place) -> Iterator[str]:
        text = self._lists.text(expression, place)
        names = [text] if text is not None else []
        names += [value.name for value in self._lists.values(expression, place) if isinstance(value, ModuleValue)]
        yield from (name for name in names if name in self._project.resolver.program.units)

    def _named_somewhere(self, visited: Container[str | Scope]) -> tuple[str, ...]:
        """URL confs without a known include whose names occur as strings in the program."""
        left = {root for root in self._unincluded() if isinstance(root, str) and root not in visited}
        written = {
            node.value
            for unit in self._project.resolver.program.units.values()
            if unit.role is ModuleRole.APPLICATION and left
            for node in nodes((unit.tree,), nested=True)
            if isinstance(node, s.Constant)
        }
        return tuple(sorted(left & written))

    def _candidates(self) -> Iterator[str | Scope]:
        for unit in self._project.resolver.program.units.values():
            if unit.role is ModuleRole.APPLICATION and "urlpatterns" in unit.scope.bindings:
                yield unit.name
        yield from (scope for scope in self._project.apps.configs() if self._url_method(scope) is not None)

    def _url_method(self, scope: Scope) -> Scope | None:
        for name in ("get_urls", "urls"):
            if (function := own_method(self._project.resolver, scope, name)) is not None:
                return function
        return None

    def _walk(self, root: str | Scope) -> Callable[[UrlConf], None]:
        def walk(urlconf: UrlConf) -> None:
            if isinstance(root, str):
                urlconf.module(root, Prefix())
            elif (method := self._url_method(root)) is not None:
                urlconf.method(method, root, Prefix())

        return walk

    # --- what answers

    def _of_foreign(self, urls: ForeignUrls) -> Iterator[Route]:
        found = list(self._project.routers.urls(urls.owner))
        for url in found:
            path = "/" + (urls.prefix.path + url.path).lstrip("/")
            view = ViewReference(url.scope, url.actions)
            yield from self._routes(path, urls.prefix.named(url.name), view, url.location)
        functions = list(self._ninja.urls(urls.owner.expression, urls.owner.place.frame)) if self._ninja else []
        for call in functions:
            path = "/" + route_template(urls.prefix.path + call.path.lstrip("/"), self._converters).lstrip("/")
            view = ViewReference(call.function, wrappers=call.sign_in, allowed=call.methods)
            yield from self._routes(path, urls.prefix.named(call.function.short_name), view, call.location)
        if not found and not functions:
            for pattern in self._admin.patterns(urls):
                yield from self._of_pattern(pattern)

    def _of_pattern(self, pattern: UrlPattern) -> Iterator[Route]:
        view = self._references.find(pattern.view)
        if view is not None:
            yield from self._routes(pattern.path, pattern.name, view, pattern.location)

    def _routes(self, path: str, name: str, view: ViewReference, location: Location) -> Iterator[Route]:
        middleware = [scope.name for scope in self._middleware]
        answers = self._known_answers.get(view)
        if answers is None:
            answers = self._known_answers[view] = tuple(self._answers(view))
        for method, entry in answers:
            own = (*(scope.name for scope in entry.functions), *self._inherited_methods(view, method, entry))
            names = dict.fromkeys((*middleware, *own))
            helpers = [scope.name for scope in entry.helpers if scope.name not in names]
            yield Route(
                path=path,
                method=method,
                handler=view.scope.name,
                framework="django",
                location=location,
                name=name,
                entry=(*names, *helpers),
                first_own=len(middleware),
                helpers=len(helpers),
            )

    def _inherited_methods(self, view: ViewReference, method: str, run: ViewRun) -> Iterator[str]:
        """The library methods that answer and render, if their behaviour is known."""
        action = dict(view.actions).get(method.lower(), method.lower())
        name = f"{view.scope.name}.{action}"
        if name in self._inherited:
            yield name
        rendering = rendering_of(view.scope)
        if run.renders and rendering in self._inherited:
            yield rendering

    def _answers(self, view: ViewReference) -> Iterator[tuple[str, ViewRun]]:
        """Each HTTP method with the functions that run for it."""
        if not view.scope.is_class:
            yield from self._function_answers(view)
            return
        seen = self._project.view(view.scope)
        decorators = (*view.wrappers, *self._decorators(view.scope))
        if not view.actions and not seen.is_view and not seen.verbs():
            yield ANY_METHOD, _behind(decorators, seen.run(("__call__",)))  # A callable object, such as a feed.
            return
        actions = view.actions or tuple((verb, verb) for verb in seen.verbs())
        for verb, action in actions or ((ANY_METHOD, "dispatch"),):
            if seen.allows(verb) and (view.allowed is None or verb.upper() in view.allowed):
                yield verb.upper(), _behind(decorators, seen.run(("setup", "dispatch", action)))

    def _function_answers(self, view: ViewReference) -> Iterator[tuple[str, ViewRun]]:
        allowed = view.allowed
        decorators = tuple(self._decorators(view.scope))
        declared = self._declared_methods(view.scope)
        if declared is not None:
            allowed = declared if allowed is None else tuple(method for method in allowed if method in declared)
        for method in allowed or (ANY_METHOD,):
            yield method, ViewRun((*view.wrappers, *decorators, view.scope), ())

    def _declared_methods(self, function: Scope) -> tuple[str, ...] | None:
        """The methods a function view answers, from a decorator or the argument of `HttpResponseNotAllowed`."""
        if not isinstance(function.node, s.Function):
            return None
        place = Place(Frame(function.parent or function))
        for decorator in function.node.decorators:
            if (methods := allowed_methods(self._lists, decorator, place)) is not None:
                return methods
        for call in calls((function.node,), nested=True):
            if (spelling.dotted(call.function) or "").rpartition(".")[2] == "HttpResponseNotAllowed" and call.arguments:
                items = self._lists.items(call.arguments[0], Place(Frame(function)))
                texts = [self._lists.text(item.expression, item.place) for item in items]
                if methods := tuple(text.upper() for text in texts if text is not None):
                    return methods
        return None

    def _decorators(self, scope: Scope) -> Iterator[Scope]:
        """The wrappers that decorators of the program put around a view."""
        if isinstance(scope.node, s.Tree):
            return
        frame = Frame(scope.parent or scope)
        for decorator in scope.node.decorators:
            yield from self._references.wrappers(self._project.resolver.evaluate(decorator, frame))


def _behind(decorators: tuple[Scope, ...], run: ViewRun) -> ViewRun:
    return replace(run, functions=(*decorators, *run.functions))
