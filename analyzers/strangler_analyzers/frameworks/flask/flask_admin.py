"""Flask-Admin: views whose methods are rules below the URL of an `Admin`.

A view's URL is the one passed to its constructor, or the admin's URL and the endpoint: the lower-case name of its model
or class. `flask_admin.base.BaseView`, `flask_admin.model.base.BaseModelView` (2.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.system import Route
from strangler_analyzers.frameworks.flask.exposed import Exposed, ExposedMethods
from strangler_analyzers.frameworks.flask.rules import below, template
from strangler_analyzers.frameworks.web_packages import FLASK_ADMIN
from strangler_analyzers.frameworks.wiring.call_index import CALL_INDEX
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.parts import own_function
from strangler_analyzers.frameworks.wiring.text import texts
from strangler_analyzers.linker.definitions import definitions
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, External, Frame, InstanceValue
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

_BOTH = ("GET", "POST")
_POST = ("POST",)
_MODEL = {
    "index_view": (Exposed("/"),),
    "create_view": (Exposed("/new/", _BOTH),),
    "edit_view": (Exposed("/edit/", _BOTH),),
    "details_view": (Exposed("/details/"),),
    "delete_view": (Exposed("/delete/", _POST),),
    "action_view": (Exposed("/action/", _POST),),
    "export": (Exposed("/export/<export_type>/"),),
    "ajax_lookup": (Exposed("/ajax/lookup/"),),
    "ajax_update": (Exposed("/ajax/update/", _POST),),
}
_LIBRARY = {"AdminIndexView": {"index": (Exposed("/"),)}, "ModelView": _MODEL, "BaseModelView": _MODEL}
"""The methods that the package's own classes expose."""
_ALWAYS = ("is_accessible", "inaccessible_callback")
_HOOKS = {
    "index_view": ("get_query", "get_count_query", "get_list"),
    "create_view": ("create_form", "create_model", "on_model_change", "after_model_change"),
    "edit_view": ("edit_form", "get_one", "update_model", "on_model_change", "after_model_change"),
    "details_view": ("get_one",),
    "delete_view": ("delete_form", "get_one", "delete_model", "on_model_delete", "after_model_delete"),
    "action_view": ("handle_action",),
    "export": ("get_export_data", "get_list"),
}
"""Methods of the program that the package's own methods run."""
_USUAL = "/admin"
_INDEX_VIEW = 4
"""The position of the start page among the arguments of `Admin`; the default is the package's own."""


@dataclass(frozen=True, slots=True)
class _Added:
    """An added view, the call that makes it, and the URL of the admin."""

    view: Scope
    made: s.Call
    frame: Frame
    above: str
    is_index: bool = False


