"""Flask-AppBuilder: views and APIs that declare their rules with ``@expose`` and are added to an `AppBuilder`.

https://flask-appbuilder.readthedocs.io/en/latest/views.html
"""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import ModuleRole, Route
from strangler_analyzers.frameworks.flask.appbuilder_classes import EXPOSED, RESOURCES, ROUTE_BASES
from strangler_analyzers.frameworks.flask.exposed import ExposedMethods
from strangler_analyzers.frameworks.flask.rules import template
from strangler_analyzers.frameworks.web_packages import APPBUILDER
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.parts import own_function
from strangler_analyzers.frameworks.wiring.text import texts
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, Frame, InstanceValue
from strangler_analyzers.source import syntax as s

_ADDING = frozenset({"add_api", "add_view", "add_view_no_menu"})
_INDEX = "indexview"
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


_SECURITY_VIEWS = (
    "security_api", "permission_api", "role_api", "user_api", "view_menu_api", "permission_view_menu_api", "group_api",
    "registeruserdbview", "registeruseroauthview", "userinfoeditview", "resetpasswordview", "resetmypasswordview",
    "userdbmodelview", "userldapmodelview", "useroauthmodelview", "useroidmodelview", "userremoteusermodelview",
    "authdbview", "authldapview", "authoidview", "authoauthview", "authremoteuserview",
    "rolemodelview", "groupmodelview", "userstatschartview", "registerusermodelview",
    "permissionmodelview", "viewmenumodelview", "permissionviewmodelview",
)  # fmt: skip
"""Attributes of a security manager whose views the package adds: `register_views` of Flask-AppBuilder 4.8 and 5.0."""


class AppBuilderRoutes:
    """The routes of the views a program adds."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._resolver = evaluator.resolver
        self._exposed = ExposedMethods(evaluator, APPBUILDER, EXPOSED)

    def routes(self) -> Iterator[Route]:
        """The routes of each class once, in the order the classes are added."""
        for view in dict.fromkeys(self._added()):
            yield from self._of(view)

    def _added(self) -> Iterator[Scope]:
        for scope in self._resolver.program.scopes():
            if scope.module.role is not ModuleRole.APPLICATION:
                continue
            if scope.is_class:
                yield from self._of_security(scope)
                continue
            frame = self._resolver.frame(scope)
            for step in scope.steps:
                given = _given(step)
                for value in self._resolver.evaluate(given, frame) if given is not None else ():
                    if isinstance(value, ClassValue | InstanceValue) and self._exposed.are_of(value.scope):
                        yield value.scope

    def _of_security(self, manager: Scope) -> Iterator[Scope]:
        """The views that a security manager of the program has in place of the package's own."""
        if not any(name.endswith("SecurityManager") for name in self._of_package(manager)):
            return
        for attribute in _SECURITY_VIEWS:
            for value in self._exposed.attribute(manager, attribute):
                if isinstance(value, ClassValue) and self._exposed.are_of(value.scope):
                    yield value.scope

    def _of_package(self, view: Scope) -> list[str]:
        """The package's classes above a class, without their modules."""
        order = self._resolver.order(view)
        return [
            name.rpartition(".")[2] for name in order if isinstance(name, str) and name.startswith(f"{APPBUILDER}.")
        ]

    # --- one class

    def _of(self, view: Scope) -> Iterator[Route]:
        base = template(self._base(view))
        included, excluded = self._names(view, "include_route_methods"), self._names(view, "exclude_route_methods")
        before = list(self._before(view))
        for exposed in self._exposed.of(view):
            name, function = exposed.name, exposed.function
            if (included is not None and name not in included) or name in (excluded or ()):
                continue
            hooks = _HOOKS.get(name, ()) if function is None else ()
            around = (hook for hook, only in before if not only or name in only)
            run = (own_function(self._evaluator, view, hook) for hook in hooks)
            yield from exposed.routes(base, (*around, function, *run))

    def _before(self, view: Scope) -> Iterator[tuple[Scope, list[str]]]:
        """Methods that run before the class's others, or before those named: ``@before_request(only=["export"])``."""
        for ancestor in self._resolver.order(view):
            if isinstance(ancestor, str):
                continue
            for function in ancestor.children:
                for call, name in self._exposed.decorators(function):
                    if name == "before_request":
                        only = call.keyword("only")
                        values = () if only is None else self._evaluator.evaluate(only, Frame(ancestor))
                        yield function, self._exposed.elements(values)

    def _base(self, view: Scope) -> str:
        """The prefix of the class's blueprint."""
        own = self._text(view, "route_base")
        if own is not None:
            return own
        above = self._of_package(view)
        if any(name in RESOURCES for name in above):
            inherited = next(filter(None, (RESOURCES.get(name) for name in above)), None)
            resource = self._text(view, "resource_name") or inherited or view.short_name
            return f"/api/{self._text(view, 'version') or 'v1'}/{resource.lower()}"
        given = (ROUTE_BASES[name] for name in above if name in ROUTE_BASES)
        return next(given, f"/{view.short_name.lower()}")

    def _text(self, view: Scope, name: str) -> str | None:
        found = texts(self._exposed.attribute(view, name))
        return found[0] if found else None

    def _names(self, view: Scope, name: str) -> frozenset[str] | None:
        """The name or names that a class attribute lists; None if it is missing or unknown."""
        values = self._exposed.attribute(view, name)
        return frozenset((*self._exposed.elements(values), *texts(values))) or None


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
