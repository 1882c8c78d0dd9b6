"""The linker: what an expression stands for, found on demand.

A points-to analysis in the style of demand-driven, field-sensitive analyses (Sridharan and Bodik, "Refinement-based
context-sensitive points-to analysis", 2006), much simplified: insensitive to the order of statements, sensitive to the
class of the receiver, memoised per (expression, frame), capped. Where nothing is known the answer is empty; nothing is guessed
from a bare name.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from strangler_analyzers import syntax as s
from strangler_analyzers.inheritance import Ancestor, linearise
from strangler_analyzers.knowledge import Knowledge
from strangler_analyzers.program import (
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
from strangler_analyzers.values import (
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
)

MAX_VALUES = 16
"""An expression that may be more things than this is as good as unknown; the first ones are kept."""
MAX_DEPTH = 80
"""Longer chains of definitions are cut."""
MAX_CALLERS = 40
"""Callers asked for the value of a parameter."""

_PROPERTY = frozenset({"property", "cached_property", "hybrid_property", "classproperty", "setter", "getter"})
_Key = TypeVar("_Key", bound=Hashable)
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
        self._call_sites = call_sites
        self._memo: dict[tuple[s.Expression, Frame], Values] = {}
        self._names: dict[tuple[Scope, str, Scope | None], Values] = {}
        self._members: dict[tuple[Scope, str, bool, Scope | None], Values] = {}
        self._returns: dict[Frame, Values] = {}
        self._elements: dict[Value, Values] = {}
        self._items: dict[tuple[Value, str | int | float | bool | None], Values] = {}
        self._orders: dict[Scope, tuple[Ancestor, ...]] = {}
        self._subclasses: dict[Scope, list[Scope]] | None = None
        self._depth = 0

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
                return self._guarded(self._memo, key, lambda: self._compute(expression, frame))

    def _compute(self, expression: s.Expression, frame: Frame) -> Values:
        match expression:
            case s.Attribute(value=value, name=name):
                return self.union(self.attribute(owner, name) for owner in self.evaluate(value, frame))
            case s.Call():
                return self._call(expression, frame)
            case s.Subscript(value=value, index=index):
                return self._subscript(value, index, frame)
            case s.Choice(values=values):
                return self.union(self.evaluate(value, frame) for value in values)
            case s.Operation(operator="+", left=left, right=right):
                return (SumValue(left, right, frame),)
            case s.Operation(left=left, right=right):
                return self.union((self.evaluate(left, frame), self.evaluate(right, frame)))
            case s.Comprehension(element=element):
                return (Container(self.evaluate(element, frame)),)
            case _:
                return NOTHING

    def _call(self, call: s.Call, frame: Frame) -> Values:
        if isinstance(call.function, s.Name) and call.function.id == "super":
            return self._super(frame)
        callees = self.evaluate(call.function, frame)
        return self.union(self.call(callee, call, frame) for callee in callees)

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
        return self.union(self.item(owner, key) for owner in self.evaluate(value, frame))

    # --- names

    def lookup(self, name: str, frame: Frame) -> Values:
        """The values of a plain name, searched as Python does: function, enclosing functions, module, builtins."""
        scope: Scope | None = frame.scope
        first = True
        while scope is not None:
            if name in scope.bindings and (first or not scope.is_class):
                return self._name(name, Frame(scope, frame.receiver))
            if scope.parent is None:
                return self._from_module(scope, name) or (External(f"builtins.{name}"),)
            first = False
            scope = scope.parent
        return NOTHING

    def _name(self, name: str, frame: Frame) -> Values:
        scope = frame.scope
        key = (scope, name, frame.receiver)
        return self._guarded(
            self._names,
            key,
            lambda: self.union(self.bound(binding, frame) for binding in scope.bindings[name]),
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
                elements = self.union(self.elements(value) for value in self.evaluate(iterable, frame))
                return self._unpack(elements, path)
            case Entered(context=context, path=path):
                entered = self.union(self._enter(value) for value in self.evaluate(context, frame))
                return self._unpack(entered, path)
            case Argument(parameter=parameter):
                return self._argument(parameter, frame)

    def _unpack(self, values: Values, path: tuple[int, ...]) -> Values:
        for index in path:
            values = self.union(self.item(value, index) for value in values)
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
        outer = Frame(scope.parent or scope)
        values: list[Values] = []
        for knowledge in self._knowledge:
            if (known := knowledge.argument(self, scope, parameter)) is not None:
                values.append(known)
        if parameter.annotation is not None:
            declared = self.annotated(parameter.annotation, outer)
            values.append((Container(declared),) if parameter.prefix == "*" else declared)
        if parameter.default is not None:
            values.append(self.evaluate(parameter.default, outer))
        if not any(isinstance(value, InstanceValue | ClassValue | Rows) for found in values for value in found):
            values.extend(self._from_callers(scope, parameter))
        values.append((ParameterValue(scope, parameter.name),))
        return self.union(values)

    def _from_callers(self, scope: Scope, parameter: s.Parameter) -> Iterable[Values]:
        """What the program's own calls pass for a parameter."""
        if parameter.prefix:
            return
        for site in self._call_sites.get(scope, ())[:MAX_CALLERS]:
            expression = self.actual(scope, parameter.name, site.call, bound=_is_method(scope))
            if expression is not None:
                passed = self.evaluate(expression, site.frame)
                yield tuple(value for value in passed if not isinstance(value, ParameterValue))

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

    # --- annotations

    def annotated(self, annotation: s.Expression, frame: Frame) -> Values:
        """The values a declared type allows."""
        match annotation:
            case s.Operation(operator="|", left=left, right=right):
                return self.union((self.annotated(left, frame), self.annotated(right, frame)))
            case s.Subscript(value=value, index=index):
                return self._generic(value, index, frame)
            case s.Name() | s.Attribute():
                return self.union(self._instance_of(value) for value in self.evaluate(annotation, frame))
            case _:
                return NOTHING

    def _instance_of(self, value: Value) -> Values:
        match value:
            case ClassValue(scope=scope):
                return (InstanceValue(scope),)
            case External(path=path) if not path.startswith(("builtins.", "typing.")):
                return (External(f"{path}()"),)
            case _:
                return NOTHING

    def _generic(self, origin: s.Expression, index: s.Expression, frame: Frame) -> Values:
        name = (s.dotted(origin) or "").rpartition(".")[2]
        arguments = index.elements if isinstance(index, s.Sequence) else (index,)
        match name:
            case "Optional" | "Annotated" | "Final" | "ClassVar" | "Awaitable" | "Required" | "NotRequired" | "Mapped":
                declared = self.annotated(arguments[0], frame)
                if name != "Annotated":
                    return declared
                extra = self.union(self.evaluate(argument, frame) for argument in arguments[1:])
                return self.union(
                    (
                        declared,
                        tuple(v for v in extra if isinstance(v, External) and v.site is not None),
                    )
                )
            case "Union":
                return self.union(self.annotated(argument, frame) for argument in arguments)
            case "type" | "Type":
                instances = self.annotated(arguments[0], frame)
                return tuple(ClassValue(v.scope) for v in instances if isinstance(v, InstanceValue))
            case "dict" | "Dict" | "Mapping" | "MutableMapping" | "defaultdict" | "Generator" | "Coroutine":
                position = 1 if name in {"dict", "Dict", "Mapping", "MutableMapping", "defaultdict"} else 0
                chosen = arguments[2] if name == "Coroutine" and len(arguments) > 2 else None
                if chosen is not None:
                    return self.annotated(chosen, frame)
                return (Container(self.annotated(arguments[min(position, len(arguments) - 1)], frame)),)
            case (
                "list"
                | "List"
                | "set"
                | "Set"
                | "tuple"
                | "Tuple"
                | "Sequence"
                | "Iterable"
                | "Iterator"
                | "Collection"
                | "frozenset"
                | "FrozenSet"
                | "AsyncIterator"
                | "AsyncGenerator"
                | "AsyncIterable"
                | "deque"
            ):
                return (Container(self.union(self.annotated(argument, frame) for argument in arguments)),)
            case _:
                return self.annotated(origin, frame)

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
        """An attribute of a class or of its instances, searched in its ancestors (from behind `after` for ``super()``)."""
        key = (scope, name, on_class, after)
        return self._guarded(self._members, key, lambda: self._member(scope, name, on_class, after))

    def _member(self, scope: Scope, name: str, on_class: bool, after: Scope | None) -> Values:
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
                found.append(self._class_level(ancestor, name, scope, on_class))
                break
        values = self.union(found)
        if values or found:
            return values
        if outside is not None and outside != "builtins.object":
            return (External(f"{outside}.{name}" if on_class else f"{outside}().{name}"),)
        if after is None:
            return self.union(
                self._class_level(child, name, child, on_class)
                for child in self.subclasses(scope)
                if name in child.bindings
            )
        return NOTHING

    def _class_level(self, owner: Scope, name: str, receiver: Scope, on_class: bool) -> Values:
        found: list[Values] = []
        for binding in owner.bindings[name]:
            if isinstance(binding, Defined) and binding.scope.is_function:
                found.append(self._method(binding.scope, receiver, on_class))
            else:
                found.append(self.bound(binding, Frame(owner)))
        return self.union(found)

    def _method(self, function: Scope, receiver: Scope, on_class: bool) -> Values:
        decorators = set(function.decorator_names())
        if "staticmethod" in decorators:
            return (FunctionValue(function),)
        if "classmethod" in decorators:
            return (MethodValue(function, receiver),)
        if on_class:
            return (FunctionValue(function, receiver),)
        if decorators & _PROPERTY or any(name.endswith("_property") for name in decorators):
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
                return self._substituted(self.returned(Frame(scope, receiver)), scope, call, frame, bound=False)
            case MethodValue(scope=scope, receiver=receiver):
                return self._substituted(self.returned(Frame(scope, receiver)), scope, call, frame, bound=True)
            case InstanceValue(scope=scope):
                methods = self.member(scope, "__call__", on_class=False)
                return self.union(self.call(m, call, frame) for m in methods if isinstance(m, MethodValue))
            case External(path=path, site=site):
                return (External(f"{path}()", Site(call, frame)) if site is None else External(f"{path}()", site),)
            case _:
                return NOTHING

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
        return self.union(found)

    def returned(self, frame: Frame) -> Values:
        """What a function returns; a generator gives a container of what it yields."""
        return self._guarded(self._returns, frame, lambda: self._returned(frame))

    def _returned(self, frame: Frame) -> Values:
        node = frame.scope.node
        if not isinstance(node, s.Function):
            return NOTHING
        returns, yields = _results(node)
        values = self.union(self.evaluate(value, frame) for value in returns)
        if yields:
            produced: list[Values] = []
            for item in yields:
                if item.value is not None:
                    inner = self.evaluate(item.value, frame)
                    produced.append(self.union(map(self.elements, inner)) if item.delegated else inner)
            values = (Container(self.union(produced)),)
        known = [v for v in values if not isinstance(v, ParameterValue | ConstantValue)]
        if not known and node.returns is not None:
            return self.union((values, self.annotated(node.returns, Frame(frame.scope.parent or frame.scope))))
        return values

    def elements(self, value: Value) -> Values:
        """What iterating over a value may give."""
        return self._guarded(self._elements, value, lambda: self._compute_elements(value))

    def _compute_elements(self, value: Value) -> Values:
        for knowledge in self._knowledge:
            if (known := knowledge.elements(self, value)) is not None:
                return known
        match value:
            case SequenceValue(node=node, frame=frame):
                return self.union(self._display_element(element, frame) for element in node.elements)
            case SumValue(left=left, right=right, frame=frame):
                both = (*self.evaluate(left, frame), *self.evaluate(right, frame))
                return self.union(self.elements(part) for part in both)
            case Container(values=values):
                return values
            case MappingValue(node=node, frame=frame):
                return self.union(self.evaluate(key, frame) for key in node.keys if key is not None)
            case Rows(model=model):
                return (InstanceValue(model),)
            case InstanceValue(scope=scope):
                iterators = self.member(scope, "__iter__", on_class=False)
                made = [self.returned(Frame(m.scope, m.receiver)) for m in iterators if isinstance(m, MethodValue)]
                return self.union(self.elements(v) for values in made for v in values if v != value)
            case _:
                return NOTHING

    def _display_element(self, element: s.Expression, frame: Frame) -> Values:
        if isinstance(element, s.Star):
            return self.union(map(self.elements, self.evaluate(element.value, frame)))
        return self.evaluate(element, frame)

    def item(self, value: Value, key: str | int | float | bool | None) -> Values:
        """What ``value[key]`` may be; None for a key that is not a constant."""
        return self._guarded(self._items, (value, key), lambda: self._compute_item(value, key))

    def _compute_item(self, value: Value, key: str | int | float | bool | None) -> Values:
        match value:
            case SequenceValue(node=node, frame=frame) if isinstance(key, int) and -len(node.elements) <= key < len(
                node.elements
            ):
                if not any(isinstance(element, s.Star) for element in node.elements):
                    return self.evaluate(node.elements[key], frame)
                return self.elements(value)
            case MappingValue(node=node, frame=frame):
                return self._entry(node, frame, key)
            case InstanceValue(scope=scope):
                methods = self.member(scope, "__getitem__", on_class=False)
                found = [self.returned(Frame(m.scope, m.receiver)) for m in methods if isinstance(m, MethodValue)]
                return self.union(found)
            case ClassValue():
                return (value,)
            case External(path=path, site=site):
                return (External(f"{path}[]", site),)
            case _:
                return self.elements(value)

    def _entry(self, node: s.Mapping, frame: Frame, key: str | int | float | bool | None) -> Values:
        found: list[Values] = []
        for name, item in zip(node.keys, node.values, strict=True):
            if name is None:
                found.append(self.union(self.item(value, key) for value in self.evaluate(item, frame)))
            elif key is None or not isinstance(name, s.Constant) or name.value == key:
                found.append(self.evaluate(item, frame))
        return self.union(found)

    def _enter(self, value: Value) -> Values:
        match value:
            case InstanceValue(scope=scope):
                for name in ("__enter__", "__aenter__"):
                    methods = self.member(scope, name, on_class=False)
                    made = [self.returned(Frame(m.scope, m.receiver)) for m in methods if isinstance(m, MethodValue)]
                    if made:
                        return self.union(made) or (value,)
                return (value,)
            case Container(values=values):
                return values
            case _:
                return (value,)

    # --- classes

    def order(self, scope: Scope) -> tuple[Ancestor, ...]:
        """The class and its ancestors in the order Python searches them; paths for those outside the program."""
        known = self._orders.get(scope)
        if known is not None:
            return known
        self._orders[scope] = (scope,)  # A class that inherits from itself ends here.
        parents = [self._parent_order(base) for base in self.bases(scope) if base is not scope]
        self._orders[scope] = linearise(scope, parents)
        return self._orders[scope]

    def _parent_order(self, base: Ancestor) -> tuple[Ancestor, ...]:
        return (base,) if isinstance(base, str) else self.order(base)

    def bases(self, scope: Scope) -> tuple[Ancestor, ...]:
        """The direct ancestors of a class."""
        if not isinstance(scope.node, s.Class):
            return ()
        bases: list[Ancestor] = []
        frame = Frame(scope.parent or scope)
        for expression in scope.node.bases:
            target = expression.value if isinstance(expression, s.Subscript) else expression
            for value in self.evaluate(target, frame):
                if isinstance(value, ClassValue):
                    bases.append(value.scope)
                    break
                if isinstance(value, External):
                    bases.append(value.path)
                    break
        return tuple(dict.fromkeys(bases))

    def inherits(self, scope: Scope, paths: frozenset[str]) -> bool:
        """Whether a class has one of the given outside classes among its ancestors."""
        return any(ancestor in paths for ancestor in self.order(scope) if isinstance(ancestor, str))

    def subclasses(self, scope: Scope) -> Sequence[Scope]:
        """All classes of the program below a class, in source order."""
        if self._subclasses is None:
            self._subclasses = {}
            for child in self.program.classes.values():
                for ancestor in self.order(child)[1:]:
                    if not isinstance(ancestor, str):
                        self._subclasses.setdefault(ancestor, []).append(child)
        return self._subclasses.get(scope, ())

    def property_getter(self, scope: Scope, name: str) -> Scope | None:
        """The function that runs when ``instance.name`` is read, if `name` is a property."""
        for ancestor in self.order(scope):
            if isinstance(ancestor, str) or name not in ancestor.bindings:
                continue
            for binding in ancestor.bindings[name]:
                if isinstance(binding, Defined) and set(binding.scope.decorator_names()) & _PROPERTY:
                    return binding.scope
            return None
        return None

    # --- bookkeeping

    @staticmethod
    def union(parts: Iterable[Values]) -> Values:
        """All values of the parts, each once, capped."""
        merged: dict[Value, None] = {}
        for part in parts:
            for value in part:
                merged[value] = None
            if len(merged) >= MAX_VALUES:
                break
        return tuple(merged)[:MAX_VALUES]

    def _guarded(self, memo: dict[_Key, Values], key: _Key, compute: Callable[[], Values]) -> Values:
        """Memoised; a value that depends on itself is empty at the point where it does."""
        known = memo.get(key)
        if known is not None:
            return known
        if self._depth >= MAX_DEPTH:
            return NOTHING
        memo[key] = NOTHING
        self._depth += 1
        try:
            memo[key] = compute()
        finally:
            self._depth -= 1
        return memo[key]


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
