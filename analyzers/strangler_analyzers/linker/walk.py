"""Walking functions: evaluate every expression in order and note what it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from strangler.model.location import Location
from strangler.model.system import AmbiguousCall, Call, CallKind, Confidence, OutsideUse, TableAccess
from strangler_analyzers.linker.flow import Flow
from strangler_analyzers.linker.knowledge import Access, Effect, EffectRule, Outside, Runs
from strangler_analyzers.linker.program import Defined, Scope
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import (
    ClassValue,
    External,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    ParameterValue,
    RowsMethod,
    Site,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.syntax import children

MAX_OVERRIDES = 8
"""A method with more overrides than this is an interface: the receiver decides, not we."""
MAX_CANDIDATES = 10
"""Functions of one name listed for an ambiguous call."""


class FlowAnalysis:
    """Walks functions with a resolver and the frameworks' rules."""

    def __init__(self, resolver: Resolver, rules: Sequence[EffectRule]) -> None:
        self.resolver = resolver
        self.rules = rules
        self._named: dict[str, list[str]] = {}
        for name, scope in resolver.program.functions.items():
            self._named.setdefault(scope.short_name, []).append(name)

    def of(self, scope: Scope) -> Flow:
        """What a function, or a module's code outside functions, does."""
        walk = _Walk(self, scope)
        walk.run()
        return walk.flow

    def candidates(self, name: str) -> tuple[str, ...]:
        """Functions and methods of the program with this short name."""
        return tuple(sorted(self._named.get(name, ()))[:MAX_CANDIDATES])


@dataclass(frozen=True, slots=True)
class _Context:
    """Where in the function the walk stands."""

    transaction: Location | None = None
    in_loop: bool = False


