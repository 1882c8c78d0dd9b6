"""The linker: what an expression stands for, found on demand.

A points-to analysis in the style of demand-driven, field-sensitive analyses (Sridharan and Bodik, "Refinement-based
context-sensitive points-to analysis", 2006), much simplified: insensitive to the order of statements, sensitive to the
class of the receiver, memoised per (expression, frame), capped. Where nothing is known the answer is empty; nothing is
guessed from a bare name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from strangler_analyzers.linker.annotations import Annotations
from strangler_analyzers.linker.containers import Containers
from strangler_analyzers.linker.hierarchy import PROPERTY_DECORATORS, Hierarchy
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.program import (
    Annotated,
    Argument,
    Assigned,
    Binding,
    Defined,
    Entered,
    ImportedModule,
    ImportedName,
    Iterated,
    Program,
    Scope,
)
from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    Container,
    External,
    Frame,
    FunctionValue,
    Given,
    InstanceValue,
    MappingValue,
    MethodValue,
    ModuleValue,
    ParameterValue,
    Rows,
    RowsMethod,
    SequenceValue,
    Site,
    SumValue,
    SuperValue,
    Value,
    Values,
    union,
)
from strangler_analyzers.source import syntax as s

MAX_CALLERS = 40
"""Callers asked for the value of a parameter."""

MAX_GIVEN = 3
"""Calls behind one another whose arguments are told apart."""
_NO_CALL_SITES: Mapping[Scope, Sequence[Site]] = {}


class Resolver:
    """Evaluates expressions of a program. `call_sites` (from an earlier pass) lets arguments flow into parameters."""

    def __init__(
        self,
        program: Program,
        knowledge: Sequence[Knowledge] = (),
        call_sites: Mapping[Scope, Sequence[Site]] = _NO_CALL_SITES,
    ) -> None:
        self.program = program
        self._knowledge = knowledge
        self._frames: dict[Frame, Frame] = {}
        self._deciding = [part for part in knowledge if type(part).decides is not Knowledge.decides]
        self._call_sites = call_sites
        self._memo: dict[tuple[s.Expression, Frame], Values] = {}
        self._names: dict[tuple[Frame, str], Values] = {}
        self._members: dict[tuple[Scope, str, bool, Scope | None], Values] = {}
        self._returns: dict[Frame, Values] = {}
        self._recursion = Recursion()
        self._annotations = Annotations(self.evaluate)
        self._containers = Containers(self, self._recursion, knowledge)
        hierarchy = Hierarchy(program, self.evaluate)
        self.order = hierarchy.order
        self.bases = hierarchy.bases
        self.inherits = hierarchy.inherits
        self.subclasses = hierarchy.subclasses
        self.property_getter = hierarchy.property_getter
        self.annotated = self._annotations.declared
        self.elements = self._containers.elements
        self.item = self._containers.item
        self.derive = hierarchy.derive
        for part in knowledge:
            part.prepare(self)

    # --- expressions

    def evaluate(self, expression: s.Expression, frame: Frame) -> Values:
        """The values an expression may have in a frame."""
        match expression:
            case s.Name(id=name):
                return self.lookup(name, frame)
            case s.Constant(value=value):
                return (ConstantValue(value),)
            case s.Sequence():
                return (SequenceValue(expression, frame),)
            case s.Mapping():
                return (MappingValue(expression, frame),)
            case s.Await(value=value) | s.Star(value=value) | s.Walrus(value=value):
                return self.evaluate(value, frame)
            case s.Opaque() | s.Lambda() | s.Yield():
                return NOTHING
            case s.Format():
                return (External("str()"),)
            case _:
                key = (expression, frame)
                return self._recursion.once(self._memo, key, lambda: self._compute(expression, frame))

    def _compute(self, expression: s.Expression, frame: Frame) -> Values:
        match expression:
            case s.Attribute(value=value, name=name):
                return union(self.attribute(owner, name) for owner in self.evaluate(value, frame))
            case s.Call():
                return self._call(expression, frame)
            case s.Subscript(value=value, index=index):
                return self._subscript(value, index, frame)
            case s.Choice(values=values):
                return union(self.evaluate(value, frame) for value in values)
            case s.Operation(operator="+", left=left, right=right):
                return (SumValue(left, right, frame),)
            case s.Operation(left=left, right=right):
                return union((self.evaluate(left, frame), self.evaluate(right, frame)))
            case s.Comprehension(element=element):
                return (Container(self.evaluate(element, frame)),)
            case _:
                return NOTHING

    def _call(self, call: s.Call, frame: Frame) -> Values:
        if isinstance(call.function, s.Name) and call.function.id == "super":
            return self._super(frame)
        callees = self.evaluate(call.function, frame)
        return union(self.call(callee, call, frame) for callee in callees)

    def _super(self, frame: Frame) -> Values:
        scope: Scope | None = frame.scope
        while scope is not None and scope.owner is None:
            scope = scope.parent if scope.is_function else None
        if scope is None or scope.owner is None:
            return NOTHING
        return (SuperValue(frame.receiver or scope.owner, scope.owner),)

    def _subscript(self, value: s.Expression, index: s.Expression, frame: Frame) -> Values:
        keys = [key.value for key in self.evaluate(index, frame) if isinstance(key, ConstantValue)]
        key = keys[0] if len(keys) == 1 else None
        return union(self.item(owner, key) for owner in self.evaluate(value, frame))

    # --- names

    def lookup(self, name: str, frame: Frame) -> Values:
        """The values of a plain name, searched as Python does: function, enclosing functions, module, builtins."""
        scope = frame.scope
        while True:
            if name in scope.bindings and (scope is frame.scope or not scope.is_class):
                return self._name(name, frame if frame.given and scope is frame.scope else Frame(scope, frame.receiver))
            if scope.parent is None:
                return self._from_module(scope, name) or (External(f"builtins.{name}"),)
            scope = scope.parent

    def _name(self, name: str, frame: Frame) -> Values:
        scope = frame.scope
        return self._recursion.once(
            self._names,
            (frame, name),
            lambda: union(self.bound(binding, frame) for binding in scope.bindings[name]),
        )

    def _from_module(self, scope: Scope, name: str) -> Values:
        for star in scope.stars:
            if values := self.module_member(star, name, from_star=True):
                return values
        return NOTHING

    def module_member(self, module: str, name: str, *, from_star: bool = False) -> Values:
        """``module.name``: a name bound in it, a name it star-imports, a submodule; for a module outside its path."""
        unit = self.program.units.get(module)
        if unit is not None:
            if name in unit.scope.bindings:
                values = self._name(name, Frame(unit.scope))
                if values:
                    return values
            elif values := self._from_module(unit.scope, name):
                return values
        dotted = f"{module}.{name}"
        if self.program.is_module(dotted):
            return (ModuleValue(dotted),)
        if self.program.is_module(module) or from_star:
            return NOTHING
        return (External(dotted),)

    def bound(self, binding: Binding, frame: Frame) -> Values:
        """The values a binding gives its name."""
        match binding:
            case Defined(scope=scope):
                return (ClassValue(scope),) if scope.is_class else (FunctionValue(scope, frame.receiver),)
            case ImportedModule(module=module):
                return (ModuleValue(module),) if self.program.is_module(module) else (External(module),)
            case ImportedName(module=module, name=name):
                return self.module_member(module, name)
            case Assigned(expression=expression, path=path):
                return self._unpack(self.evaluate(expression, frame), path)
            case Annotated(annotation=annotation):
                return self.annotated(annotation, frame)
            case Iterated(iterable=iterable, path=path):
                elements = union(self.elements(value) for value in self.evaluate(iterable, frame))
                return self._unpack(elements, path)
            case Entered(context=context, path=path):
                entered = union(self._containers.entered(value) for value in self.evaluate(context, frame))
                return self._unpack(entered, path)
            case Argument(parameter=parameter):
                return self._argument(parameter, frame)

    def _unpack(self, values: Values, path: tuple[int, ...]) -> Values:
        for index in path:
            values = union(self.item(value, index) for value in values)
        return values

    def _argument(self, parameter: s.Parameter, frame: Frame) -> Values:
        scope = frame.scope
        owner = scope.owner
        if owner is not None and parameter.name == scope.first_parameter():
            decorators = set(scope.decorator_names())
            receiver = frame.receiver or owner
            if "classmethod" in decorators or scope.short_name in {"__new__", "__init_subclass__"}:
                return (ClassValue(receiver),)
            if "staticmethod" not in decorators:
                return (InstanceValue(receiver),)
        passed = frame.passed(parameter.name)
        if passed is not None and passed.expression is not s.OPAQUE:
            return self.evaluate(passed.expression, passed.frame)
        outer = Frame(scope.parent or scope)
        given = (knowledge.argument(self, scope, parameter) for knowledge in self._knowledge)
        values = [known for known in given if known is not None]
        if parameter.annotation is not None:
            declared = self.annotated(parameter.annotation, outer)
            values.append((Container(declared),) if parameter.prefix == "*" else declared)
        if parameter.default is not None:
            values.append(self.evaluate(parameter.default, outer))
        declared = any(isinstance(value, InstanceValue | ClassValue | Rows) for found in values for value in found)
        if not declared and passed is None:
            values.extend(self._from_callers(scope, parameter))
        values.append((ParameterValue(scope, parameter.name),))
        return union(values)

    def _from_callers(self, scope: Scope, parameter: s.Parameter) -> Iterable[Values]:
        for expression, frame in self.passed(scope, parameter):
            passed = self.evaluate(expression, frame)
            yield tuple(value for value in passed if not isinstance(value, ParameterValue))

    def passed(self, scope: Scope, parameter: s.Parameter) -> Iterable[tuple[s.Expression, Frame]]:
        """What the program's own calls pass for a parameter, with the frame each stands in."""
        if parameter.prefix:
            return
        for site in self._call_sites.get(scope, ())[:MAX_CALLERS]:
            expression = self.actual(scope, parameter.name, site.call, bound=_is_method(scope))
            if expression is not None:
                yield expression, site.frame

    def actual(self, scope: Scope, parameter: str, call: s.Call, *, bound: bool) -> s.Expression | None:
        """The expression a call passes for a parameter; `bound` when the receiver is passed implicitly."""
        keyword = call.keyword(parameter)
        if keyword is not None or not isinstance(scope.node, s.Function):
            return keyword
        names = [p.name for p in scope.node.parameters if not p.prefix and not p.keyword_only]
        if bound:
            names = names[1:]
        if parameter not in names:
            return None
        position = names.index(parameter)
        if any(isinstance(argument, s.Star) for argument in call.arguments[: position + 1]):
            return None
        return call.arguments[position] if position < len(call.arguments) else None

    # --- operations on values

    def attribute(self, value: Value, name: str) -> Values:
        """What ``value.name`` may be."""
        for knowledge in self._knowledge:
            if (known := knowledge.attribute(self, value, name)) is not None:
                return known
        match value:
            case ModuleValue(name=module):
                return self.module_member(module, name)
            case ClassValue(scope=scope):
                return self.member(scope, name, on_class=True)
            case InstanceValue(scope=scope):
                return self.member(scope, name, on_class=False)
            case SuperValue(receiver=receiver, after=after):
                return self.member(receiver, name, on_class=False, after=after)
            case External(path=path, site=site):
                return (External(f"{path}.{name}", site),)
            case Rows():
                return (RowsMethod(value, name),)
            case ConstantValue(value=constant) if constant is not None:
                return (External(f"builtins.{type(constant).__name__}().{name}"),)
            case SequenceValue() | Container() | SumValue():
                return (External(f"builtins.list().{name}"),)
            case MappingValue() if name in {"values", "get", "items", "pop", "setdefault"}:
                return (External(f"builtins.dict().{name}"),)
            case MappingValue():
                return (External(f"builtins.dict().{name}"),)
            case _:
                return NOTHING

    def member(self, scope: Scope, name: str, *, on_class: bool, after: Scope | None = None) -> Values:
        """An attribute of a class or of its instances, searched in its ancestors (behind `after` for ``super()``)."""
        key = (scope, name, on_class, after)
        return self._recursion.once(
            self._members, key, lambda: self._member(scope, name, on_class=on_class, after=after)
        )

    def _member(self, scope: Scope, name: str, *, on_class: bool, after: Scope | None) -> Values:
        order = self.order(scope)
        if after is not None and after in order:
            order = order[order.index(after) + 1 :]
        found: list[Values] = []
        outside: str | None = None
        for ancestor in order:
            if isinstance(ancestor, str):
                outside = outside or ancestor
                continue
            if not on_class:
                for binding, method in ancestor.attributes.get(name, ()):
                    found.append(self.bound(binding, Frame(method, scope)))
            if name in ancestor.bindings:
                found.append(self._class_level(ancestor, name, scope, on_class=on_class))
                break
        values = union(found)
        if values or found:
            return values
        if outside is not None and outside != "builtins.object":
            return (External(f"{outside}.{name}" if on_class else f"{outside}().{name}"),)
        if after is None:
            return union(
                self._class_level(child, name, child, on_class=on_class)
                for child in self.subclasses(scope)
                if name in child.bindings
            )
        return NOTHING

    def _class_level(self, owner: Scope, name: str, receiver: Scope, *, on_class: bool) -> Values:
        found: list[Values] = []
        for binding in owner.bindings[name]:
            if isinstance(binding, Defined) and binding.scope.is_function:
                found.append(self._method(binding.scope, receiver, on_class=on_class))
            else:
                found.append(self.bound(binding, Frame(owner)))
        return union(found)

    def _method(self, function: Scope, receiver: Scope, *, on_class: bool) -> Values:
        decorators = set(function.decorator_names())
        if "staticmethod" in decorators:
            return (FunctionValue(function),)
        if "classmethod" in decorators:
            return (MethodValue(function, receiver),)
        if on_class:
            return (FunctionValue(function, receiver),)
        if decorators & PROPERTY_DECORATORS or any(name.endswith("_property") for name in decorators):
            return self.returned(Frame(function, receiver))
        return (MethodValue(function, receiver),)

    def call(self, callee: Value, call: s.Call, frame: Frame) -> Values:
        """What calling a value may give."""
        for knowledge in self._knowledge:
            if (known := knowledge.call(self, callee, call, frame)) is not None:
                return known
        match callee:
            case ClassValue(scope=scope):
                return (InstanceValue(scope),)
            case FunctionValue(scope=scope, receiver=receiver):
                inner = self.called(Frame(scope, receiver), call, frame, bound=False)
                return self._substituted(self.returned(inner), scope, call, frame, bound=False)
            case MethodValue(scope=scope, receiver=receiver):
                inner = self.called(Frame(scope, receiver), call, frame, bound=True)
                return self._substituted(self.returned(inner), scope, call, frame, bound=True)
            case InstanceValue(scope=scope):
                methods = self.member(scope, "__call__", on_class=False)
                return union(self.call(m, call, frame) for m in methods if isinstance(m, MethodValue))
            case External(path=path, site=site):
                return (External(f"{path}()", Site(call, frame)) if site is None else External(f"{path}()", site),)
            case _:
                return NOTHING

    def called(
        self, callee: Frame, call: s.Call, frame: Frame, *, bound: bool, decides: Callable[[Value], bool] | None = None
    ) -> Frame:
        """The callee's frame with those arguments of one call that decide what the function is about.

        Called from a closed frame it is closed as well.
        """
        node = callee.scope.node
        if not isinstance(node, s.Function) or (decides is None and not self._deciding):
            return callee
        decides = decides or self._decides
        found: list[Given] = []
        if frame.depth < MAX_GIVEN and (call.arguments or call.keywords):
            for parameter in node.parameters[1 if bound else 0 :]:
                actual = None if parameter.prefix else self.actual(callee.scope, parameter.name, call, bound=bound)
                if isinstance(actual, s.Name | s.Attribute | s.Call) and any(
                    map(decides, self.evaluate(actual, frame))
                ):
                    found.append(Given(parameter.name, actual, frame))
        inner = Frame(callee.scope, callee.receiver, given=tuple(found)) if found else callee
        inner = inner.closed() if frame.is_closed else inner
        return self._frames.setdefault(inner, inner)  # Equal frames are one: they are compared all the time.

    def _decides(self, value: Value) -> bool:
        return any(knowledge.decides(value) for knowledge in self._deciding)

    def _substituted(self, values: Values, scope: Scope, call: s.Call, frame: Frame, *, bound: bool) -> Values:
        """Returned parameters become what this call passes for them."""
        if not any(isinstance(value, ParameterValue) for value in values):
            return values
        found: list[Values] = []
        for value in values:
            if isinstance(value, ParameterValue) and value.scope is scope:
                actual = self.actual(scope, value.name, call, bound=bound)
                if actual is not None:
                    found.append(self.evaluate(actual, frame))
            else:
                found.append((value,))
        return union(found)

    def returned(self, frame: Frame) -> Values:
        """What a function returns; a generator gives a container of what it yields."""
        return self._recursion.once(self._returns, frame, lambda: self._returned(frame))

    def _returned(self, frame: Frame) -> Values:
        node = frame.scope.node
        if not isinstance(node, s.Function):
            return NOTHING
        returns, yields = _results(node)
        values = union(self.evaluate(value, frame) for value in returns)
        if yields:
            produced: list[Values] = []
            for item in yields:
                if item.value is not None:
                    inner = self.evaluate(item.value, frame)
                    produced.append(union(map(self.elements, inner)) if item.delegated else inner)
            values = (Container(union(produced)),)
        known = [v for v in values if not isinstance(v, ParameterValue | ConstantValue)]
        if not known and node.returns is not None:
            return union((values, self.annotated(node.returns, Frame(frame.scope.parent or frame.scope))))
        return values

    union = staticmethod(union)


def _is_method(scope: Scope) -> bool:
    return scope.owner is not None and "staticmethod" not in set(scope.decorator_names())


def _results(node: s.Function) -> tuple[list[s.Expression], list[s.Yield]]:
    """The returned expressions and the yields of a function's own body."""
    returns: list[s.Expression] = []
    yields: list[s.Yield] = []
    pending: list[s.Statement] = list(reversed(node.body))
    while pending:
        statement = pending.pop()
        match statement:
            case s.Return(value=value) if value is not None:
                returns.append(value)
            case s.Evaluate(value=s.Yield() as found):
                yields.append(found)
            case s.Assign(value=s.Yield() as found):
                yields.append(found)
            case s.With(body=body) | s.Loop(body=body):
                pending.extend(reversed(body))
            case s.Branch(arms=arms):
                for arm in reversed(arms):
                    pending.extend(reversed(arm))
            case _:
                pass
    return returns, yields