class FlaskAdminRoutes:
    """The routes of the views a program adds to its admins."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._index = CALL_INDEX.of(evaluator.resolver.program)
        self._exposed = ExposedMethods(evaluator, FLASK_ADMIN, _LIBRARY)

    def routes(self) -> Iterator[Route]:
        """The routes of each view, at each URL it has."""
        found: dict[tuple[str, str, str], Route] = {}
        for added in (*self._start_pages(), *self._added()):
            for url in self._urls(added):
                for route in self._of(added.view, url):
                    found.setdefault((route.path, route.method, route.handler), route)
        yield from found.values()

    # --- what is added

    def _admins(self) -> Iterator[tuple[s.Call, Frame]]:
        for scope, call in self._index.named("Admin"):
            frame = Frame(scope)
            for value in self._evaluator.resolver.evaluate(call.function, frame):
                if isinstance(value, External) and value.path.startswith(f"{FLASK_ADMIN}."):
                    yield call, frame

    def _start_pages(self) -> Iterator[_Added]:
        for call, frame in self._admins():
            given = call.argument(_INDEX_VIEW, "index_view")
            yield from self._views(given, frame, self._url(call, frame), is_index=True)

    def _added(self) -> Iterator[_Added]:
        sole = {self._url(call, frame) for call, frame in self._admins()}
        usual = next(iter(sole)) if len(sole) == 1 else _USUAL
        for scope, call in self._index.named("add_view", "add_views"):
            frame = Frame(scope)
            above = self._url_of_owner(call, frame) or usual
            for argument in call.arguments:
                yield from self._views(argument, frame, above)

    def _views(
        self, given: s.Expression | None, frame: Frame, above: str, *, is_index: bool = False
    ) -> Iterator[_Added]:
        if given is None:
            return
        target = given.value if isinstance(given, s.Star) else given
        values = self._evaluator.resolver.evaluate(target, frame)
        if isinstance(given, s.Star):
            values = self._evaluator.resolver.union(map(self._evaluator.resolver.elements, values))
        for value in values:
            if isinstance(value, InstanceValue) and self._exposed.are_of(value.scope):
                made, place = self._maker(target, frame)
                yield _Added(value.scope, made, place, above, is_index)

    def _maker(self, given: s.Expression, frame: Frame) -> tuple[s.Call, Frame]:
        """The call that makes a view, with its frame; if unknown, a call without arguments."""
        if isinstance(given, s.Call):
            return given, frame
        for place, inner in definitions(self._evaluator.resolver, given, frame):
            if isinstance(place, s.Call):
                return place, inner
        return s.Call(given, (), (), 0, 0), frame

    # --- URLs

    def _url_of_owner(self, call: s.Call, frame: Frame) -> str | None:
        owner = call.function.value if isinstance(call.function, s.Attribute) else None
        for value in self._evaluator.resolver.evaluate(owner, frame) if owner is not None else ():
            if isinstance(value, External) and value.site is not None and value.path.startswith(f"{FLASK_ADMIN}."):
                return self._url(value.site.call, value.site.frame)
        return None

    def _url(self, admin: s.Call, frame: Frame) -> str:
        """The URL of an admin: its own, that of its start page, or the default."""
        start = admin.argument(_INDEX_VIEW, "index_view")
        own = self._text(admin.argument(2, "url"), frame)
        if own is None and start is not None:
            made, place = self._maker(start, frame)
            own = self._text(made.keyword("url"), place)
        return _USUAL if own is None else own

    def _urls(self, added: _Added) -> Iterator[str]:
        given = self._text(added.made.keyword("url"), added.frame)
        if given is not None:
            yield given if given.startswith("/") else below(added.above, given)
        elif added.is_index:
            yield added.above
        else:
            for endpoint in self._endpoints(added):
                yield below(added.above, f"/{endpoint}")

    def _endpoints(self, added: _Added) -> Iterator[str]:
        given = self._text(added.made.keyword("endpoint"), added.frame)
        if given is not None:
            yield given
            return
        models = dict.fromkeys(self._models(added.made, added.frame)) or dict.fromkeys(self._own_models(added.view))
        yield from (model.short_name.lower() for model in models or (added.view,))

    def _models(self, made: s.Call, frame: Frame) -> Iterator[Scope]:
        given = made.argument(0, "model")
        for value in self._evaluator.resolver.evaluate(given, frame) if given is not None else ():
            if isinstance(value, ClassValue):
                yield value.scope

    def _own_models(self, view: Scope) -> Iterator[Scope]:
        """The model that the class's own `__init__` passes to its base."""
        own = own_function(self._evaluator, view, "__init__")
        for call in own.calls if own is not None else ():
            if spelling.last_name(call.function) == "__init__" and own is not None:
                yield from self._models(call, Frame(own, view))

    def _text(self, expression: s.Expression | None, frame: Frame) -> str | None:
        found = texts(self._evaluator.evaluate(expression, frame)) if expression is not None else []
        return found[0] if found else None

    # --- one view

    def _of(self, view: Scope, url: str) -> Iterator[Route]:
        for exposed in self._exposed.of(view):
            hooks = (*_ALWAYS, *(_HOOKS.get(exposed.name, ()) if exposed.function is None else ()))
            run = (own_function(self._evaluator, view, hook) for hook in hooks)
            yield from exposed.routes(template(url), (*run, exposed.function))
