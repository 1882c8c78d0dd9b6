"""A class-based view: the methods it answers, and which functions of the program a library runs for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from strangler_analyzers.frameworks.django.evaluation.lists import Lists
from strangler_analyzers.frameworks.django.evaluation.places import Place
from strangler_analyzers.frameworks.django.mentions import Mentions
from strangler_analyzers.frameworks.django.views.generic_view import GenericView
from strangler_analyzers.frameworks.django.views.generic_views import VERBS, Layer, layers
from strangler_analyzers.frameworks.django.views.part_hooks import PartHooks
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, Defined, Scope
from strangler_analyzers.linker.strings import first_string
from strangler_analyzers.linker.values import Frame, FunctionValue, MethodValue

LISTED_VERBS = tuple(verb for verb in VERBS if verb not in {"head", "options", "trace"})
"""Methods that are worth a route."""
_ACTIONS = ("list", "retrieve", "create", "update", "partial_update", "destroy")
"""Methods of view sets and their mixins that answer requests, in `rest_framework.mixins`."""


@dataclass(frozen=True, slots=True)
class _Definition:
    """What answers a method name: a function of the program or a library's class."""

    layer: Layer
    function: Scope | None


@dataclass(frozen=True, slots=True)
class ViewRun:
    """The functions of the program behind one method of a view, in the order they are first met.

    Methods a library calls in turn are followed; so are calls of ``super()`` and of inherited methods inside the
    functions found, since only here the class is known that they reach.
    """

    functions: tuple[Scope, ...]
    """What a library calls."""
    helpers: tuple[Scope, ...]
    """What these functions call on the view, where the calls alone name another class's function or none."""
    renders: bool = False
    """Whether a library answers with a template."""


class ViewClass:
    """One class of the program seen as a view."""

    def __init__(self, lists: Lists, mentions: Mentions, scope: Scope) -> None:
        self.scope = scope
        self.mentions = mentions
        self._lists = lists
        self._resolver: Resolver = lists.resolver
        self.layers: tuple[Layer, ...] = layers(self._resolver.order(scope))
        self._parts = PartHooks(self._resolver, scope, mentions.context_processors)

    @property
    def is_view(self) -> bool:
        """Whether a library's view is among the ancestors."""
        return any(isinstance(layer, GenericView) and "dispatch" in layer.runs for layer in self.layers)

    # --- methods

    def verbs(self) -> tuple[str, ...]:
        """The HTTP methods the class implements, lower case; empty when its methods alone do not say."""
        return tuple(verb for verb in LISTED_VERBS if self.defines(verb) and self.allows(verb))

    def allows(self, verb: str) -> bool:
        """Whether ``http_method_names`` lets a method, lower case, through."""
        limit = self._limit
        return limit is None or verb in limit

    def inherited_answers(self) -> tuple[str, ...]:
        """The methods with which a library, not the program, answers a request."""
        return tuple(
            name
            for name in (*self.verbs(), *_ACTIONS)
            if (definition := self.find(name)) is not None and definition.function is None
        )

    def defines(self, name: str) -> bool:
        """Whether the class has a method, its own or inherited from a library known."""
        return self.find(name) is not None

    @cached_property
    def _limit(self) -> frozenset[str] | None:
        """``http_method_names`` of the nearest ancestor that sets it."""
        for layer in self.layers:
            if isinstance(layer, GenericView):
                if layer.verbs:
                    return frozenset(layer.verbs)
            elif isinstance(layer, Scope) and "http_method_names" in layer.bindings:
                place = Place(Frame(layer))
                items = self._lists.of_variable(layer, "http_method_names", place)
                names = [self._lists.text(item.expression, item.place) for item in items]
                return frozenset(name.lower() for name in names if name is not None) or None
        return None

    def text(self, name: str) -> str | None:
        """A class attribute that is a text."""
        return first_string(self._resolver.member(self.scope, name, on_class=True))

    # --- what runs

    def find(self, name: str, after: Layer | None = None) -> _Definition | None:
        """The nearest definition of a method, or the nearest behind a class for ``super()``."""
        start = 0
        if after is not None:
            start = self.layers.index(after) + 1 if after in self.layers else len(self.layers)
        for layer in self.layers[start:]:
            if isinstance(layer, GenericView):
                if name in layer.runs:
                    return _Definition(layer, None)
            elif isinstance(layer, Scope) and name in layer.bindings:
                function = self._function(layer, name)
                if function is not None:
                    return _Definition(layer, function)
        return None

    def _function(self, layer: Scope, name: str) -> Scope | None:
        for binding in reversed(layer.bindings[name]):
            if isinstance(binding, Defined) and binding.scope.is_function:
                return binding.scope
            if isinstance(binding, Assigned):
                for value in self._resolver.evaluate(binding.expression, Frame(layer)):
                    if isinstance(value, FunctionValue):
                        return value.scope
        return None

    def run(self, names: Iterable[str]) -> ViewRun:
        """What of the program runs when a library calls these methods on the view."""
        run = _Run(self, self._parts)
        for name in names:
            run.method(name)
        return ViewRun(tuple(run.found), tuple(run.helpers), renders="render_to_response" in run.inherited)

    def run_behind(self, name: str, after: Layer | None) -> tuple[Scope, ...]:
        """The functions that run when ``super().name()`` (or, without `after`, ``self.name()``) goes to a library."""
        definition = self.find(name, after)
        if definition is None or definition.function is not None:
            return ()
        run = _Run(self, self._parts, follow=False)
        run.method(name, after)
        return tuple(run.found)

    def called_plainly(self, layer: Layer, name: str, function: Scope, *, is_super: bool) -> bool:
        """Whether ``self.name()`` (or ``super().name()``) in a method of `layer` means the function for every class."""
        if not isinstance(layer, Scope):
            return False
        values = self._resolver.member(layer, name, on_class=False, after=layer if is_super else None)
        return any(isinstance(value, FunctionValue | MethodValue) and value.scope is function for value in values)


