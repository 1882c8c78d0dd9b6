"""Functions that Flask itself runs while a view answers: before a template is rendered, and for each URL built.

``context_processor`` adds to what every template sees, ``url_defaults`` to the values of every URL; those of a
blueprint serve its own requests alone. https://flask.palletsprojects.com/en/stable/api/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from strangler.model.system import CallKind, ModuleRole
from strangler_analyzers.frameworks.wiring.call_index import CALL_INDEX
from strangler_analyzers.linker.knowledge import Effect, EffectRule, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Frame, FunctionValue, Values
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

_RENDERING = frozenset({"render_template", "render_template_string", "stream_template", "stream_template_string"})
_BUILDING = frozenset({"url_for"})
_MOMENTS = {
    "context_processor": _RENDERING,
    "app_context_processor": _RENDERING,
    "url_defaults": _BUILDING,
    "app_url_defaults": _BUILDING,
}
"""The registering functions, and the functions of Flask that run the registered one."""


@dataclass(frozen=True, slots=True)
class _Hook:
    """A function that Flask runs, and the package of the blueprint it is limited to; empty for all requests."""

    function: Scope
    names: frozenset[str]
    package: str | None


class TemplateHooks(EffectRule):
    """Rendering a template and building a URL run the registered hooks."""

    calls_of = ()
    calls_named = _RENDERING | _BUILDING

    def __init__(self) -> None:
        self._hooks: tuple[_Hook, ...] | None = None

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        """``render_template("page.html")``, ``url_for("page")``."""
        name = spelling.last_name(call.function)
        if name not in _RENDERING | _BUILDING or not any(_is_flask(callee.path) for callee in _outside(callees)):
            return
        if self._hooks is None:
            self._hooks = tuple(_found(resolver))
        for hook in self._hooks:
            if name in hook.names and (hook.package is None or hook.package == _package(frame.scope)):
                yield Runs(hook.function, CallKind.FRAMEWORK)


def _outside(values: Values) -> Iterator[External]:
    return (value for value in values if isinstance(value, External))


def _is_flask(path: str) -> bool:
    return path.startswith(("flask.", "quart."))


def _package(scope: Scope) -> str:
    return scope.module.name if scope.module.is_package else scope.module.name.rpartition(".")[0]


def _found(resolver: Resolver) -> Iterator[_Hook]:
    """Decorated functions, then those that calls register."""
    for scope in resolver.program.functions.values():
        if scope.module.role is ModuleRole.APPLICATION and isinstance(scope.node, s.Function):
            for decorator in scope.node.decorators:
                yield from _registered(resolver, decorator, scope, Frame(scope.parent or scope))
    index = CALL_INDEX.of(resolver.program)
    for caller, call in index.named(*_MOMENTS):
        frame = Frame(caller)
        for value in resolver.evaluate(call.arguments[0], frame) if len(call.arguments) == 1 else ():
            if isinstance(value, FunctionValue):
                yield from _registered(resolver, call.function, value.scope, frame)


def _registered(resolver: Resolver, registering: s.Expression, function: Scope, frame: Frame) -> Iterator[_Hook]:
    if not isinstance(registering, s.Attribute) or registering.name not in _MOMENTS:
        return
    owners = [value.path for value in _outside(resolver.evaluate(registering.value, frame))]
    of_blueprint = not registering.name.startswith("app_") and any("Blueprint()" in path for path in owners)
    yield _Hook(function, _MOMENTS[registering.name], _package(frame.scope) if of_blueprint else None)