class _Walk:
    """One function's walk."""

    def __init__(self, analysis: FlowAnalysis, scope: Scope) -> None:
        self._analysis = analysis
        self._resolver = analysis.resolver
        self._rules = analysis.rules
        self._scope = scope
        self._frame = Frame(scope)
        self.flow = Flow()

    def run(self) -> None:
        node = self._scope.node
        context = _Context(self._decorator_transaction())
        if isinstance(node, s.Function):
            self._decorators(node)
        self._block(node.body, context)

    # --- decorators

    def _decorator_transaction(self) -> Location | None:
        node = self._scope.node
        if isinstance(node, s.Function):
            frame = Frame(self._scope.parent or self._scope)
            for decorator in node.decorators:
                if self._opens_transaction(self._resolver.evaluate(decorator, frame)):
                    return self._scope.location
        return None

    def _decorators(self, node: s.Function) -> None:
        """A decorated function runs inside what its decorators return."""
        outer = Frame(self._scope.parent or self._scope)
        for decorator in node.decorators:
            for value in self._resolver.evaluate(decorator, outer):
                if not isinstance(value, FunctionValue):
                    continue
                for wrapper in self._resolver.returned(Frame(value.scope)):
                    if isinstance(wrapper, FunctionValue) and wrapper.scope is not self._scope:
                        place = (node.line, 0)
                        self._link(wrapper.scope, place, _Context(), CallKind.DECORATOR, Confidence.CERTAIN)

    # --- statements

    def _block(self, statements: tuple[s.Statement, ...], context: _Context) -> None:
        for statement in statements:
            self._statement(statement, context)

    def _statement(self, statement: s.Statement, context: _Context) -> None:
        match statement:
            case s.Evaluate(value=value):
                self._expression(value, context)
            case s.Return(value=value):
                self._optional(value, context)
            case s.Assign(targets=targets, value=value):
                self._optional(value, context)
                self._targets(targets, value, statement.line, context)
            case s.Augment(target=target, value=value):
                self._expression(value, context)
                self._targets((target,), value, statement.line, context)
            case s.Branch(tests=tests, arms=arms):
                self._expressions(tests, context)
                for arm in arms:
                    self._block(arm, context)
            case s.Loop():
                self._loop(statement, context)
            case s.With():
                self._with(statement, context)
            case s.Delete(targets=targets, line=line):
                for target in targets:
                    self._expression(target, context)
                    values = self._resolver.evaluate(target, self._frame)
                    self._effects(
                        (line, 0), context, (r.of_delete(self._resolver, values, self._frame) for r in self._rules)
                    )
            case s.Function(decorators=decorators, parameters=parameters):
                self._expressions(decorators, context)
                for parameter in parameters:
                    self._optional(parameter.default, context)
            case s.Class():
                self._class(statement, context)
            case s.Import() | s.ImportFrom():
                pass

    def _class(self, node: s.Class, context: _Context) -> None:
        """A class body runs where the class stands."""
        self._expressions(node.decorators, context)
        self._expressions(node.bases, context)
        inner = next((child for child in self._scope.children if child.node is node), None)
        if inner is not None:
            outer, self._frame, scope, self._scope = self._frame, Frame(inner), self._scope, inner
            self._block(node.body, context)
            self._frame, self._scope = outer, scope

    def _targets(
        self, targets: tuple[s.Expression, ...], value: s.Expression | None, line: int, context: _Context
    ) -> None:
        for target in targets:
            match target:
                case s.Attribute(value=owner, name=name):
                    self._expression(owner, context)
                    owners = self._resolver.evaluate(owner, self._frame)
                    found = (r.of_assignment(self._resolver, owners, name, value, self._frame) for r in self._rules)
                    self._effects((line, 0), context, found)
                case s.Sequence(elements=elements):
                    self._targets(elements, None, line, context)
                case s.Subscript():
                    self._expression(target, context)
                case _:
                    pass

    def _loop(self, statement: s.Loop, context: _Context) -> None:
        inner = _Context(context.transaction, in_loop=True)
        if statement.target is None:
            self._expression(statement.iterable, inner)
        else:
            self._expression(statement.iterable, context)
            self._iteration(statement.iterable, statement.line, context)
        self._block(statement.body, inner)

    def _iteration(self, iterable: s.Expression, line: int, context: _Context) -> None:
        values = self._resolver.evaluate(iterable, self._frame)
        self._effects((line, 0), context, (r.of_iteration(self._resolver, values, self._frame) for r in self._rules))

    def _with(self, statement: s.With, context: _Context) -> None:
        inner = context
        for item in statement.items:
            self._expression(item.context, context)
            values = self._resolver.evaluate(item.context, self._frame)
            if self._opens_transaction(values):
                inner = _Context(self._scope.module.at(statement.line), context.in_loop)
            for value in values:
                if isinstance(value, InstanceValue):
                    for name in ("__enter__", "__aenter__", "__exit__", "__aexit__"):
                        self._method(value.scope, name, _behind(item.context, statement.line), context)
        self._block(statement.body, inner)

    def _opens_transaction(self, values: Values) -> bool:
        return any(rule.opens_transaction(self._resolver, values) for rule in self._rules)

    # --- expressions

    def _optional(self, expression: s.Expression | None, context: _Context) -> None:
        if expression is not None:
            self._expression(expression, context)

    def _expressions(self, expressions: Iterable[s.Expression], context: _Context) -> None:
        for expression in expressions:
            self._expression(expression, context)

    def _expression(self, expression: s.Expression, context: _Context) -> None:
        match expression:
            case s.Name() | s.Constant():
                pass
            case s.Call():
                self._call(expression, context)
            case s.Attribute(value=value):
                self._expression(value, context)
                self._attribute(expression, context)
            case s.Lambda(body=body):
                self._expression(body, context)
            case s.Comprehension():
                self._comprehension(expression, context)
            case _:
                self._expressions(children(expression), context)

    def _comprehension(self, node: s.Comprehension, context: _Context) -> None:
        inner = _Context(context.transaction, in_loop=True)
        for position, generator in enumerate(node.generators):
            self._expression(generator.iterable, inner if position else context)
            self._iteration(generator.iterable, _line(generator.iterable), inner if position else context)
            self._expressions(generator.conditions, inner)
        self._optional(node.key, inner)
        self._expression(node.element, inner)

    def _attribute(self, node: s.Attribute, context: _Context) -> None:
        owners = self._resolver.evaluate(node.value, self._frame)
        if not owners:
            return
        for owner in owners:
            if isinstance(owner, InstanceValue):
                getter = self._resolver.property_getter(owner.scope, node.name)
                if getter is not None:
                    self._link(getter, (node.line, 0), context, CallKind.DIRECT, Confidence.CERTAIN)
        found = (rule.of_attribute(self._resolver, owners, node.name, self._frame) for rule in self._rules)
        self._effects((node.line, 0), context, found)

    def _call(self, call: s.Call, context: _Context) -> None:
        if isinstance(call.function, s.Attribute):
            self._expression(call.function.value, context)
        else:
            self._expression(call.function, context)
        self._expressions(call.arguments, context)
        for keyword in call.keywords:
            self._expression(keyword.value, context)
        callees = self._resolver.evaluate(call.function, self._frame)
        place = (call.line, call.column)
        linked = [self._callee(value, call, place, context) for value in callees]
        self._count(call, callees, linked=any(linked))
        self._effects(
            place, context, (rule.of_call(self._resolver, call, callees, self._frame) for rule in self._rules)
        )
        if any(isinstance(value, External) and not value.path.startswith("builtins.") for value in callees):
            self._callbacks(call, place, context)

    def _callee(self, value: Value, call: s.Call, place: tuple[int, int], context: _Context) -> bool:
        """Link a call to what it runs; whether the callee belongs to the program."""
        match value:
            case FunctionValue(scope=scope):
                self._site(scope, call)
                self._link(scope, place, context, CallKind.DIRECT, Confidence.CERTAIN)
            case MethodValue(scope=scope, receiver=receiver):
                self._site(scope, call)
                self._link(scope, place, context, CallKind.DIRECT, Confidence.CERTAIN)
                self._overrides(scope, receiver, call, place, context)
            case ClassValue(scope=scope):
                made = [name for name in ("__new__", "__init__") if self._method(scope, name, place, context, call)]
                if not made:
                    self._emit(scope.name, place, context, CallKind.DIRECT, Confidence.CERTAIN)
            case InstanceValue(scope=scope):
                return self._method(scope, "__call__", place, context, call)
            case _:
                return False
        return True

    def _overrides(
        self, scope: Scope, receiver: Scope, call: s.Call, place: tuple[int, int], context: _Context
    ) -> None:
        """``self.method()`` may run what a subclass defines instead."""
        is_self = isinstance(call.function, s.Attribute) and isinstance(call.function.value, s.Name)
        if not is_self or self._scope.owner is None or receiver is not self._scope.owner:
            return
        name = scope.short_name
        overrides = [
            binding.scope
            for child in self._resolver.subclasses(receiver)
            for binding in child.bindings.get(name, ())
            if isinstance(binding, Defined) and binding.scope.is_function
        ]
        if len(overrides) <= MAX_OVERRIDES:
            for override in overrides:
                self._site(override, call)
                self._link(override, place, context, CallKind.DIRECT, Confidence.POSSIBLE)

    def _method(
        self, scope: Scope, name: str, place: tuple[int, int], context: _Context, call: s.Call | None = None
    ) -> bool:
        """Link to a special method where the program defines it."""
        methods = [
            value
            for value in self._resolver.member(scope, name, on_class=False)
            if isinstance(value, MethodValue | FunctionValue)
        ]
        for method in methods:
            if call is not None:
                self._site(method.scope, call)
            self._link(method.scope, place, context, CallKind.DIRECT, Confidence.CERTAIN)
        return bool(methods)

    def _callbacks(self, call: s.Call, place: tuple[int, int], context: _Context) -> None:
        """A function handed to a library is taken to run."""
        if not self._scope.is_function:
            return
        for argument in (*call.arguments, *(keyword.value for keyword in call.keywords)):
            if isinstance(argument, s.Name | s.Attribute):
                for value in self._resolver.evaluate(argument, self._frame):
                    if isinstance(value, FunctionValue | MethodValue):
                        self._link(value.scope, place, context, CallKind.FRAMEWORK, Confidence.LIKELY)

    # --- results

    def _site(self, scope: Scope, call: s.Call) -> None:
        self.flow.sites.append((scope, Site(call, self._frame)))

    def _link(
        self, scope: Scope, place: tuple[int, int], context: _Context, kind: CallKind, confidence: Confidence
    ) -> None:
        self._emit(scope.name, place, context, kind, confidence)

    def _caller(self) -> str:
        scope = self._scope
        while scope.is_class and scope.parent is not None:
            scope = scope.parent
        return scope.name

    def _emit(
        self, callee: str, place: tuple[int, int], context: _Context, kind: CallKind, confidence: Confidence
    ) -> None:
        line, column = place
        at = self._scope.module.at(line)
        self.flow.calls.append(
            Call(self._caller(), at, column, callee, kind, confidence, context.transaction, context.in_loop)
        )

    def _effects(self, place: tuple[int, int], context: _Context, found: Iterator[Iterable[Effect]]) -> None:
        line, column = place
        at = self._scope.module.at(line)
        caller = self._caller()
        for effect in (effect for effects in found for effect in effects):
            match effect:
                case Access(table=table, mode=mode, operation=operation, confidence=confidence):
                    self.flow.accesses.append(
                        TableAccess(
                            caller, at, column, table, mode, operation, confidence, context.transaction, context.in_loop
                        )
                    )
                case Outside(kind=kind, name=name, operation=operation):
                    self.flow.outside.append(
                        OutsideUse(caller, at, column, kind, name, operation, context.transaction, context.in_loop)
                    )
                case Runs(function=function, kind=kind, confidence=confidence):
                    self._link(function, place, context, kind, confidence)

    def _count(self, call: s.Call, callees: Values, *, linked: bool) -> None:
        outcome = self.flow.outcome
        known = [value for value in callees if not isinstance(value, ParameterValue)]
        if linked:
            outcome.resolved += 1
        elif any(isinstance(value, External) and value.path.startswith("builtins.") for value in known):
            outcome.builtin += 1
        elif any(isinstance(value, External | RowsMethod) for value in known) or known:
            outcome.external += 1
        elif isinstance(call.function, s.Attribute) and (names := self._analysis.candidates(call.function.name)):
            outcome.ambiguous += 1
            place = self._scope.module.at(call.line)
            self.flow.ambiguous.append(AmbiguousCall(self._caller(), place, call.function.name, names))
        else:
            outcome.opaque += 1


def _behind(expression: s.Expression, line: int) -> tuple[int, int]:
    """The place just after an expression: line and column."""
    return (expression.line, expression.column + 1) if isinstance(expression, s.Call) else (line, 0)


def _line(expression: s.Expression) -> int:
    """The line an expression is known to stand on; 0 when it keeps none."""
    match expression:
        case s.Call(line=line) | s.Attribute(line=line):
            return line
        case _:
            return next((line for child in children(expression) if (line := _line(child))), 0)
