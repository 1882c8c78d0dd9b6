"""Routers of Django REST framework: the URLs of their registered view sets.

The rules are those of `rest_framework.routers.SimpleRouter.routes` and, for nested routers, of
`rest_framework_nested.routers.NestedMixin`. Format suffixes are left out, and so is the API root where it is the
framework's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.location import Location
from strangler_analyzers.frameworks.django.evaluation.lists import Lists
from strangler_analyzers.frameworks.django.evaluation.loops import places
from strangler_analyzers.frameworks.django.evaluation.places import Item, Place, assigned, class_variable, variable
from strangler_analyzers.frameworks.django.mentions import Mentions
from strangler_analyzers.frameworks.django.path_templates import regex_template
from strangler_analyzers.frameworks.django.views.view_class import ViewClass
from strangler_analyzers.frameworks.methods import own_method
from strangler_analyzers.linker.scope import Defined, Scope
from strangler_analyzers.linker.values import ClassValue, ConstantValue, Frame, InstanceValue, SequenceValue
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import calls

_STANDARD = (
    ("", "list", (("get", "list"), ("post", "create"))),
    (
        "detail",
        "detail",
        (("get", "retrieve"), ("put", "update"), ("patch", "partial_update"), ("delete", "destroy")),
    ),
)
_ROOT_VIEW = "APIRootView"
_ACTIONS = frozenset({"action", "list_route", "detail_route"})


@dataclass(frozen=True, slots=True)
class RouterUrl:
    """One URL of a router: path below the router, the class, and which of its methods answers each HTTP method."""

    path: str
    name: str
    scope: Scope
    actions: tuple[tuple[str, str], ...]
    location: Location


@dataclass(frozen=True, slots=True)
class _Registered:
    prefix: str
    basename: str | None
    scope: Scope
    location: Location


@dataclass(frozen=True, slots=True)
class _Action:
    """A method of a view set with a URL of its own."""

    function: str
    detail: bool
    path: str
    name: str
    verbs: tuple[tuple[str, str], ...]


_Key = tuple[Scope, str]


class Routers:
    """All routers of a program, by the variable that holds them."""

    def __init__(self, lists: Lists, mentions: Mentions) -> None:
        self._lists = lists
        self._mentions = mentions
        self._resolver = lists.resolver
        self._registered: dict[_Key, list[_Registered]] = {}
        self._taken_over: dict[_Key, list[_Key]] = {}
        for scope, call in mentions.registrations:
            if isinstance(call.function, s.Attribute):
                for place in places(lists, scope, call):
                    self._register(call.function.value, call, place)
        for scope, owner, other in mentions.registries:
            key, taken = (variable(self._resolver, router, Frame(scope)) for router in (owner, other))
            if key is not None and taken is not None:
                self._taken_over.setdefault(key, []).append(taken)

    def urls(self, owner: Item) -> Iterator[RouterUrl]:
        """The URLs of a router, in the order the framework makes them."""
        key = variable(self._resolver, owner.expression, owner.place.frame)
        if key is None:
            return
        prefix, slash = self._prefix(owner), self._trailing_slash(owner)
        for root in self._root_views(owner, key):
            yield RouterUrl(prefix, "api-root", root, (("get", "get"),), root.location)
        for registered in self._all(key, frozenset()):
            for url in self._of(registered, slash):
                yield RouterUrl(prefix + url.path, url.name, url.scope, url.actions, url.location)

    def _all(self, key: _Key, above: frozenset[_Key]) -> Iterator[_Registered]:
        """The registrations of a router, including those taken over from others."""
        yield from self._registered.get(key, ())
        for taken in self._taken_over.get(key, ()):
            if taken not in above:
                yield from self._all(taken, above | {key})

    def _root_views(self, owner: Item, key: _Key) -> Iterator[Scope]:
        """The program's own view of the API root: an attribute of the router's class, or set on the router."""
        found = list(self._lists.values(s.Attribute(owner.expression, _ROOT_VIEW, 0), owner.place))
        for store in self._resolver.program.foreign.get(_ROOT_VIEW, ()):
            if variable(self._resolver, store.owner, Frame(store.scope)) == key:
                found += self._resolver.bound(store.binding, Frame(store.scope))
        yield from dict.fromkeys(value.scope for value in found if isinstance(value, ClassValue))

    # --- registrations

    def _register(self, owner: s.Expression, call: s.Call, place: Place) -> None:
        key = variable(self._resolver, owner, place.frame)
        viewset = call.argument(1, "viewset")
        prefix = self._lists.text(call.argument(0, "prefix"), place, "(?P<{}>[^/]+)")
        if key is None or viewset is None or prefix is None:
            return
        basename = call.argument(2, "basename") or call.keyword("base_name")
        for value in self._lists.values(viewset, place):
            if isinstance(value, ClassValue):
                found = _Registered(
                    prefix, self._lists.text(basename, place), value.scope, place.frame.scope.module.at(call.line)
                )
                for each in (key, *self._shared(owner, place)):
                    self._registered.setdefault(each, []).append(found)
                return

    def _shared(self, owner: s.Expression, place: Place) -> Iterator[_Key]:
        """Other routers that the program's own router delegates to: ``self.shared.register(...)`` in `register`."""
        for value in self._resolver.evaluate(owner, place.frame):
            if isinstance(value, InstanceValue) and (method := own_method(self._resolver, value.scope, "register")):
                receiver = method.first_parameter()
                for call in calls((method.node,), nested=True):
                    match call.function:
                        case s.Attribute(value=s.Attribute(value=s.Name(id=name), name=router), name="register") if (
                            name == receiver and (key := class_variable(self._resolver, value.scope, router))
                        ):
                            yield key
                        case _:
                            pass

    def _made_by(self, owner: Item) -> Item | None:
        return next(
            (
                item
                for item in assigned(self._resolver, owner.expression, owner.place.frame)
                if isinstance(item.expression, s.Call)
            ),
            None,
        )

    def _trailing_slash(self, owner: Item) -> str:
        made = self._made_by(owner)
        option = made.expression.keyword("trailing_slash") if made and isinstance(made.expression, s.Call) else None
        return "" if isinstance(option, s.Constant) and option.value is False else "/"

    def _prefix(self, owner: Item, depth: int = 0) -> str:
        """The prefix that a nested router adds: its parent's prefix and the parent's object."""
        made = self._made_by(owner)
        if made is None or not isinstance(made.expression, s.Call) or depth > 8:
            return ""
        call, place = made.expression, made.place
        if "Nested" not in (spelling.dotted(call.function) or "") or len(call.arguments) < 2:
            return ""
        parent = Item(call.arguments[0], place)
        prefix = self._lists.text(call.arguments[1], place) or ""
        lookup = self._lists.text(call.argument(2, "lookup"), place) or "nested_1"
        field = "pk"
        key = variable(self._resolver, parent.expression, place.frame)
        for registered in self._registered.get(key, ()) if key is not None else ():
            if registered.prefix == prefix:
                field = _lookup(ViewClass(self._lists, self._mentions, registered.scope))
        return f"{self._prefix(parent, depth + 1)}{regex_template(prefix)}/{{{lookup}_{field}}}/"

    # --- URLs of one view set

    def _of(self, registered: _Registered, slash: str) -> Iterator[RouterUrl]:
        view = ViewClass(self._lists, self._mentions, registered.scope)
        actions = tuple(self._actions(view))
        base = self._basename(registered, view)
        prefix = regex_template(registered.prefix)
        lookup = f"{{{_lookup(view)}}}"
        for kind, suffix, standard in _STANDARD:
            is_detail = kind == "detail"
            parts = [part for part in (prefix, lookup if is_detail else "") if part]
            verbs = tuple((verb, action) for verb, action in standard if view.defines(action))
            if not is_detail:
                yield from self._url(parts, f"{base}-{suffix}", verbs, slash, registered)
            for action in actions:
                if action.detail == is_detail:
                    path = [*parts, regex_template(action.path)]
                    yield from self._url(path, f"{base}-{action.name}", action.verbs, slash, registered)
            if is_detail:
                yield from self._url(parts, f"{base}-{suffix}", verbs, slash, registered)

    @staticmethod
    def _url(
        parts: list[str], name: str, actions: tuple[tuple[str, str], ...], slash: str, registered: _Registered
    ) -> Iterator[RouterUrl]:
        if actions:
            path = "/".join(parts)
            yield RouterUrl(path + slash if path else "", name, registered.scope, actions, registered.location)

    def _basename(self, registered: _Registered, view: ViewClass) -> str:
        """The given base name, else the lower-case name of the queryset's model."""
        if registered.basename is not None:
            return registered.basename
        for value in self._resolver.member(view.scope, "queryset", on_class=True):
            model = getattr(value, "model", None)
            if isinstance(model, Scope):
                return model.short_name.lower()
        return registered.prefix.rpartition("/")[2]

    def _actions(self, view: ViewClass) -> Iterator[_Action]:
        seen: set[str] = set()
        for layer in view.layers:
            if not isinstance(layer, Scope):
                continue
            for name, bindings in layer.bindings.items():
                for binding in bindings:
                    if isinstance(binding, Defined) and binding.scope.is_function and name not in seen:
                        seen.add(name)
                        if (action := self._action(binding.scope, layer)) is not None:
                            yield action

    def _action(self, function: Scope, layer: Scope) -> _Action | None:
        assert isinstance(function.node, s.Function)
        for decorator in function.node.decorators:
            target = decorator.function if isinstance(decorator, s.Call) else decorator
            name = (spelling.dotted(target) or "").rpartition(".")[2]
            if name not in _ACTIONS:
                continue
            call = decorator if isinstance(decorator, s.Call) else s.Call(target, (), (), 0, 0)
            place = Place(Frame(layer))
            detail = name == "detail_route" or self._is_true(call.argument(1, "detail"), place)
            path = self._lists.text(call.argument(2, "url_path"), place) or function.short_name
            label = self._lists.text(call.keyword("url_name"), place) or path.replace("_", "-")
            verbs = [(verb, function.short_name) for verb in self._verbs(call, place)]
            verbs += self._mapped(function.short_name, layer)
            return _Action(function.short_name, detail, path, label, tuple(verbs))
        return None

    def _verbs(self, call: s.Call, place: Place) -> tuple[str, ...]:
        methods = call.argument(0, "methods")
        if methods is None:
            return ("get",)
        listed: list[str] = []
        for value in self._lists.values(methods, place):
            if isinstance(value, SequenceValue):
                listed.extend(self._texts(value))
        return tuple(text.lower() for text in listed) or ("get",)

    def _texts(self, value: SequenceValue) -> Iterator[str]:
        for element in value.node.elements:
            text = self._lists.text(element, Place(value.frame))
            if text is not None:
                yield text

    def _is_true(self, expression: s.Expression | None, place: Place) -> bool:
        values = self._lists.values(expression, place) if expression is not None else ()
        return any(isinstance(value, ConstantValue) and bool(value.value) for value in values)

    @staticmethod
    def _mapped(action: str, layer: Scope) -> Iterator[tuple[str, str]]:
        """``@action.mapping.delete`` assigns another HTTP method of the same URL to another function."""
        for child in layer.children:
            if isinstance(child.node, s.Function):
                for decorator in child.node.decorators:
                    dotted = spelling.dotted(decorator) or ""
                    if dotted.startswith(f"{action}.mapping."):
                        yield dotted.rpartition(".")[2], child.short_name


def _lookup(view: ViewClass) -> str:
    return view.text("lookup_url_kwarg") or view.text("lookup_field") or "pk"
