"""Indexes the calls in a program's scopes by the last name of the callee."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from strangler.model.system import ModuleRole
from strangler_analyzers.linker.per_program import PerProgram
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Argument, Assigned, Entered, Iterated, Scope
from strangler_analyzers.linker.values import ClassValue, External, Frame, FunctionValue, MethodValue
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import calls, expressions, names, statements

MAX_UNRESOLVED = 40
"""A name that is called more often than this on unknown objects tells nothing."""


class CallIndex:
    """Calls and decorators of the application's own code, without tests and migrations."""

    def __init__(self, program: Program) -> None:
        self.calls: dict[str, list[tuple[Scope, s.Call]]] = {}
        self.decorators: dict[str, list[tuple[Scope, s.Expression]]] = {}
        for unit in program.units.values():
            if unit.role is ModuleRole.APPLICATION:
                aliases = _aliases(unit.tree)
                pending = [unit.scope]
                while pending:
                    scope = pending.pop()
                    self._scope(scope, aliases)
                    pending.extend(scope.children)

    def named(self, *names: str) -> list[tuple[Scope, s.Call]]:
        """The calls by one of the names, by module and location."""
        found = (called for name in names for called in self.calls.get(name, ()))
        return sorted(found, key=lambda called: (called[0].module.name, called[1].line, called[1].column))

    def _scope(self, scope: Scope, aliases: Mapping[str, str]) -> None:
        for statement in statements(scope.node.body):
            if isinstance(statement, s.Function | s.Class):
                for decorator in statement.decorators:
                    self.decorators.setdefault(spelling.last_name(decorator), []).append((scope, decorator))
                    self._calls(scope, decorator, aliases)
            for expression in expressions(statement):
                self._calls(scope, expression, aliases)

    def _calls(self, scope: Scope, expression: s.Expression, aliases: Mapping[str, str]) -> None:
        for call in calls((expression,)):
            name = spelling.last_name(call.function)
            self.calls.setdefault(aliases.get(name, name), []).append((scope, call))


CALL_INDEX = PerProgram(CallIndex)


def _aliases(tree: s.Tree) -> dict[str, str]:
    return {
        alias.alias: alias.name
        for statement in statements(tree.body)
        if isinstance(statement, s.ImportFrom)
        for alias in statement.names
        if alias.alias
    }


class Interest:
    """The functions in which an application is wired, and those whose arguments decide the wiring."""

    def __init__(self, index: CallIndex, resolver: Resolver, names: Iterable[str], decorators: Iterable[str]) -> None:
        self._resolver = resolver
        self._index = index
        self.relevant: dict[Scope, set[str]] = {}
        """The parameters of the relevant functions that decide the wiring."""
        self._pending: list[Scope] = []
        self.scopes: set[Scope] = set()
        self.called: set[Scope] = set()
        """The functions whose parameters matter and that are called somewhere."""
        self.names: set[str] = set(names)
        """The names of calls worth following."""
        for name in sorted(self.names):
            for scope, call in index.calls.get(name, ()):
                self._need(scope, (call,))
        for name in sorted(decorators):
            for scope, decorator in index.decorators.get(name, ()):
                self._need(scope, (decorator,))
        while self._pending:
            self._spread(self._pending.pop())
        for scope in self.scopes:
            self.relevant.setdefault(scope, set())

    def _need(self, scope: Scope, wanted: Iterable[s.Expression]) -> None:
        """Mark the values of expressions in a scope as relevant."""
        self.scopes.add(_running(scope))
        seen: set[tuple[Scope, str]] = set()
        pending = [(scope, name) for expression in wanted for name in names((expression,))]
        while pending:
            scope, name = pending.pop()
            holder = _holder(scope, name)
            if holder is None or (holder, name) in seen:
                continue
            seen.add((holder, name))
            for binding in holder.bindings[name]:
                match binding:
                    case Assigned(expression=expression) | Iterated(iterable=expression) | Entered(context=expression):
                        pending.extend((holder, inner) for inner in names((expression,)))
                    case Argument():
                        self._matters(holder, name)
                    case _:
                        pass

    def _matters(self, function: Scope, parameter: str) -> None:
        if function.owner is not None and parameter == function.first_parameter():
            return
        relevant = self.relevant.setdefault(function, set())
        if parameter not in relevant:
            relevant.add(parameter)
            self._pending.append(function)

    def _spread(self, target: Scope) -> None:
        """Mark the functions that pass arguments for relevant parameters as relevant, too."""
        self.scopes.add(target)
        name = target.owner.short_name if target.owner and target.short_name == "__init__" else target.short_name
        self.names.add(name)
        self.names.update(child.short_name for child in target.children if child in self.scopes)
        for scope, _ in self._index.decorators.get(name, ()):
            self._need(scope, ())
        certain: list[tuple[Scope, s.Call]] = []
        unresolved: list[tuple[Scope, s.Call]] = []
        for scope, call in self._index.calls.get(name, ()):
            verdict = self._calls(target, call, Frame(scope))
            if verdict is None:
                unresolved.append((scope, call))
            elif verdict:
                certain.append((scope, call))
        if len(unresolved) <= MAX_UNRESOLVED:
            certain.extend(unresolved)
        for scope, call in certain:
            self.called.add(target)
            self._need(scope, self._passed(target, call))

    def _passed(self, target: Scope, call: s.Call) -> Iterable[s.Expression]:
        """The arguments a call passes for the relevant parameters; all arguments if some are unpacked."""
        yield call.function
        keywords = [keyword for keyword in call.keywords if keyword.name is None]
        if keywords or any(isinstance(argument, s.Star) for argument in call.arguments):
            yield call
            return
        bound = target.owner is not None and "staticmethod" not in set(target.decorator_names())
        for parameter in sorted(self.relevant[target]):
            actual = self._resolver.actual(target, parameter, call, bound=bound)
            if actual is not None:
                yield actual

    def _calls(self, target: Scope, call: s.Call, frame: Frame) -> bool | None:
        values = self._resolver.evaluate(call.function, frame)
        if not values:
            return None
        for value in values:
            match value:
                case FunctionValue(scope=scope) | MethodValue(scope=scope):
                    if scope is target:
                        return True
                case ClassValue(scope=scope):
                    if target.owner is not None and target.owner in self._resolver.order(scope):
                        return True
                case External(path=path):
                    if "(" in path:
                        return None
                case _:
                    pass
        return False


def _running(scope: Scope) -> Scope:
    """The function or module whose run executes a class's body."""
    while scope.is_class and scope.parent is not None:
        scope = scope.parent
    return scope


def _holder(scope: Scope, name: str) -> Scope | None:
    """The function, class or module around a place that binds a name."""
    first: Scope | None = scope
    while first is not None and (name not in first.bindings or (first.is_class and first is not scope)):
        first = first.parent
    return first
