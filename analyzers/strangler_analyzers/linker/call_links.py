"""Links calls to the functions of the program that they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from strangler.model.system import CallKind, Confidence
from strangler_analyzers.linker.abstract_methods import MAX_OVERRIDES, is_abstract, overriding
from strangler_analyzers.linker.callbacks import may_call_back
from strangler_analyzers.linker.flow import Run
from strangler_analyzers.linker.protocols import Choice
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, Scope
from strangler_analyzers.linker.values import (
    CallSite,
    ClassValue,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    SuperValue,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import calls

_NAMING = (s.Name, s.Attribute, s.Lambda, s.Call)
"""Arguments that may stand for a function."""


class Target(Struct, frozen=True):
    """A function that a call runs, with its receiver class; for a class without its own constructor, the class.

    `bound` means that the receiver is passed implicitly, besides the arguments. `named` is the function that the call
    names, if its decorators replaced it with this one; the named function is a target as well, of the kind `NAMED`.
    `stands_in` marks one of several overrides of an abstract method: the arguments of the call tell nothing about any
    one of them.
    """

    scope: Scope
    receiver: Scope | None = None
    confidence: Confidence = Confidence.CERTAIN
    kind: CallKind = CallKind.DIRECT
    bound: bool = False
    named: Scope | None = None
    stands_in: bool = False

    @property
    def run(self) -> Run:
        """The function and its receiver class."""
        return self.scope, self.receiver

    def site(self, call: s.Call, frame: Frame, *, makes: bool = False) -> CallSite:
        """The call site that reaches it; `makes` if the call makes an instance of a class."""
        wrapped = self.kind is CallKind.WRAPPED
        return CallSite(call, frame, self.receiver, makes, self.bound, self.named, wrapped)


class CallLinks:
    """Links calls to functions and classes of the program."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def targets(self, callee: Value, call: s.Call, frame: Frame) -> Sequence[Target]:
        """The functions that a call of a value runs; empty for a value outside the program."""
        match callee:
            case FunctionValue():
                return [_handed_on(target, frame) for target in self._reached(callee)]
            case MethodValue(scope=scope, receiver=receiver, bare=bare):
                overrides = () if bare else self._overrides(scope, receiver, call, frame)
                stands_in = is_abstract(scope) and "abstractmethod" not in scope.decorator_names()
                found = [
                    replace(target, confidence=Confidence.POSSIBLE, receiver=None, stands_in=stands_in)
                    for override in overrides
                    for target in self._reached(MethodValue(override, receiver))
                ]
                if found and is_abstract(scope):
                    return found
                return [*self._reached(callee), *found]
            case ClassValue(scope=scope):
                return self._making(scope) or [Target(scope)]
            case InstanceValue(scope=scope):
                return self._method(scope, "__call__")
            case _:
                return ()

    def _reached(self, function: FunctionValue | MethodValue) -> list[Target]:
        """The functions that run when one is called, with its decorators applied."""
        bound = isinstance(function, MethodValue)
        if function.bare:
            return [Target(function.scope, function.receiver, bound=bound, kind=CallKind.WRAPPED)]
        found: list[Target] = []
        for value in self._resolver.reached(function):
            if isinstance(value, InstanceValue):
                methods = _functions(self._resolver.member(value.scope, "__call__", on_class=False))
                found += (Target(m.scope, m.receiver, bound=True, named=function.scope) for m in methods)
            elif isinstance(value, FunctionValue | MethodValue):
                named = None if value.scope is function.scope else function.scope
                found.append(Target(value.scope, function.receiver, bound=bound, named=named))
        if found and all(target.named is not None for target in found):
            found.append(Target(function.scope, function.receiver, bound=bound, kind=CallKind.NAMED))
        return found

    def wrapped(self, scope: Scope, frame: Frame) -> Iterator[tuple[Scope, CallSite, Target]]:
        """The calls by which the replacements that decorators made call the original function, defined in `frame`.

        Each comes with the function that contains it.
        """
        for count in range(1, len(scope.applications) + 1):
            for value in self._resolver.applied(scope, count, frame):
                if isinstance(value, FunctionValue) and value.scope is not scope and value.outer is not None:
                    inner = self._resolver.frame(value.scope, value.receiver, value.outer)
                    for call in calls(value.scope.node.body):
                        for callee in self._resolver.evaluate(call.function, inner):
                            if isinstance(callee, FunctionValue) and callee.scope is scope and callee.bare:
                                target = Target(scope, kind=CallKind.WRAPPED)
                                yield value.scope, target.site(call, self._resolver.frame(value.scope)), target

    def _making(self, scope: Scope) -> list[Target]:
        """What runs when an instance is made; a dataclass's generated constructor runs no other code of the program."""
        own = [*self._method(scope, "__new__"), *self._method(scope, "__init__")]
        if own or "dataclass" not in {name for base in self._classes(scope) for name in base.decorator_names()}:
            return own
        frames = [(self._resolver.frame(base), base) for base in self._classes(scope)]
        factories = [
            target
            for frame, base in frames
            for bindings in base.bindings.values()
            for binding in bindings
            if isinstance(binding, Assigned) and isinstance(binding.expression, s.Call)
            for factory in [binding.expression.keyword("default_factory")]
            if factory is not None
            for value in self._resolver.evaluate(factory, frame)
            for target in self.targets(value, binding.expression, frame)
        ]
        return [*factories, *self._method(scope, "__post_init__")]

    def _classes(self, scope: Scope) -> list[Scope]:
        return [base for base in self._resolver.order(scope) if not isinstance(base, str)]

    def defining(self, scope: Scope) -> Iterator[Target]:
        """What runs when a class statement completes: hooks of its bases and of its descriptors."""
        special = self._resolver.program.special_methods
        if "__init_subclass__" in special:
            hooks = self._resolver.member(scope, "__init_subclass__", on_class=False)
            inherited = [method for method in _functions(hooks) if method.scope.parent is not scope]
            yield from (Target(method.scope, scope, bound=True) for method in inherited)
        if "__set_name__" in special:
            for name in scope.bindings:
                for value in self._resolver.member(scope, name, on_class=True):
                    if isinstance(value, InstanceValue):
                        yield from self._method(value.scope, "__set_name__")

    def reading(self, owner: Value, name: str) -> Iterator[Target]:
        """What runs when an attribute is read."""
        special = self._resolver.program.special_methods
        if isinstance(owner, SuperValue):
            getter = self._resolver.property_getter(owner.receiver, name, owner.after)
            if getter is not None:
                yield Target(getter, owner.receiver)
        if not isinstance(owner, InstanceValue):
            return
        getter = self._resolver.property_getter(owner.scope, name)
        if getter is not None:
            yield Target(getter, owner.scope)
        if "__get__" in special:
            yield from self._descriptor(owner.scope, name, "__get__")
        if "__getattr__" in special and not name.startswith("__") and not self._finds(owner.scope, name):
            yield from self._method(owner.scope, "__getattr__")

    def _finds(self, scope: Scope, name: str) -> bool:
        return any(name in base.bindings or name in base.attributes for base in self._classes(scope))

    def setting(self, owner: Value, name: str) -> Iterator[Target]:
        """What runs when an attribute is set."""
        if isinstance(owner, InstanceValue):
            setter = self._resolver.property_setter(owner.scope, name)
            if setter is not None:
                yield Target(setter, owner.scope, bound=True)
            if "__set__" in self._resolver.program.special_methods:
                yield from self._descriptor(owner.scope, name, "__set__")

    def _descriptor(self, scope: Scope, name: str, method: str) -> Iterator[Target]:
        if any(name in base.bindings for base in self._classes(scope)):
            for value in self._resolver.member(scope, name, on_class=True):
                if isinstance(value, InstanceValue):
                    yield from self._method(value.scope, method)

    def special(self, choice: Choice, frame: Frame) -> tuple[s.Call, list[Target]] | None:
        """The first of several calls of special methods whose method exists, and what it runs."""
        for call in choice:
            found = [
                target
                for callee in self._resolver.evaluate(call.function, frame)
                if isinstance(callee, MethodValue)
                for target in self._reached(callee)
            ]
            if found:
                return call, found
        return None

    def _overrides(self, method: Scope, receiver: Scope, call: s.Call, frame: Frame) -> Sequence[Scope]:
        """The overrides that ``self.method()`` may run instead, unless the class of `self` is known.

        An abstract method itself never runs, whatever calls it.
        """
        if is_abstract(method):
            return overriding(self._resolver, receiver, method.short_name)
        if (
            not isinstance(call.function, s.Attribute)
            or receiver is not frame.scope.owner
            or frame.receiver is not None
        ):
            return ()
        match call.function.value:
            case s.Name():
                pass
            case s.Call(function=s.Name(id="super"), arguments=()):
                return self._behind(receiver, method)
            case _:
                return ()
        return overriding(self._resolver, receiver, method.short_name)

    def _behind(self, owner: Scope, method: Scope) -> Sequence[Scope]:
        """What ``super().method()`` finds in the method resolution orders of the subclasses."""
        found = {
            value.scope: None
            for child in self._resolver.subclasses(owner)
            for value in self._resolver.member(child, method.short_name, on_class=False, after=owner)
            if isinstance(value, MethodValue) and value.scope is not method
        }
        return tuple(found) if len(found) <= MAX_OVERRIDES else ()

    def _method(self, scope: Scope, name: str) -> list[Target]:
        """A special method, if the program defines it."""
        values = self._resolver.member(scope, name, on_class=False)
        return [target for method in _functions(values) for target in self._reached(method)]

    def managers(self, context: InstanceValue) -> Iterator[Run]:
        """The methods that ``with`` runs on entering and leaving."""
        for name in ("__enter__", "__aenter__", "__exit__", "__aexit__"):
            for method in self._method(context.scope, name):
                yield method.run

    def callbacks(self, arguments: Iterable[s.Expression], callees: Values, frame: Frame) -> Iterator[Run]:
        """The functions passed to a library as arguments; they are assumed to run."""
        if frame.scope.is_function and any(map(may_call_back, callees)):
            for argument in arguments:
                yield from self.functions(argument, frame)

    def functions(self, argument: s.Expression, frame: Frame) -> Iterator[Run]:
        """The functions of the program that an argument names, with their decorators applied."""
        if isinstance(argument, _NAMING):
            for value in _functions(self._resolver.evaluate(argument, frame)):
                yield from (target.run for target in self._reached(value))

    def wrappers(self, function: Scope) -> Iterator[Scope]:
        """The wrappers that the decorators of a function put in its place: the function runs inside them."""
        outer = self._resolver.frame(function.parent or function)
        for count in range(1, len(function.applications) + 1):
            for value in self._resolver.applied(function, count, outer):
                if isinstance(value, FunctionValue) and value.scope is not function:
                    yield value.scope


def _handed_on(target: Target, frame: Frame) -> Target:
    """The target of ``Base.method(self)`` in a subclass: it runs as a method of the class of `self`."""
    inside = frame.receiver or frame.scope.owner
    by_class = target.receiver is not None and target.receiver is target.scope.owner
    return replace(target, receiver=inside) if by_class and inside is not None else target


def _functions(values: Values) -> list[FunctionValue | MethodValue]:
    """The functions of the program among some values."""
    return [value for value in values if isinstance(value, MethodValue | FunctionValue)]
