"""Walks functions: evaluates every expression in order and records its effects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from strangler.model.location import Location
from strangler.model.system import CallKind, Confidence
from strangler_analyzers.linker.builtin_values import iterated
from strangler_analyzers.linker.call_links import CallLinks, Target
from strangler_analyzers.linker.call_outcomes import CallOutcomes
from strangler_analyzers.linker.callbacks import Callbacks
from strangler_analyzers.linker.contexts import Contexts, Invocation
from strangler_analyzers.linker.decisions import NO_FLAGS, Flags, leaves, only_arm
from strangler_analyzers.linker.flow import Flow
from strangler_analyzers.linker.knowledge import EffectRule, Runs
from strangler_analyzers.linker.libraries import Rules
from strangler_analyzers.linker.own_managers import OwnManagers
from strangler_analyzers.linker.protocols import Choice, Protocols
from strangler_analyzers.linker.recording import LineAndColumn, Position, Recording
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope, Unit
from strangler_analyzers.linker.values import Frame, InstanceValue, Values
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import PLAIN, children


class FlowAnalysis:
    """Walks functions with a resolver and the frameworks' rules."""

    def __init__(self, resolver: Resolver, rules: Sequence[EffectRule]) -> None:
        self._resolver = resolver
        self._rules = Rules.of(rules)
        self._links = CallLinks(resolver)
        self._implied = Protocols(resolver.program), Callbacks()
        self._outcomes = CallOutcomes(resolver.program)
        self.contexts = Contexts(resolver)

    def of(self, scope: Scope, frame: Frame | None = None, flags: Flags = NO_FLAGS) -> Flow:
        """The flow of a function, in a context if given, or of a module's top-level code."""
        recording = Recording(scope, self.contexts)
        walk = _Walk(self._resolver, self._rules, self._links, self._outcomes, recording, self._implied, flags)
        walk.run(scope, frame or self._resolver.frame(scope))
        return recording.flow()

    def leave(self, module: Unit) -> None:
        """Drop what is rarely needed again once the functions of a module have been walked."""
        self._resolver.leave(module)

    def forget(self, frame: Frame) -> None:
        """Drop the answers inside a function in one frame, once it has been walked in that frame."""
        self._resolver.forget(frame)