class _Run:
    """Collects what runs, each function once."""

    def __init__(self, view: ViewClass, parts: PartHooks, *, follow: bool = True) -> None:
        self.found: dict[Scope, None] = {}
        """What a library calls."""
        self.helpers: dict[Scope, None] = {}
        """What the program calls, where only the class of the view decides which function that is."""
        self.inherited: set[str] = set()
        """The methods that a library answers."""
        self._view = view
        self._parts = parts
        self._follow = follow
        self._expanded: set[tuple[str, Layer]] = set()

    def method(self, name: str, after: Layer | None = None) -> None:
        """A library calls ``view.name()``, or ``super().name()`` behind one of its own classes."""
        if "." in name:
            part, _, method = name.partition(".")
            self.found.update(dict.fromkeys(self._parts.run(part, method)))
            return
        definition = self._view.find(name, after)
        if definition is None:
            return
        if definition.function is not None:
            self.found[definition.function] = None
            self.helpers.pop(definition.function, None)
        self._expand(name, definition)

    def _expand(self, name: str, definition: _Definition) -> None:
        """Go on to what the method calls, once."""
        if (name, definition.layer) in self._expanded:
            return
        self._expanded.add((name, definition.layer))
        if definition.function is not None:
            if self._follow:
                self._inside(definition.function, definition.layer)
        elif isinstance(definition.layer, GenericView):
            self.inherited.add(name)
            for hook in definition.layer.runs[name]:
                if hook.startswith("super."):
                    self.method(hook.removeprefix("super."), definition.layer)
                else:
                    self.method(hook)

    def _inside(self, function: Scope, layer: Layer) -> None:
        """What one of the program's own methods calls on the view, which may be a library's and call the program."""
        for name, is_super in self._view.mentions.method_calls(function):
            definition = self._view.find(name, layer if is_super else None)
            if definition is None:
                continue
            called = definition.function
            if (
                called is not None
                and called not in self.found
                and not self._view.called_plainly(layer, name, called, is_super=is_super)
            ):
                self.helpers[called] = None
            self._expand(name, definition)
