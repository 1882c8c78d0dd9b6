"""Which calls reach which functions: the first pass over the program, before arguments flow into parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from strangler.model.system import CallKind
from strangler_analyzers.linker.call_links import CallLinks
from strangler_analyzers.linker.callbacks import Callbacks
from strangler_analyzers.linker.protocols import Choice, Protocols
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import CallSite, ClassValue, Frame, ParameterValue, Values
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import PLAIN, children

MAX_ROUNDS = 4
"""The most calls through which a function may be passed before it is called."""


class CallSites:
    """Collects the calls of each function, in the order the scopes are given and the calls are run."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._links = CallLinks(resolver)
        self._protocols = Protocols(resolver.program)
        self._callbacks = Callbacks()
        self._found: dict[Scope, dict[CallSite, None]] = {}
        self._open: dict[Scope, None] = {}
        self._count = 0

    @property
    def found(self) -> dict[Scope, list[CallSite]]:
        """The call sites of each function."""
        return {scope: list(sites) for scope, sites in self._found.items()}

    def complete(self) -> None:
        """Revisit the functions that call their parameters, with the arguments found for them.

        Each round follows functions one call further: ``apply(call, leaf)`` shows what ``call`` is called with only
        once it is known that ``apply`` calls ``call``.
        """
        for _ in range(MAX_ROUNDS):
            before = self._count
            self._resolver.learn(self.found)
            for scope in tuple(self._open):
                self.add(scope)
            if self._count == before:
                break

    def add(self, scope: Scope) -> None:
        """Record which functions are reached by the calls in a function, or in a module outside functions."""
        order = _CallOrder(self._resolver.frame, self._protocols)
        order.block(scope.node.body, self._resolver.frame(scope))
        for call, frame in order.calls:
            callees = self._resolver.evaluate(call.function, frame)
            if any(isinstance(callee, ParameterValue) for callee in callees):
                self._open[scope] = None
            self._reach(call, callees, frame)
            for made in self._callbacks.of(call, callees):
                self._reach(made, self._resolver.evaluate(made.function, frame), frame)
        for choice, frame in order.specials:
            if (special := self._links.special(choice, frame)) is not None:
                for target in special[1]:
                    self._note(target.scope, target.site(special[0], frame))
        for child in scope.children:
            for _, site, target in self._links.wrapped(child, self._resolver.frame(scope)):
                self._note(target.scope, site)

    def _reach(self, call: s.Call, callees: Values, frame: Frame) -> None:
        for callee in callees:
            makes = isinstance(callee, ClassValue)
            for target in self._links.targets(callee, call, frame):
                if target.kind is not CallKind.NAMED and not target.stands_in:
                    self._note(target.scope, target.site(call, frame, makes=makes))

    def _note(self, function: Scope, site: CallSite) -> None:
        sites = self._found.setdefault(function, {})
        if site not in sites:
            sites[site] = None
            self._count += 1


class _CallOrder:
    """Calls with their frames, in the order Python runs them."""

    def __init__(self, frame_of: Callable[[Scope], Frame], protocols: Protocols) -> None:
        self._frame_of = frame_of
        self._protocols = protocols
        self.calls: list[tuple[s.Call, Frame]] = []
        self.specials: list[tuple[Choice, Frame]] = []

    def block(self, statements: Iterable[s.Statement], frame: Frame) -> None:
        """Add the calls of some statements, including those in class bodies but not those in nested functions."""
        for statement in statements:
            self._statement(statement, frame)

    def _statement(self, statement: s.Statement, frame: Frame) -> None:
        match statement:
            case s.Evaluate(value=value):
                self._expression(value, frame)
            case s.Return(value=value):
                self._all((value,), frame)
            case s.Assign(targets=targets, value=value):
                self._assign(targets, value, frame)
            case s.Augment(target=target, value=value):
                self._all((value, target), frame)
                self._special(self._protocols.calls(target, ("__iadd__",), value), frame)
            case s.Branch(tests=tests, arms=arms):
                self._all(tests, frame)
                for arm in arms:
                    self.block(arm, frame)
            case s.Loop(iterable=iterable, body=body):
                self._expression(iterable, frame)
                self.block(body, frame)
            case s.With(items=items, body=body):
                self._all((item.context for item in items), frame)
                self.block(body, frame)
            case s.Delete(targets=targets):
                self._all(targets, frame)
            case s.Function(parameters=parameters):
                self._all((parameter.default for parameter in parameters), frame)
                inner = frame.scope.by_node.get(statement)
                self._all(inner.applications if inner is not None else (), frame)
            case s.Class(bases=bases, body=body):
                self._all(bases, frame)
                inner = frame.scope.by_node.get(statement)
                if inner is not None:
                    self.block(body, self._frame_of(inner))
                    self._all(inner.applications, frame)
            case s.Import() | s.ImportFrom():
                pass

    def _assign(self, targets: tuple[s.Expression, ...], value: s.Expression | None, frame: Frame) -> None:
        self._all((value, *targets), frame)
        for target in targets:
            if isinstance(target, s.Subscript) and value is not None:
                self._special(self._protocols.calls(target.value, ("__setitem__",), target.index, value), frame)

    def _special(self, choices: Iterable[Choice], frame: Frame) -> None:
        self.specials += ((choice, frame) for choice in choices)

    def _all(self, expressions: Iterable[s.Expression | None], frame: Frame) -> None:
        for expression in expressions:
            if expression is not None:
                self._expression(expression, frame)

    def _expression(self, expression: s.Expression, frame: Frame) -> None:
        if type(expression) in PLAIN:
            return
        if isinstance(expression, s.Attribute):
            self._expression(expression.value, frame)
        elif isinstance(expression, s.Comprehension):
            for generator in expression.generators:
                self._all((generator.iterable, *generator.conditions), frame)
            self._all((expression.key, expression.element), frame)
        else:
            for child in children(expression):
                if type(child) not in PLAIN:
                    self._expression(child, frame)
            if isinstance(expression, s.Call):
                self.calls.append((expression, frame))
            else:
                self._special(self._protocols.of(expression), frame)
