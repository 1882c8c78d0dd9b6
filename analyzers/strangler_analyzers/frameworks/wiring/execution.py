"""Follows the code that wires an application: modules in order, and the functions they call, with their arguments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.wiring.activation import Closure
from strangler_analyzers.frameworks.wiring.call_index import Interest
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, External, Frame, FunctionValue, MethodValue, Value, Values
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import calls, children, expressions, statements

MAX_NESTING = 24
"""The deepest nesting of calls that is followed."""
MAX_RUNS = 20_000
"""The most runs of functions followed in total."""


class Listener:
    """A framework's callbacks for the calls that are made; subclasses override the first two methods."""

    def called(self, call: s.Call, frame: Frame) -> bool:
        """A call is made. True if it means something to the framework, so that it is not followed."""
        raise NotImplementedError

    def decorated(self, decorator: s.Expression, frame: Frame, target: Scope) -> bool:
        """A function or class is decorated, or passed to the result of a call. True as for `called`."""
        raise NotImplementedError

    def stands_for(self, decorator: s.Expression, frame: Frame) -> s.Expression:
        """The program's own decorator that a library's method delegates to; the decorator itself if there is none."""
        return decorator

    def followed(self, decorator: s.Expression, frame: Frame, target: Scope) -> None:
        """All calls of a decorator that meant nothing by itself have been reported."""


