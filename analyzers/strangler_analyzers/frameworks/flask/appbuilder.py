"""Flask-AppBuilder: views and APIs that declare their rules with ``@expose`` and are added to an `AppBuilder`.

A rule stands for the method a class has under a name, as `BaseView._register_urls` and `BaseApi._register_urls` find it
(``dir(self)``): one that is overridden without ``@expose`` answers nothing.
https://flask-appbuilder.readthedocs.io/en/latest/views.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.system import ModuleRole, Route
from strangler_analyzers.frameworks.flask.rules import below, template
from strangler_analyzers.frameworks.web_packages import APPBUILDER
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.parts import own_function
from strangler_analyzers.frameworks.wiring.text import texts
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, External, Frame, InstanceValue, Values
from strangler_analyzers.source import syntax as s

_ADDING = frozenset({"add_api", "add_view", "add_view_no_menu"})
_INDEX = "indexview"
_API = frozenset({"BaseApi", "ModelRestApi"})


@dataclass(frozen=True, slots=True)
class Exposed:
    """A rule of one method."""

    rule: str
    methods: tuple[str, ...] = ("GET",)


_BOTH = ("GET", "POST")
_FORM = {"this_form_get": (Exposed("/form"),), "this_form_post": (Exposed("/form", ("POST",)),)}
_CHART = (Exposed("/chart/<group_by>"), Exposed("/chart/"))
_LIBRARY = {
    "IndexView": {"index": (Exposed("/"),)},
    "SimpleFormView": _FORM,
    "PublicFormView": _FORM,
    "ModelRestApi": {
        "info": (Exposed("/_info"),),
        "get": (Exposed("/<pk>"),),
        "get_list": (Exposed("/"),),
        "post": (Exposed("/", ("POST",)),),
        "put": (Exposed("/<pk>", ("PUT",)),),
        "delete": (Exposed("/<pk>", ("DELETE",)),),
    },
    "ModelView": {
        "list": (Exposed("/list/"),),
        "show": (Exposed("/show/<pk>"),),
        "add": (Exposed("/add", _BOTH),),
        "edit": (Exposed("/edit/<pk>", _BOTH),),
        "delete": (Exposed("/delete/<pk>", _BOTH),),
        "download": (Exposed("/download/<filename>"),),
        "action": (Exposed("/action/<name>/<pk>", _BOTH),),
        "action_post": (Exposed("/action_post", ("POST",)),),
    },
    "MasterDetailView": {"list": (Exposed("/list/"), Exposed("/list/<pk>"))},
    "MultipleView": {"list": (Exposed("/list/"),)},
    "CompactCRUDMixin": {
        "list": (Exposed("/list/", _BOTH),),
        "add": (Exposed("/add/", _BOTH),),
        "edit": (Exposed("/edit/<pk>", _BOTH),),
        "delete": (Exposed("/delete/<pk>", _BOTH),),
    },
    "GroupByChartView": {"chart": _CHART},
    "DirectByChartView": {"chart": _CHART},
    "ChartView": {"chart": _CHART},
    "TimeChartView": {"chart": (Exposed("/chart/<group_by>/<period>"), Exposed("/chart/"))},
    "DirectChartView": {"chart": _CHART},
}
"""What the package's own classes expose: Flask-AppBuilder 5.0, `views`, `api` and `charts.views`."""
_HOOKS = {
    "post": ("pre_add", "post_add"),
    "put": ("pre_update", "post_update"),
    "add": ("pre_add", "post_add"),
    "edit": ("pre_update", "post_update"),
    "delete": ("pre_delete", "post_delete"),
    "get": ("pre_get",),
    "get_list": ("pre_get_list",),
    "this_form_get": ("form_get",),
    "this_form_post": ("form_post",),
}
"""Methods of the program that the package's own methods run."""


