"""URL confs: from a root module down through every include to the views."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from strangler.model.location import Location
from strangler_analyzers.frameworks.django.evaluation.lists import Lists
from strangler_analyzers.frameworks.django.evaluation.places import Item, Place, entered
from strangler_analyzers.frameworks.django.path_templates import regex_templates, route_template
from strangler_analyzers.frameworks.django.urls.converters import path_converters
from strangler_analyzers.frameworks.django.urls.languages import Languages
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ConstantValue, External, Frame, ModuleValue, SequenceValue, Value
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import results

MAX_DEPTH = 30
"""Includes inside includes."""

_ROUTES = frozenset({"django.urls.path", "django.urls.conf.path"})
_PATTERNS = frozenset(
    {
        "django.urls.re_path",
        "django.urls.conf.re_path",
        "django.conf.urls.url",
        "django.conf.urls.re_path",
        "django.conf.urls.defaults.url",
    }
)
_INCLUDES = ("django.urls.include", "django.urls.conf.include", "django.conf.urls.include", ".decorator_include")


@dataclass(frozen=True, slots=True)
class Prefix:
    """What the includes on the way here contribute."""

    path: str = ""
    namespaces: tuple[str, ...] = ()
    depth: int = 0

    def named(self, name: str) -> str:
        """A route's name with its namespaces."""
        return ":".join((*self.namespaces, name)) if name else ""


@dataclass(frozen=True, slots=True)
class UrlPattern:
    """A path with the expression of the view that answers it."""

    path: str
    name: str
    view: Item
    location: Location


@dataclass(frozen=True, slots=True)
class ForeignUrls:
    """URLs a library makes, included below a prefix: ``router.urls``, ``admin.site.urls``."""

    prefix: Prefix
    owner: Item
    """The router or site."""
    location: Location