class Execution:
    """Runs a program abstractly, as far as its wiring goes."""

    def __init__(self, evaluator: Evaluator, interest: Interest, listener: Listener) -> None:
        self._evaluator = evaluator
        self._interest = interest
        self._listener = listener
        self._entered: set[Scope] = set()
        self._done: set[Frame] = set()
        self._stack: list[Scope] = []

    def run(self) -> None:
        """Run every module, then every function without a known caller, then those never reached."""
        program = self._evaluator.resolver.program
        for unit in program.units.values():
            if unit.role is ModuleRole.APPLICATION and unit.scope in self._interest.scopes:
                self._block(unit.tree.body, Frame(unit.scope))
        functions = [scope for scope in program.functions.values() if scope in self._interest.scopes]
        functions = [scope for scope in functions if scope.module.role is ModuleRole.APPLICATION]
        for scope in functions:
            if scope not in self._interest.called and scope not in self._entered:
                self._start(scope)
        for scope in functions:
            if scope not in self._entered:
                self._start(scope)

    def _start(self, scope: Scope) -> None:
        self._enter(Frame(scope, scope.owner))

    def _enter(self, frame: Frame) -> None:
        scope = frame.scope
        node = scope.node
        if not isinstance(node, s.Function) or frame in self._done or scope in self._stack:
            return
        if len(self._stack) >= MAX_NESTING or len(self._done) >= MAX_RUNS:
            return
        self._done.add(frame)
        self._entered.add(scope)
        self._stack.append(scope)
        self._block(node.body, frame)
        self._stack.pop()

    # --- statements

    def _block(self, block: Iterable[s.Statement], frame: Frame) -> None:
        for statement in block:
            self._statement(statement, frame)

    def _statement(self, statement: s.Statement, frame: Frame) -> None:
        for expression in expressions(statement):
            self._expression(expression, frame)
        match statement:
            case s.Function() | s.Class():
                self._definition(statement, frame)
            case s.With(body=body):
                self._block(body, frame)
            case s.Branch(arms=arms):
                for arm in arms:
                    self._block(arm, frame)
            case s.Loop(target=target, iterable=iterable, body=body):
                turns = [frame] if target is None else self._turns(target, iterable, body, frame)
                for turn in turns:
                    self._block(body, turn)
            case _:
                pass

    def _turns(
        self, target: s.Expression, iterable: s.Expression, body: Sequence[s.Statement], frame: Frame
    ) -> Iterable[Frame]:
        """A loop in which nothing is wired runs once."""
        return self._evaluator.containers.turns(target, iterable, frame) if self._wires(body) else (frame,)

    def _wires(self, block: Iterable[s.Statement]) -> bool:
        names = self._interest.names
        for statement in statements(block):
            if isinstance(statement, s.Function | s.Class) and statement.decorators:
                return True
            if any(spelling.last_name(call.function) in names for call in calls(expressions(statement))):
                return True
        return False

    def _definition(self, node: s.Function | s.Class, frame: Frame) -> None:
        scope = next((child for child in frame.scope.children if child.node is node), None)
        if scope is None:
            return
        for decorator in reversed(node.decorators):
            for argument in _arguments(decorator):
                self._expression(argument, frame)
            self._decorate(decorator, frame, scope)
        if scope.is_class:
            self._block(node.body, Frame(scope))

    def _decorate(self, decorator: s.Expression, frame: Frame, target: Scope) -> None:
        if not self._listener.decorated(decorator, frame, target):
            self._apply(self._listener.stands_for(decorator, frame), frame, target)
            self._listener.followed(decorator, frame, target)

    def _apply(self, decorator: s.Expression, frame: Frame, target: Scope) -> None:
        if isinstance(decorator, s.Call):
            if spelling.last_name(decorator) not in self._interest.names:
                return
            self._follow(decorator, frame)
        elif spelling.last_name(decorator) not in self._interest.names:
            return
        wrapped = _reference(target, frame)
        for value in self._evaluator.evaluate(decorator, frame):
            if isinstance(value, FunctionValue | MethodValue) and value.scope in self._interest.scopes:
                self._enter(self._applied(value, wrapped))

    def _applied(self, value: FunctionValue | MethodValue, wrapped: Value) -> Frame:
        node = value.scope.node
        skipped = 1 if isinstance(value, MethodValue) else 0
        parameters = node.parameters[skipped : skipped + 1] if isinstance(node, s.Function) else ()
        names: dict[str, Values] = {parameter.name: (wrapped,) for parameter in parameters}
        outer = value.outer if isinstance(value, Closure) else None
        return self._evaluator.frames.run(value.scope, value.receiver, names, outer)

    # --- expressions

    def _expression(self, expression: s.Expression, frame: Frame) -> None:
        if isinstance(expression, s.Comprehension):
            self._comprehension(expression, frame, 0)
            return
        for child in children(expression):
            self._expression(child, frame)
        if isinstance(expression, s.Call):
            self._call(expression, frame)

    def _comprehension(self, node: s.Comprehension, frame: Frame, depth: int) -> None:
        if depth == len(node.generators):
            self._expression(node.element, frame)
            return
        generator = node.generators[depth]
        self._expression(generator.iterable, frame)
        wires = any(isinstance(part, s.Call) for part in (node.element, *children(node.element)))
        turns = self._evaluator.containers.turns(generator.target, generator.iterable, frame) if wires else (frame,)
        for turn in turns:
            self._comprehension(node, turn, depth + 1)

    def _call(self, call: s.Call, frame: Frame) -> None:
        if isinstance(call.function, s.Call) and len(call.arguments) == 1:
            for value in self._evaluator.evaluate(call.arguments[0], frame):
                if isinstance(value, FunctionValue | MethodValue | ClassValue):
                    self._decorate(call.function, frame, value.scope)
        elif spelling.last_name(call.function) in self._interest.names and not self._listener.called(call, frame):
            self._follow(call, frame)

    def _follow(self, call: s.Call, frame: Frame) -> None:
        for callee in self._evaluator.evaluate(call.function, frame):
            match callee:
                case FunctionValue() | MethodValue():
                    if callee.scope in self._interest.scopes:
                        self._enter(self._evaluator.entered(callee, call, frame))
                case ClassValue(scope=scope):
                    self._construct(scope, call, frame)
                case External():
                    pass
                case _:
                    pass

    def _construct(self, scope: Scope, call: s.Call, frame: Frame) -> None:
        for method in self._evaluator.resolver.member(scope, "__init__", on_class=False):
            if isinstance(method, MethodValue) and method.scope in self._interest.scopes:
                names = self._evaluator.parameters.given(method, call, frame)
                receiver = method.scope.first_parameter()
                made = self._evaluator.made(ClassValue(scope), call, frame)
                if receiver is not None and isinstance(made[0], External):
                    names[receiver] = made
                self._enter(self._evaluator.frames.run(method.scope, scope, names, None))


def _arguments(decorator: s.Expression) -> Iterable[s.Expression]:
    return children(decorator) if isinstance(decorator, s.Call) else ()


def _reference(scope: Scope, frame: Frame) -> Value:
    return ClassValue(scope) if scope.is_class else Closure(scope, None, frame)