class AppBuilderRoutes:
    """The routes of the views a program adds."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._resolver = evaluator.resolver

    def routes(self) -> Iterator[Route]:
        """The routes of each class once, in the order the classes are added."""
        for view in dict.fromkeys(self._added()):
            yield from self._of(view)

    def _added(self) -> Iterator[Scope]:
        for scope in self._resolver.program.scopes():
            if scope.module.role is not ModuleRole.APPLICATION or scope.is_class:
                continue
            frame = self._resolver.frame(scope)
            for step in scope.steps:
                given = _given(step)
                for value in self._resolver.evaluate(given, frame) if given is not None else ():
                    if isinstance(value, ClassValue | InstanceValue) and self._is_view(value.scope):
                        yield value.scope

    def _is_view(self, scope: Scope) -> bool:
        return any(isinstance(name, str) and name.startswith(f"{APPBUILDER}.") for name in self._resolver.order(scope))

    # --- one class

    def _of(self, view: Scope) -> Iterator[Route]:
        base = template(self._base(view))
        included, excluded = self._names(view, "include_route_methods"), self._names(view, "exclude_route_methods")
        before = list(self._before(view))
        for name, (function, rules) in self._exposed(view).items():
            if (included is not None and name not in included) or name in (excluded or ()):
                continue
            hooks = _HOOKS.get(name, ()) if function is None else ()
            around = (hook for hook, only in before if not only or name in only)
            found = (*around, function, *(own_function(self._evaluator, view, hook) for hook in hooks))
            functions = [scope.name for scope in found if scope is not None]
            for rule in rules:
                path = below(base, template(rule.rule)) or "/"
                for method in rule.methods:
                    yield Route(
                        path=path if path.startswith("/") else f"/{path}",
                        method=method,
                        handler=f"{view.name}.{name}" if function is None else function.name,
                        framework="flask",
                        location=(view if function is None else function).location,
                        name=f"{view.short_name}.{name}",
                        entry=tuple(dict.fromkeys(functions)),
                    )

    def _exposed(self, view: Scope) -> dict[str, tuple[Scope | None, tuple[Exposed, ...]]]:
        """By name the method found first among the ancestors, and its rules; None for one of the package."""
        found: dict[str, tuple[Scope | None, tuple[Exposed, ...]]] = {}
        for ancestor in self._resolver.order(view):
            if isinstance(ancestor, str):
                for name, rules in _of_library(ancestor).items():
                    found.setdefault(name, (None, rules))
            else:
                for function in ancestor.children:
                    if function.is_function and not function.is_lambda:
                        found.setdefault(function.short_name, (function, tuple(self._rules(function))))
        return {name: found[name] for name in sorted(found) if found[name][1]}

    def _rules(self, function: Scope) -> Iterator[Exposed]:
        for call, name in self._decorators(function):
            if name in {"expose", "expose_api"}:
                position = 0 if name == "expose" else 1
                given = call.argument(position, "url")
                frame = Frame(function.parent or function)
                rules = texts(self._evaluator.evaluate(given, frame)) if given is not None else ["/"]
                methods = call.argument(position + 1, "methods")
                allowed = self._elements(self._evaluator.evaluate(methods, frame)) if methods is not None else []
                yield from (Exposed(rule, tuple(map(str.upper, allowed)) or ("GET",)) for rule in rules[:1])

    def _decorators(self, function: Scope) -> Iterator[tuple[s.Call, str]]:
        """The calls of the package's decorators, and their names."""
        if not isinstance(function.node, s.Function):
            return
        frame = Frame(function.parent or function)
        for decorator in function.node.decorators:
            call = decorator if isinstance(decorator, s.Call) else s.Call(decorator, (), (), function.node.line, 0)
            for value in self._evaluator.evaluate(call.function, frame):
                if isinstance(value, External) and value.path.startswith(f"{APPBUILDER}."):
                    yield call, value.path.rpartition(".")[2]

    def _before(self, view: Scope) -> Iterator[tuple[Scope, list[str]]]:
        """Methods that run before the class's others, or before those named: ``@before_request(only=["export"])``."""
        for ancestor in self._resolver.order(view):
            if isinstance(ancestor, str):
                continue
            for function in ancestor.children:
                for call, name in self._decorators(function):
                    if name == "before_request":
                        only = call.keyword("only")
                        values = () if only is None else self._evaluator.evaluate(only, Frame(ancestor))
                        yield function, self._elements(values)

    def _base(self, view: Scope) -> str:
        """The prefix of the class's blueprint."""
        own = self._text(view, "route_base")
        if own is not None:
            return own
        if any(isinstance(name, str) and name.rpartition(".")[2] in _API for name in self._resolver.order(view)):
            resource = self._text(view, "resource_name") or view.short_name
            return f"/api/{self._text(view, 'version') or 'v1'}/{resource.lower()}"
        if any(isinstance(name, str) and name.rpartition(".")[2] == "IndexView" for name in self._resolver.order(view)):
            return ""
        return f"/{view.short_name.lower()}"

    def _text(self, view: Scope, name: str) -> str | None:
        found = texts(self._attribute(view, name))
        return found[0] if found else None

    def _names(self, view: Scope, name: str) -> frozenset[str] | None:
        """The names a class lists, or the one it gives; None where it gives none or they are not known."""
        values = self._attribute(view, name)
        return frozenset((*self._elements(values), *texts(values))) or None

    def _attribute(self, view: Scope, name: str) -> Values:
        for ancestor in self._resolver.order(view):
            if not isinstance(ancestor, str) and name in ancestor.bindings:
                return self._evaluator.lookup(name, Frame(ancestor))
        return ()

    def _elements(self, values: Values) -> list[str]:
        return [text for v in values for part in self._evaluator.containers.elements(v) for text in texts(part)]


def _given(step: s.Node) -> s.Expression | None:
    """The view added by ``builder.add_api(View)``, ``AppBuilder(indexview=View)`` or ``builder.indexview = View``."""
    match step:
        case s.Call(function=s.Attribute(name=name)) if name in _ADDING:
            return step.argument(0, "baseview")
        case s.Call():
            return step.keyword(_INDEX)
        case s.Assign(targets=(s.Attribute(name=name),), value=value) if name == _INDEX:
            return value
        case _:
            return None


def _of_library(path: str) -> dict[str, tuple[Exposed, ...]]:
    package, _, rest = path.partition(".")
    name = rest.rpartition(".")[2]
    return _LIBRARY.get(name, {}) if package == APPBUILDER else {}