@dataclass(slots=True)
class UrlConf:
    """Walks URL confs; remembers what it came by, so that what nobody includes can be found."""

    lists: Lists
    languages: Languages = field(default_factory=Languages)
    patterns: list[UrlPattern] = field(default_factory=list[UrlPattern])
    foreign: list[ForeignUrls] = field(default_factory=list[ForeignUrls])
    outside: list[tuple[str, Prefix]] = field(default_factory=list[tuple[str, Prefix]])
    """URL confs of libraries that are included, by their dotted names, and what stands in front of them."""
    visited: set[str | Scope] = field(default_factory=set["str | Scope"])
    """Modules and classes whose URLs were included."""
    is_open: bool = False
    """Something is included that only a run decides."""
    _active: set[str] = field(default_factory=set[str])
    _listed: dict[str, frozenset[s.Expression]] = field(default_factory=dict[str, "frozenset[s.Expression]"])
    _path_converters: frozenset[str] | None = None

    def module(self, name: str, prefix: Prefix, variable: str = "urlpatterns") -> None:
        """Every URL of a URL conf module."""
        if name in self._active:
            return
        self._active.add(name)
        self.visited.add(name)
        for item in self.lists.of_module(name, variable):
            self.entry(item, prefix)
        self._active.discard(name)

    def method(self, function: Scope, receiver: Scope, prefix: Prefix) -> None:
        """Every URL that a method such as ``get_urls`` returns on an instance of `receiver`."""
        self.visited.add(receiver)
        if isinstance(function.node, s.Function):
            place = Place(Frame(function, receiver))
            for result in results(function.node):
                self._target(Item(result, place), None, prefix, function.location, strict=False)

    def function(self, function: Scope, prefix: Prefix) -> None:
        """Every URL that a function returns."""
        if isinstance(function.node, s.Function):
            for result in results(function.node):
                self._target(Item(result, Place(Frame(function))), None, prefix, function.location, strict=False)

    def entry(self, item: Item, prefix: Prefix) -> None:
        """One element of a list of URLs."""
        if item.localised is not None:
            for language in self._languages(item.localised):
                self.entry(Item(item.expression, item.place), replace(prefix, path=prefix.path + language))
            return
        expression, place = item.expression, item.place
        if prefix.depth > MAX_DEPTH or place.depth > MAX_DEPTH:
            return
        self._note(place)
        self._note_module(item)
        if not isinstance(expression, s.Call):
            if not self._foreign(item, prefix, place.frame.scope.location):
                self._through_values(item, prefix)
            return
        for callee in self.lists.values(expression.function, place):
            if isinstance(callee, External) and callee.path in _ROUTES | _PATTERNS:
                self._pattern(expression, place, prefix, is_regex=callee.path in _PATTERNS)
                return
            if isinstance(callee, External):
                self._wrapped(expression, place, prefix)
                return
            inner = entered(callee, expression, place)
            if inner is not None and isinstance(inner.frame.scope.node, s.Function):
                for result in results(inner.frame.scope.node):
                    self._result(Item(result, inner), prefix)
                return

    def _languages(self, localised: Item) -> tuple[str, ...]:
        """What `i18n_patterns` puts in front of paths."""
        assert isinstance(localised.expression, s.Call)
        option = localised.expression.keyword("prefix_default_language")
        values = (ConstantValue(value=True),) if option is None else self.lists.values(option, localised.place)
        given = {bool(value.value) for value in values if isinstance(value, ConstantValue)}
        return self.languages.prefixes(of_default=given.pop() if len(given) == 1 else None)

    def _result(self, item: Item, prefix: Prefix) -> None:
        if isinstance(item.expression, s.Call):
            self.entry(item, prefix)
            return
        self._through_values(item, prefix)

    def _through_values(self, item: Item, prefix: Prefix) -> None:
        for value in self.lists.values(item.expression, item.place):
            if isinstance(value, External) and value.site is not None:
                self.entry(Item(value.site.call, Place(value.site.frame)), prefix)

    def _wrapped(self, call: s.Call, place: Place, prefix: Prefix) -> None:
        """A pattern handed to something that decorates it."""
        for argument in call.arguments:
            if isinstance(argument, s.Call):
                self.entry(Item(argument, place), prefix)

    def _pattern(self, call: s.Call, place: Place, prefix: Prefix, *, is_regex: bool) -> None:
        route = call.argument(0, "route") or call.keyword("regex")
        view = call.argument(1, "view")
        if view is None:
            return
        unknown = "(?P<{}>[^/]+)" if is_regex else "<{}>"
        text = self.lists.text(route, place, unknown) or ""
        name = self.lists.text(call.argument(3, "name"), place) or ""
        location = place.frame.scope.module.at(call.line)
        for template in regex_templates(text) if is_regex else (route_template(text, self._converters()),):
            path = prefix.path + template
            inner = replace(prefix, path=path, depth=prefix.depth + 1)
            if not self._include(Item(view, place), inner, location):
                self.patterns.append(UrlPattern(_absolute(path), prefix.named(name), Item(view, place), location))

    def _converters(self) -> frozenset[str]:
        if self._path_converters is None:
            self._path_converters = path_converters(self.lists.resolver)
        return self._path_converters

    # --- includes

    def _include(self, view: Item, prefix: Prefix, location: Location) -> bool:
        """Follow a pattern's second argument if it holds URLs rather than a view."""
        expression, place = view.expression, view.place
        if isinstance(expression, s.Call):
            callees = self.lists.values(expression.function, place)
            if any(isinstance(callee, External) and callee.path.endswith(_INCLUDES) for callee in callees):
                self._included(expression, place, prefix, location)
                return True
            if any(self._is_program(callee) for callee in callees):
                return any(
                    self._include(Item(result, inner), prefix, location)
                    for callee in callees
                    if (inner := entered(callee, expression, place)) is not None
                    and isinstance(inner.frame.scope.node, s.Function)
                    for result in results(inner.frame.scope.node)
                    if isinstance(result, s.Call | s.Sequence)
                )
            return False
        return self._target(view, None, prefix, location, strict=True)

    @staticmethod
    def _is_program(callee: Value) -> bool:
        return not isinstance(callee, External)

    def _included(self, call: s.Call, place: Place, prefix: Prefix, location: Location) -> None:
        decorating = "decorat" in (spelling.dotted(call.function) or "")
        target = call.argument(1 if decorating else 0, "arg")
        if target is not None:
            namespace = (
                self.lists.text(call.keyword("namespace") or call.argument(1), place) if not decorating else None
            )
            self._target(Item(target, place), namespace, prefix, location, strict=False)

    def _target(self, item: Item, namespace: str | None, prefix: Prefix, location: Location, *, strict: bool) -> bool:
        """Follow what is included: a module, a list, a tuple with its names, a router's or site's URLs.

        `strict`: it may be a view as well, so only what surely holds URLs is followed; the answer says whether it was.
        """
        if self._foreign(item, prefix, location):
            return True
        if not strict and (dotted := self.lists.text(item.expression, item.place)) is not None:
            self._included_module(dotted, namespace, prefix)
            return True
        for value in self.lists.values(item.expression, item.place):
            if isinstance(value, ModuleValue):
                self._included_module(value.name, namespace, prefix)
                return True
            if isinstance(value, External) and not strict:
                self.outside.append((value.path, prefix))
            if isinstance(value, SequenceValue):
                self._note(Place(value.frame))
                place = item.place if value.frame == item.place.frame else Place(value.frame)
                if self._tuple(Item(value.node, place), namespace, prefix, location):
                    return True
        if strict:
            return False
        inner = _within(prefix, namespace)
        element = _element_of_tuple(item)
        if element is None:
            known = len(self.patterns) + len(self.foreign)
            for entry in list(self.lists.items(item.expression, item.place)):
                self.entry(entry, inner)
            if known == len(self.patterns) + len(self.foreign):
                self.is_open |= self._is_unknown(item)
            return True
        owner, position = element
        for value in self.lists.values(owner, item.place):
            if isinstance(value, SequenceValue) and position < len(value.node.elements):
                self._note(Place(value.frame))
                part = Item(value.node.elements[position], Place(value.frame))
                self._target(part, namespace, prefix, location, strict=False)
                return True
        return True

    def _is_unknown(self, item: Item) -> bool:
        """Whether what is included, and has no URLs here, is neither a library's nor an empty list."""
        values = self.lists.values(item.expression, item.place)
        return not any(_are_library_urls(value) or _is_empty(value) for value in values)

    def _included_module(self, name: str, namespace: str | None, prefix: Prefix) -> None:
        unit = self.lists.resolver.program.units.get(name)
        if unit is None:
            self.outside.append((name, prefix))
        else:
            app_name = None
            if "app_name" in unit.scope.bindings:
                app_name = self.lists.text(s.Name("app_name"), Place(Frame(unit.scope)))
            self.module(name, _within(prefix, namespace or app_name))

    def _tuple(self, item: Item, namespace: str | None, prefix: Prefix, location: Location) -> bool:
        """``(urls, app_name)`` and ``(urls, app_name, namespace)``, as `include` and ``path`` take them."""
        assert isinstance(item.expression, s.Sequence)
        elements = item.expression.elements
        if len(elements) not in {2, 3} or any(isinstance(element, s.Star) for element in elements):
            return False
        names = [self.lists.text(element, item.place) for element in elements[1:]]
        if not any(names) and not any(self.lists.items(elements[0], item.place)):
            return False
        # Of three the last is the instance namespace, None for none; of two the app's name serves as the namespace.
        self._target(Item(elements[0], item.place), namespace or names[-1], prefix, location, strict=False)
        return True

    def _foreign(self, item: Item, prefix: Prefix, location: Location) -> bool:
        """``router.urls`` and ``site.urls``, where the owner is a library's object or an instance of a subclass."""
        expression = item.expression
        if not isinstance(expression, s.Attribute) or expression.name not in {"urls", "get_urls"}:
            return False
        values = self.lists.values(expression, item.place)
        if not any(isinstance(value, External) and value.path.endswith((".urls", ".get_urls")) for value in values):
            return False
        self.foreign.append(ForeignUrls(prefix, Item(expression.value, item.place), location))
        return True

    def _note_module(self, item: Item) -> None:
        """A list that another module imports by its name is included there: ``from shop.urls import urlpatterns``."""
        module = item.place.frame.scope.module
        if item.place.frame.scope is module.scope and module.name not in self._active:
            if module.name not in self._listed:
                found = self.lists.of_module(module.name, "urlpatterns")
                self._listed[module.name] = frozenset(each.expression for each in found)
            if item.expression in self._listed[module.name]:
                self.visited.add(module.name)

    def _note(self, place: Place) -> None:
        if place.frame.receiver is not None:
            self.visited.add(place.frame.receiver)


def _element_of_tuple(item: Item) -> tuple[s.Expression, int] | None:
    match item.expression:
        case s.Subscript(value=owner, index=s.Constant(value=int() as position)):
            return owner, position
        case _:
            return None


def _are_library_urls(value: Value) -> bool:
    return isinstance(value, External) and ("()" not in value.path or value.path.endswith(("urls", "patterns")))


def _is_empty(value: Value) -> bool:
    return isinstance(value, SequenceValue) and not value.node.elements


def _within(prefix: Prefix, namespace: str | None) -> Prefix:
    return prefix if not namespace else replace(prefix, namespaces=(*prefix.namespaces, namespace))


def _absolute(path: str) -> str:
    return "/" + path.lstrip("/")


def roots(lists: Lists, candidates: Iterator[tuple[str | Scope, Callable[[UrlConf], None]]]) -> Iterator[str | Scope]:
    """Of several possible roots those that no other includes."""
    reached: dict[str | Scope, set[str | Scope]] = {}
    for key, walk in candidates:
        urlconf = UrlConf(lists)
        walk(urlconf)
        reached[key] = urlconf.visited
    for key in reached:
        if not any(key in visited for other, visited in reached.items() if other != key):
            yield key