class _Walk:
    """The walk over one function."""

    def __init__(  # noqa: PLR0913, PLR0917 - what all walks share, and where this one writes
        self,
        resolver: Resolver,
        rules: Rules,
        links: CallLinks,
        outcomes: CallOutcomes,
        recording: Recording,
        implied: tuple[Protocols, Callbacks],
        flags: Flags,
    ) -> None:
        self._flags = flags
        self._protocols, self._callbacks = implied
        self._line = 0
        self._resolver = resolver
        self._rules = rules
        self._outcomes = outcomes
        self._recording = recording
        self._links = links
        self._managers = OwnManagers(resolver, links, self._opens_transaction)

    def run(self, scope: Scope, frame: Frame) -> None:
        node = scope.node
        position = Position(frame, self._decorator_transaction(scope))
        if isinstance(node, s.Function):
            for wrapper in () if self._resolver.is_replaced(scope) else self._links.wrappers(scope):
                made = Runs(wrapper, CallKind.DECORATOR, Confidence.CERTAIN)
                self._recording.call(made, (node.line, 0), Position(frame))
        self._block(node.body, position)

    def _decorator_transaction(self, scope: Scope) -> Location | None:
        if isinstance(scope.node, s.Function):
            outer = self._resolver.frame(scope.parent or scope)
            for decorator in scope.node.decorators:
                if self._opens_transaction(self._resolver.evaluate(decorator, outer)):
                    return scope.location
        return None

    def _opens_transaction(self, values: Values) -> bool:
        return any(opens(self._resolver, values) for opens in self._rules.opens_transaction)

    # --- statements

    def _block(self, statements: tuple[s.Statement, ...], position: Position, *, is_loop: bool = False) -> None:
        """Walk the statements that may run; a loop's ``else`` follows its body, however the body ends."""
        for statement in statements:
            self._statement(statement, position)
            if not is_loop and isinstance(statement, s.Branch) and leaves(statement, self._flags):
                break

    def _statement(self, statement: s.Statement, position: Position) -> None:
        self._line = statement.line
        match statement:
            case s.Evaluate(value=value):
                self._expression(value, position)
            case s.Return(value=value):
                self._optional(value, position)
            case s.Assign(targets=targets, value=value):
                self._optional(value, position)
                self._targets(targets, value, statement.line, position)
            case s.Augment(target=target, value=value):
                self._expression(value, position)
                self._targets((target,), value, statement.line, position)
                self._special(self._protocols.calls(target, ("__iadd__",), value), position)
            case s.Branch(tests=tests, arms=arms):
                self._expressions(tests, position)
                only = only_arm(statement, self._flags)
                for arm in arms if only is None else arms[only : only + 1]:
                    self._block(arm, position)
            case s.Loop():
                self._loop(statement, position)
            case s.With():
                self._with(statement, position)
            case s.Delete(targets=targets, line=line):
                for target in targets:
                    self._delete(target, (line, 0), position)
            case s.Function(parameters=parameters):
                for parameter in parameters:
                    self._optional(parameter.default, position)
                self._decorate(position.frame.scope.by_node.get(statement), position)
            case s.Class():
                self._class(statement, position)
            case s.Import() | s.ImportFrom():
                pass

    def _class(self, node: s.Class, position: Position) -> None:
        """Walk a class body, which runs where the class is defined."""
        self._expressions(node.bases, position)
        inner = position.frame.scope.by_node.get(node)
        if inner is not None:
            self._block(node.body, Position(self._resolver.frame(inner), position.transaction, position.in_loop))
            for target in self._links.defining(inner):
                self._recording.call(_made(target), (node.line, 0), position)
        self._decorate(inner, position)

    def _decorate(self, scope: Scope | None, position: Position) -> None:
        """Record the decorator calls, which happen where the function or class is defined."""
        for application in scope.applications if scope is not None else ():
            self._expression(application.function, position)
            self._link(application, self._resolver.evaluate(application.function, position.frame), position)
        if scope is not None:
            for wrapper, site, target in self._links.wrapped(scope, position.frame):
                place = (site.call.line, site.call.column)
                self._recording.call(_made(target), place, Position(site.frame), caller=wrapper)

    def _targets(
        self, targets: tuple[s.Expression, ...], value: s.Expression | None, line: int, position: Position
    ) -> None:
        for target in targets:
            match target:
                case s.Attribute(value=owner, name=name):
                    self._expression(owner, position)
                    owners = self._resolver.evaluate(owner, position.frame)
                    for setter in {target: None for item in owners for target in self._links.setting(item, name)}:
                        self._recording.call(_made(setter), (line, 0), position)
                    for rule in self._rules.of_assignment:
                        found = rule(self._resolver, owners, name, value, position.frame)
                        self._recording.effects(found, (line, 0), position)
                case s.Sequence(elements=elements):
                    self._targets(elements, None, line, position)
                case s.Subscript(value=owner, index=index):
                    self._expressions((owner, index), position)
                    stored = (index,) if value is None else (index, value)
                    self._special(self._protocols.calls(owner, ("__setitem__",), *stored), position)
                case _:
                    pass

    def _delete(self, target: s.Expression, place: LineAndColumn, position: Position) -> None:
        self._expressions(children(target), position)
        if isinstance(target, s.Subscript):
            self._special(self._protocols.calls(target.value, ("__delitem__",), target.index), position)
        values = self._resolver.evaluate(target, position.frame)
        for rule in self._rules.of_delete:
            self._recording.effects(rule(self._resolver, values, position.frame), place, position)

    def _loop(self, statement: s.Loop, position: Position) -> None:
        inner = position.looping()
        if statement.target is None:
            self._expression(statement.iterable, inner)
        else:
            self._expression(statement.iterable, position)
            self._iteration(statement.iterable, (statement.line, 0), position)
        self._block(statement.body, inner, is_loop=True)

    def _iteration(self, iterable: s.Expression, place: LineAndColumn, position: Position) -> None:
        self._special(self._protocols.iteration(iterable), position)
        values = self._resolver.evaluate(iterable, position.frame)
        for rule in self._rules.of_iteration:
            self._recording.effects(rule(self._resolver, values, position.frame), place, position)

    def _with(self, statement: s.With, position: Position) -> None:
        inner = position
        for item in statement.items:
            self._expression(item.context, position)
            values = self._resolver.evaluate(item.context, position.frame)
            own = self._managers.open_transaction
            if self._opens_transaction(values) or own(item.context, position.frame, self._flags):
                inner = Position(position.frame, position.frame.scope.module.at(statement.line), position.in_loop)
            for value in values:
                if isinstance(value, InstanceValue):
                    place = _behind(item.context, statement.line)
                    for method, receiver in self._links.managers(value):
                        self._recording.call(_direct(method, receiver), place, position)
        self._block(statement.body, inner)

    # --- expressions

    def _optional(self, expression: s.Expression | None, position: Position) -> None:
        if expression is not None:
            self._expression(expression, position)

    def _expressions(self, expressions: Iterable[s.Expression], position: Position) -> None:
        for expression in expressions:
            self._expression(expression, position)

    def _expression(self, expression: s.Expression, position: Position) -> None:
        if type(expression) in PLAIN:
            return
        match expression:
            case s.Call():
                self._call(expression, position)
            case s.Await(value=s.Call() as call):
                self._call(call, position, awaited=True)
            case s.Attribute(value=value):
                self._expression(value, position)
                self._attribute(expression, position)
            case s.Comprehension():
                self._comprehension(expression, position)
            case _:
                self._expressions(children(expression), position)
                self._special(self._protocols.of(expression), position)

    def _special(self, choices: Iterable[Choice], position: Position) -> None:
        """Record implicit calls of special methods."""
        for choice in choices:
            if (special := self._links.special(choice, position.frame)) is not None:
                for target in special[1]:
                    self._recording.call(_made(target), (special[0].line or self._line, 0), position)

    def _comprehension(self, node: s.Comprehension, position: Position) -> None:
        inner = position.looping()
        outer = position
        for generator in node.generators:
            self._expression(generator.iterable, outer)
            self._iteration(generator.iterable, (generator.line, 0), outer)
            self._expressions(generator.conditions, inner)
            outer = inner
        self._optional(node.key, inner)
        self._expression(node.element, inner)

    def _attribute(self, node: s.Attribute, position: Position) -> None:
        owners = self._resolver.evaluate(node.value, position.frame)
        if not owners:
            return
        place = (node.line, 0)
        for owner in owners:
            for target in self._links.reading(owner, node.name):
                self._recording.call(_made(target), place, position)
        for rule in self._rules.of_attribute:
            self._recording.effects(rule(self._resolver, owners, node.name, position.frame), place, position)

    def _call(self, call: s.Call, position: Position, *, awaited: bool = False, apart: CallKind | None = None) -> None:
        """Walk a call; `apart` means that its callee, unlike its arguments, is handed over to run apart."""
        function = call.function
        callees = self._resolver.evaluate(function, position.frame)
        handed_over = self._handed_over(call, callees, position, awaited=awaited)
        self._expression(function.value if isinstance(function, s.Attribute) else function, position)
        arguments: list[s.Expression] = []
        for argument in (*call.arguments, *(keyword.value for keyword in call.keywords)):
            if (kind := handed_over.get(argument)) is not None:
                self._runs_apart(argument, kind, (call.line, call.column), position)
            else:
                arguments.append(argument)
                self._expression(argument, position)
        apart = apart or handed_over.get(function)
        self._runs(call, callees, arguments, position if apart is None else position.handed_over(apart))

    def _handed_over(
        self, call: s.Call, callees: Values, position: Position, *, awaited: bool
    ) -> Mapping[s.Expression, CallKind]:
        return {
            item.expression: CallKind.FRAMEWORK if awaited and item.waits else item.kind
            for rule in self._rules.hands_over.of(call, callees)
            for item in rule(self._resolver, call, callees, position.frame)
        }

    def _runs_apart(self, argument: s.Expression, kind: CallKind, place: LineAndColumn, position: Position) -> None:
        apart = position.handed_over(kind)
        match argument:
            case s.Call():
                self._call(argument, position, apart=kind)
            case _:
                self._expression(argument, position)
        for function, receiver in self._links.functions(argument, position.frame):
            self._recording.call(Runs(function, kind, Confidence.LIKELY, receiver), place, apart)

    def _runs(self, call: s.Call, callees: Values, arguments: Sequence[s.Expression], position: Position) -> None:
        """Record what a call runs, directly and through a library, after its arguments are evaluated."""
        place = (call.line, call.column)
        linked = self._link(call, callees, position, flags=self._flags)
        self._outcomes.count(call, callees, self._recording, linked=linked)
        for made in self._callbacks.of(call, callees):
            self._link(made, self._resolver.evaluate(made.function, position.frame), position)
        self._special(self._protocols.builtin(call, callees), position)
        for rule in self._rules.of_call.of(call, callees):
            self._recording.effects(rule(self._resolver, call, callees, position.frame), place, position)
        for iterable in iterated(call, callees):
            if not isinstance(iterable, s.Call):  # The iteration of a call's result was recorded at that call.
                self._iteration(iterable, place, position)
        for callback, receiver in self._links.callbacks(arguments, callees, position.frame):
            runs = Runs(callback, CallKind.FRAMEWORK, Confidence.LIKELY, receiver)
            self._recording.call(runs, place, position)

    def _link(self, call: s.Call, callees: Values, position: Position, *, flags: Flags | None = None) -> bool:
        """Record the functions of the program that a call runs; True if any. `flags` is None for a synthesised call."""
        linked = False
        for callee in callees:
            for target in self._links.targets(callee, call, position.frame):
                linked = True
                place = (call.line, call.column)
                invocation = Invocation(call, position.frame, target.bound, flags)
                self._recording.call(_made(target), place, position, invocation)
        return linked


def _direct(function: Scope, receiver: Scope | None) -> Runs:
    return Runs(function, CallKind.DIRECT, Confidence.CERTAIN, receiver)


def _made(target: Target) -> Runs:
    return Runs(target.scope, target.kind, target.confidence, target.receiver)


def _behind(expression: s.Expression, line: int) -> LineAndColumn:
    """The place just after an expression."""
    return (expression.line, expression.column + 1) if isinstance(expression, s.Call) else (line, 0)
