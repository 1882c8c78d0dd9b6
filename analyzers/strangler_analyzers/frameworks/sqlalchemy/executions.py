"""Finds statements that are known to be executed; the others count where they are built."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.sqlalchemy.library import PACKAGES, name_of
from strangler_analyzers.frameworks.sqlalchemy.mentions import Slicer
from strangler_analyzers.frameworks.sqlalchemy.statements import CONSTRUCTORS, EXECUTE, RUNS_QUERY
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import External, Frame, Statement, StatementMethod, Value, Values
from strangler_analyzers.source import syntax as s

_BUILT = frozenset({"query", "select", "insert", "update", "delete"})
_RUNNING_NAMES = RUNS_QUERY | frozenset(EXECUTE) | {"paginate"}


class Executions:
    """Knows every call that belongs to an executed statement."""

    def __init__(self, resolver: Resolver, slicer: Slicer) -> None:
        self._resolver = resolver
        self._slicer = slicer
        self._run: set[s.Call] | None = None

    def is_left_over(self, call: s.Call, callees: Values) -> bool:
        """Whether a call builds a statement without a known execution."""
        return any(map(_builds, callees)) and call not in self._all()

    def _all(self) -> set[s.Call]:
        if self._run is None:
            self._run = set()
            for statement, frame in self._running():
                self._run.update(self._slicer.of(statement, frame).calls)
        return self._run

    def _running(self) -> Iterator[tuple[s.Expression, Frame]]:
        """Every statement expression that is run, with its frame."""
        for scope in self._resolver.program.scopes():
            if scope.is_class or scope.module.role is ModuleRole.MIGRATION:
                continue
            frame = Frame(scope)
            for node in scope.steps:
                match node:
                    case s.Call(function=s.Attribute(name=name)) if name in _RUNNING_NAMES:
                        yield from self._of_call(node, frame)
                    case s.Loop(iterable=iterable, target=target) if target is not None:
                        yield from self._of_iterable(iterable, frame)
                    case s.Generator(iterable=iterable):
                        yield from self._of_iterable(iterable, frame)
                    case _:
                        pass

    def _of_call(self, call: s.Call, frame: Frame) -> Iterator[tuple[s.Expression, Frame]]:
        for callee in self._resolver.evaluate(call.function, frame):
            match callee:
                case StatementMethod(statement=Statement(shape="query")) if isinstance(call.function, s.Attribute):
                    yield call.function.value, frame
                case External(path=path) if path.partition(".")[0] in PACKAGES and call.arguments:
                    yield call.arguments[0], frame
                case _:
                    pass

    def _of_iterable(self, iterable: s.Expression, frame: Frame) -> Iterator[tuple[s.Expression, Frame]]:
        for value in self._resolver.evaluate(iterable, frame):
            if isinstance(value, Statement) and value.shape == "query" and value.site is not None:
                yield value.site.call, value.site.frame


def _builds(callee: Value) -> bool:
    match callee:
        case External(path=path) if path.partition(".")[0] in PACKAGES:
            name = name_of(callee)
            return name in CONSTRUCTORS or name == "query"
        case StatementMethod(statement=statement, name=name):
            return statement.shape in _BUILT and name not in RUNS_QUERY
        case _:
            return False
