"""Signals: the receivers that run when a model's rows change, or the program sends its own signal.

A signal is known by where it is declared: `django.db.models.signals.post_save`, or the name the program gives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.system import CallKind, Confidence, EntryKind, EntryPoint, ModuleRole
from strangler_analyzers.frameworks.django.models.index import AnyModel
from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.linker.knowledge import Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, ImportedModule, ImportedName, Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    ConstantValue,
    External,
    Frame,
    FunctionValue,
    MethodValue,
    ModuleValue,
)
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import statements

MODEL_SIGNALS = "django.db.models.signals."
SENDS = frozenset({"send", "send_robust", "asend", "asend_robust", "send_chained"})
"""Methods that send a signal."""
_RECEIVER_DECORATORS = frozenset({"django.dispatch.receiver", "django.dispatch.dispatcher.receiver"})
_MAX_STEPS = 8
_ALIASES = {
    "django.contrib.auth.user_logged_in": "django.contrib.auth.signals.user_logged_in",
    "django.contrib.auth.user_logged_out": "django.contrib.auth.signals.user_logged_out",
    "django.contrib.auth.user_login_failed": "django.contrib.auth.signals.user_login_failed",
}
_SENT_BY_CALL = {
    "django.contrib.auth.login": "django.contrib.auth.signals.user_logged_in",
    "django.contrib.auth.logout": "django.contrib.auth.signals.user_logged_out",
    "django.contrib.auth.authenticate": "django.contrib.auth.signals.user_login_failed",
}


@dataclass(frozen=True, slots=True)
class Receiver:
    """A function that a signal runs; `senders` are the keys of the models it listens to, None for every sender."""

    signal: str
    function: Scope
    senders: frozenset[str] | None


class Signals:
    """The receivers of every signal of one program."""

    def __init__(self, resolver: Resolver, models: DjangoModels) -> None:
        self._resolver = resolver
        self._models = models
        self._receivers: dict[str, list[Receiver]] = {}
        scopes = [scope for scope in resolver.program.scopes() if scope.module.role is ModuleRole.APPLICATION]
        speaking = {scope.module for scope in scopes if _speaks_of_signals(scope)}
        for scope in scopes:
            if scope.module in speaking:
                for receiver in (*self._decorated(scope), *self._connected(scope)):
                    known = self._receivers.setdefault(receiver.signal, [])
                    if receiver not in known:
                        known.append(receiver)

    def receivers(self) -> Iterator[Receiver]:
        """Every receiver, by signal."""
        for signal in sorted(self._receivers):
            yield from self._receivers[signal]

    def entry_points(self) -> Iterator[EntryPoint]:
        """The receivers as entry points without a route."""
        for receiver in self.receivers():
            yield EntryPoint(EntryKind.SIGNAL, receiver.signal, receiver.function.name, receiver.function.location)

    def of_model(self, model: AnyModel, *names: str) -> Iterator[Runs]:
        """What runs when rows of a model change; `names` are Django's: ``pre_save``, ``post_save``."""
        keys = {row.key for row in self._models.rows_of(model)} | {model.key}
        for name in names:
            for receiver in self._receivers.get(MODEL_SIGNALS + name, ()):
                if receiver.senders is None:
                    yield Runs(receiver.function, CallKind.SIGNAL, Confidence.POSSIBLE)
                elif receiver.senders & keys:
                    yield Runs(receiver.function, CallKind.SIGNAL, Confidence.LIKELY)

    def of_send(self, call: s.Call, frame: Frame) -> Iterator[Runs]:
        """The receivers that ``signal.send(...)`` runs."""
        if isinstance(call.function, s.Attribute) and call.function.name in SENDS and self._receivers:
            for signal in self._identities(call.function.value, frame):
                for receiver in self._receivers.get(signal, ()):
                    yield Runs(receiver.function, CallKind.SIGNAL, Confidence.LIKELY)

    def of_library_call(self, path: str) -> Iterator[Runs]:
        """What runs when Django's own functions send their signals: ``login`` sends ``user_logged_in``."""
        signal = _SENT_BY_CALL.get(path)
        for receiver in self._receivers.get(signal, ()) if signal is not None else ():
            yield Runs(receiver.function, CallKind.SIGNAL, Confidence.LIKELY)

    # --- declarations

    def _decorated(self, scope: Scope) -> Iterator[Receiver]:
        if not isinstance(scope.node, s.Function):
            return
        outer = Frame(scope.parent or scope)
        for decorator in scope.node.decorators:
            if isinstance(decorator, s.Call) and _is_receiver(self._resolver, decorator, outer):
                given = decorator.argument(0, "signal")
                senders = self._senders(decorator, outer)
                for signal in self._listed(given, outer) if given is not None else ():
                    yield Receiver(signal, scope, senders)

    def _connected(self, scope: Scope) -> Iterator[Receiver]:
        """``signal.connect(function, sender=Model)`` in a module or a function."""
        if scope.is_class:
            return
        frame = Frame(scope)
        for call in _own_calls(scope):
            function = call.function
            if not isinstance(function, s.Attribute) or function.name != "connect" or not call.arguments:
                continue
            handlers = [
                value.scope
                for value in self._resolver.evaluate(call.arguments[0], frame)
                if isinstance(value, FunctionValue | MethodValue)
            ]
            if handlers:
                for signal in self._identities(function.value, frame):
                    senders = self._senders(call, frame)
                    yield from (Receiver(signal, handler, senders) for handler in handlers)

    def _listed(self, expression: s.Expression, frame: Frame) -> Iterator[str]:
        if isinstance(expression, s.Sequence):
            for element in expression.elements:
                yield from self._identities(element, frame)
        else:
            yield from self._identities(expression, frame)

    def _senders(self, call: s.Call, frame: Frame) -> frozenset[str] | None:
        expression = call.keyword("sender")
        if expression is None:
            return None
        found: set[str] = set()
        for value in self._resolver.evaluate(expression, frame):
            model = self._models.model_of_value(value)
            if model is not None:
                found |= {row.key for row in self._models.rows_of(model)} | {model.key}
            elif isinstance(value, ConstantValue) and isinstance(value.value, str) and "." in value.value:
                found.add(self._models.index.by_label(value.value).key)
            elif isinstance(value, External) and value.path.endswith(".AUTH_USER_MODEL"):
                found.add(self._models.index.user_model().key)
            elif isinstance(value, ClassValue):
                found.add(value.scope.name)
        return frozenset(found) if found else None

    # --- which signal

    def _identities(self, expression: s.Expression, frame: Frame, steps: int = 0) -> Iterator[str]:
        """The signals an expression names, each by where it is declared."""
        if steps > _MAX_STEPS:
            return
        match expression:
            case s.Name(id=name):
                yield from self._named(name, frame, steps)
            case s.Attribute(value=owner, name=name):
                for value in self._resolver.evaluate(owner, frame):
                    yield from self._member(value, name, steps)
            case _:
                pass

    def _named(self, name: str, frame: Frame, steps: int) -> Iterator[str]:
        scope: Scope | None = frame.scope
        while scope is not None and (name not in scope.bindings or (scope.is_class and scope is not frame.scope)):
            scope = scope.parent
        if scope is not None:
            yield from self._bound(scope, name, steps)

    def _bound(self, scope: Scope, name: str, steps: int) -> Iterator[str]:
        for binding in scope.bindings.get(name, ()):
            match binding:
                case ImportedName(module=module, name=original):
                    unit = self._resolver.program.units.get(module)
                    if unit is None:
                        path = f"{module}.{original}"
                        yield _ALIASES.get(path, path)
                    elif original in unit.scope.bindings:
                        yield from self._bound(unit.scope, original, steps + 1)
                case Assigned(expression=s.Call()):
                    yield f"{scope.name.removesuffix(':<module>')}.{name}"
                case Assigned(expression=s.Name() | s.Attribute() as other):
                    yield from self._identities(other, Frame(scope), steps + 1)
                case _:
                    pass

    def _member(self, owner: object, name: str, steps: int) -> Iterator[str]:
        match owner:
            case ModuleValue(name=module):
                unit = self._resolver.program.units.get(module)
                if unit is not None:
                    yield from self._bound(unit.scope, name, steps + 1)
            case External(path=path):
                yield _ALIASES.get(f"{path}.{name}", f"{path}.{name}")
            case _:
                scope = getattr(owner, "scope", None)
                if isinstance(scope, Scope):
                    for ancestor in self._resolver.order(scope):
                        if isinstance(ancestor, Scope) and name in ancestor.bindings:
                            yield from self._bound(ancestor, name, steps + 1)
                            return


def _speaks_of_signals(scope: Scope) -> bool:
    """Whether a scope imports a name with "signal", without which no module connects one."""
    for bindings in scope.bindings.values():
        for binding in bindings:
            match binding:
                case ImportedName(module=module, name=name):
                    if "signal" in module or "signal" in name.lower() or module.startswith("django.dispatch"):
                        return True
                case ImportedModule(module=module):
                    if "signal" in module or module.startswith("django.dispatch"):
                        return True
                case _:
                    pass
    return False


def _is_receiver(resolver: Resolver, decorator: s.Call, frame: Frame) -> bool:
    values = resolver.evaluate(decorator.function, frame)
    return any(isinstance(value, External) and value.path in _RECEIVER_DECORATORS for value in values)


def _own_calls(scope: Scope) -> Iterator[s.Call]:
    """Calls in a scope's own statements, without those of the functions and classes it defines."""
    for statement in statements(scope.node.body):
        if isinstance(statement, s.Evaluate) and isinstance(statement.value, s.Call):
            yield statement.value
