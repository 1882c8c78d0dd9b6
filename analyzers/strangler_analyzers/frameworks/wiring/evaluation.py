"""Evaluates expressions in one particular run of a function.

The linker joins all callers of a function; that is right for a call graph, but a helper that registers whatever it is
given would then register everything everywhere. Here parameters and loop variables have the values of one call and one
turn. Where nothing is known of a run the linker answers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

from strangler_analyzers.frameworks.wiring import text
from strangler_analyzers.frameworks.wiring.activation import Activation, Closure, known_name, plain, union
from strangler_analyzers.frameworks.wiring.attributes import Attributes
from strangler_analyzers.frameworks.wiring.containers import Containers
from strangler_analyzers.frameworks.wiring.frames import Frames
from strangler_analyzers.frameworks.wiring.parameters import Parameters
from strangler_analyzers.frameworks.wiring.pass_through import PassThrough
from strangler_analyzers.frameworks.wiring.settings import Settings
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import (
    Annotated,
    Argument,
    Assigned,
    Binding,
    Defined,
    ImportedName,
    Iterated,
    Scope,
)
from strangler_analyzers.linker.strings import interpolated
from strangler_analyzers.linker.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    Container,
    External,
    Frame,
    FunctionValue,
    InstanceValue,
    MappingValue,
    MethodValue,
    ParameterValue,
    SequenceValue,
    Site,
    SumValue,
    SuperValue,
    Value,
    Values,
)
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import mentions, statements

MAX_DEPTH = 60
"""The longest chain of definitions that is followed."""
MAX_CALLS = 3
"""The depth of nested calls that are evaluated with their own arguments; the linker answers deeper ones."""

_ALL_RELEVANT: Mapping[Scope, AbstractSet[str]] = {}
_Key = TypeVar("_Key", bound=Hashable)


class Evaluator:
    """Evaluates expressions run by run. `makes_part` tells which classes make the parts of an application."""

    def __init__(
        self,
        resolver: Resolver,
        makes_part: Callable[[str], bool],
        relevant: Mapping[Scope, AbstractSet[str]] = _ALL_RELEVANT,
    ) -> None:
        self.resolver = resolver
        self.relevant = relevant
        """The parameters that distinguish runs of a function; all parameters for a function that is not listed."""
        self.classes: dict[Site, Scope] = {}
        """The program's own class of a part, by the call that made the part."""
        self.frames = Frames()
        self.settings = Settings(resolver.program)
        self.containers = Containers(self)
        self.parameters = Parameters(self, self.containers)
        self._attributes = Attributes(self)
        self._makes_part = makes_part
        self._pass_through = PassThrough(self, self.containers, self.parameters)
        self._memo: dict[tuple[s.Expression, Frame], Values] = {}
        self._names: dict[tuple[str, Frame], Values] = {}
        self._returns: dict[Frame, Values] = {}
        self._depth = 0
        self._calls = 0

    # --- expressions

    def evaluate(self, expression: s.Expression, frame: Frame) -> Values:
        """The values an expression may have in a frame."""
        match expression:
            case s.Constant(value=value):
                return (ConstantValue(value),)
            case s.Sequence():
                return (SequenceValue(expression, frame),)
            case s.Mapping():
                return (MappingValue(expression, frame),)
            case s.Await(value=value) | s.Star(value=value) | s.Walrus(value=value):
                return self.evaluate(value, frame)
            case s.Opaque(operator="-", operands=(left, _)):
                return self.evaluate(left, frame)  # A set difference: which elements a run removes is unknown.
            case s.Opaque() | s.Lambda() | s.Yield():
                return NOTHING
            case s.Name(id=name):
                return self.lookup(name, frame)
            case _:
                return self._guarded(self._memo, (expression, frame), lambda: self._compute(expression, frame))

    def texts(self, expression: s.Expression | None, frame: Frame) -> list[str]:
        """The strings an expression may have; an unknown part is `text.UNKNOWN`."""
        return [] if expression is None else text.texts(self.evaluate(expression, frame))

    def _compute(self, expression: s.Expression, frame: Frame) -> Values:
        match expression:
            case s.Format(parts=parts):
                return text.joined([self.evaluate(part, frame) for part in parts])
            case s.Attribute(value=value, name=name):
                return union(self.attribute(owner, name) for owner in self.evaluate(value, frame))
            case s.Call():
                return self._call(expression, frame)
            case s.Subscript():
                return self._subscript(expression, frame)
            case s.Choice(values=values):
                found = union(self.evaluate(value, frame) for value in values)
                return tuple(v for v in found if v != ConstantValue(None)) or found
            case s.Operation():
                return self._operation(expression, frame)
            case s.Comprehension():
                return (Container(self._comprehension(expression, frame, 0)),)
            case _:
                return NOTHING

    def _subscript(self, expression: s.Subscript, frame: Frame) -> Values:
        keys = [key.value for key in self.evaluate(expression.index, frame) if isinstance(key, ConstantValue)]
        key = keys[0] if len(keys) == 1 else None
        owners = self.evaluate(expression.value, frame)
        if (
            not owners
            and isinstance(key, str)
            and spelling.dotted(expression.value) in {"app.config", "current_app.config"}
        ):
            return self.settings.of(key)
        return union(self.containers.item(owner, key) for owner in owners)

    def _operation(self, operation: s.Operation, frame: Frame) -> Values:
        left, right = self.evaluate(operation.left, frame), self.evaluate(operation.right, frame)
        spelled = text.texts(left) or text.texts(right)
        if operation.operator == "+":
            return text.joined([left, right]) if spelled else (SumValue(operation.left, operation.right, frame),)
        if operation.operator == "%" and text.texts(left):
            given = [part for value in right for part in self.containers.elements(value)] or [right]
            arguments = [(text.texts(part) or [text.UNKNOWN])[0] for part in given]
            return text.constants(interpolated(template, arguments) for template in text.texts(left))
        return union((left, right))

    def _comprehension(self, node: s.Comprehension, frame: Frame, depth: int) -> Values:
        if depth == len(node.generators):
            return self.evaluate(node.element, frame)
        generator = node.generators[depth]
        turns = self.containers.turns(generator.target, generator.iterable, frame)
        return union(self._comprehension(node, turn, depth + 1) for turn in turns)

    # --- names

    def lookup(self, name: str, frame: Frame) -> Values:
        """The values of a plain name: from this run, the function's scope, or the enclosing scopes."""
        first = True
        while True:
            scope = frame.scope
            if known_name(frame, name) is not None or (name in scope.bindings and (first or not scope.is_class)):
                return self._name(name, frame)
            if scope.parent is None:
                return self._from_stars(scope, name) or self.resolver.lookup(name, Frame(scope))
            first = False
            frame = self._around(frame, scope.parent)

    @staticmethod
    def _around(frame: Frame, parent: Scope) -> Frame:
        outer = frame.outer if isinstance(frame, Activation) else None
        return outer if outer is not None and outer.scope is parent else Frame(parent, frame.receiver)

    def _name(self, name: str, frame: Frame) -> Values:
        frame = self.frames.binding(name, frame)
        if isinstance(frame, Activation) and frame.fixed and (fixed := dict(frame.names).get(name)):
            return fixed
        given = known_name(frame, name)
        bindings = frame.scope.bindings.get(name, ())
        if given is None:
            return self._guarded(self._names, (name, frame), lambda: self.bound_by(bindings, frame))
        assigned = [b for b in bindings if isinstance(b, Assigned)]
        if not assigned:
            return given
        return self._guarded(
            self._names, (name, frame), lambda: self._reassigned(name, given, assigned, frame), start=given
        )

    def _reassigned(self, name: str, given: Values, assigned: list[Assigned], frame: Frame) -> Values:
        """A parameter that the body reassigns: a value derived from it replaces it, any other is an alternative."""
        before = self.frames.turn(frame, {name: given}, fixed=True)
        made = union(self.bound(b, before) for b in assigned if mentions(b.expression, name))
        other = union(self.bound(b, frame) for b in assigned if not mentions(b.expression, name))
        values = union((made or given, other))
        return tuple(value for value in values if value != ConstantValue(None)) or values

    def bound_by(self, bindings: Iterable[Binding], frame: Frame) -> Values:
        """The values that all bindings of a name give it in a frame."""
        values = union(self.bound(b, frame) for b in bindings if not isinstance(b, Annotated))
        values = tuple(value for value in values if value != ConstantValue(None)) or values
        return values or union(self.resolver.bound(b, plain(frame)) for b in bindings if isinstance(b, Annotated))

    def bound(self, binding: Binding, frame: Frame) -> Values:
        """The values that a binding gives its name in a frame."""
        match binding:
            case Assigned(expression=expression, path=path):
                return self._unpacked(self.evaluate(expression, frame), path)
            case Iterated(iterable=iterable, path=path):
                elements = (e for value in self.evaluate(iterable, frame) for e in self.containers.elements(value))
                return self._unpacked(union(elements), path)
            case ImportedName(module=module, name=name):
                return self.module_member(module, name)
            case Defined(scope=scope) if scope.is_function and isinstance(frame, Activation):
                return (Closure(scope, frame.receiver, frame),)
            case Argument(parameter=parameter):
                return self.parameters.default(parameter, binding, frame)
            case _:
                return self.resolver.bound(binding, plain(frame))

    def _unpacked(self, values: Values, path: tuple[int, ...]) -> Values:
        for index in path:
            values = union(self.containers.item(value, index) for value in values)
        return values

    def module_member(self, module: str, name: str) -> Values:
        """``module.name``."""
        unit = self.resolver.program.units.get(module)
        if unit is not None:
            if name in unit.scope.bindings and (values := self._name(name, Frame(unit.scope))):
                return values
            if values := self._from_stars(unit.scope, name):
                return values
        return self.resolver.module_member(module, name)

    def _from_stars(self, scope: Scope, name: str) -> Values:
        for star in scope.stars:
            unit = self.resolver.program.units.get(star)
            if unit is not None and unit.scope is not scope:
                if name in unit.scope.bindings and (values := self._name(name, Frame(unit.scope))):
                    return values
                if unit.scope.stars and star not in unit.scope.stars and (values := self._from_stars(unit.scope, name)):
                    return values
        return NOTHING

    def attribute(self, value: Value, name: str) -> Values:
        """What ``value.name`` may be."""
        return self._attributes.of(value, name)

    # --- calls

    def _call(self, call: s.Call, frame: Frame) -> Values:
        if isinstance(call.function, s.Name) and call.function.id == "super":
            return self.resolver.evaluate(call, plain(frame))
        if isinstance(call.function, s.Attribute) and call.function.name == "as_view":
            views = self.evaluate(call.function.value, frame)
            return tuple(view for view in views if isinstance(view, ClassValue))
        return union(self.made(callee, call, frame) for callee in self.evaluate(call.function, frame))

    def made(self, callee: Value, call: s.Call, frame: Frame) -> Values:
        """What calling a value returns."""
        match callee:
            case ClassValue(scope=scope):
                return self._instance(scope, call, frame)
            case FunctionValue() | MethodValue():
                return self._result(callee, call, frame)
            case InstanceValue(scope=scope):
                methods = self.resolver.member(scope, "__call__", on_class=False)
                return union(self._result(m, call, frame) for m in methods if isinstance(m, MethodValue))
            case External(path=path):
                passed = self._pass_through.result(path, call, frame)
                return passed if passed is not None else (External(f"{path}()", Site(call, frame)),)
            case SuperValue() | ParameterValue():
                return NOTHING
            case _:
                return self.resolver.call(callee, call, plain(frame))

    def part_class(self, scope: Scope) -> str | None:
        """The library class of parts that a class of the program derives from, if any."""
        for ancestor in self.resolver.order(scope):
            if isinstance(ancestor, str) and self._makes_part(ancestor):
                return ancestor
        return None

    def makes_part(self, path: str) -> bool:
        """Whether calling the library object at a path makes a part."""
        return self._makes_part(path)

    def _instance(self, scope: Scope, call: s.Call, frame: Frame) -> Values:
        base = self.part_class(scope)
        if base is None:
            return (InstanceValue(scope),)
        site = Site(call, frame)
        self.classes[site] = scope
        return (External(f"{base}()", site),)

    def _result(self, callee: FunctionValue | MethodValue, call: s.Call, frame: Frame) -> Values:
        if self._calls >= MAX_CALLS:
            return self.resolver.returned(Frame(callee.scope, callee.receiver))
        self._calls += 1
        values = self.returned(self.entered(callee, call, frame))
        self._calls -= 1
        if any(isinstance(v, FunctionValue) and v.scope.parent is callee.scope for v in values):
            # A decorator: the wrapped function is the one that answers.
            wrapped = self._pass_through.callable_argument(call, frame)
            return wrapped or values
        return values

    def entered(self, callee: FunctionValue | MethodValue, call: s.Call, frame: Frame) -> Frame:
        """The frame of the run that this call starts."""
        outer = callee.outer if isinstance(callee, Closure) else None
        names = self.parameters.given(callee, call, frame)
        return self.frames.run(callee.scope, callee.receiver, names, outer)

    def returned(self, frame: Frame) -> Values:
        """What a function returns in a run."""
        return self._guarded(self._returns, frame, lambda: self._returned(frame))

    def _returned(self, frame: Frame) -> Values:
        node = frame.scope.node
        if not isinstance(node, s.Function):
            return NOTHING
        results = [st.value for st in statements(node.body) if isinstance(st, s.Return) and st.value is not None]
        yields = [
            st.value.value
            for st in statements(node.body)
            if isinstance(st, s.Evaluate) and isinstance(st.value, s.Yield) and st.value.value is not None
        ]
        values = union(self.evaluate(value, frame) for value in results)
        if yields:
            return (Container(union(self.evaluate(value, frame) for value in yields)),)
        return values or self.resolver.returned(plain(frame))

    def _guarded(
        self, memo: dict[_Key, Values], key: _Key, compute: Callable[[], Values], start: Values = NOTHING
    ) -> Values:
        known = memo.get(key)
        if known is not None:
            return known
        if self._depth >= MAX_DEPTH:
            return NOTHING
        memo[key] = start
        self._depth += 1
        try:
            memo[key] = compute()
        finally:
            self._depth -= 1
        return memo[key]
