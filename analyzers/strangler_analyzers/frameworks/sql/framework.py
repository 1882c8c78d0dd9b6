"""Raw SQL: statements passed to a database driver as strings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from strangler.model.location import Location
from strangler.model.system import Confidence, ModuleRole, SkippedFile
from strangler.model.tables import Table, TableOrigin
from strangler_analyzers.frameworks.framework import Framework
from strangler_analyzers.frameworks.sql.dialects import dialects_of
from strangler_analyzers.frameworks.sql.statements import HOLE, CreatedTable, SqlText, looks_like_sql, read_sql
from strangler_analyzers.linker.definitions import called_functions
from strangler_analyzers.linker.knowledge import Access, EffectRule
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Argument, Scope
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import (
    ClassValue,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    ModuleValue,
    Rows,
    Statement,
    StatementMethod,
    Values,
)
from strangler_analyzers.source import syntax as s

_DRIVER_METHODS = frozenset({"execute", "executemany", "executescript", "execute_sql", "exec_driver_sql", "prepare"})
_EXTRAS = frozenset({"execute_batch", "execute_values"})
_FETCHES = frozenset({"fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one", "fetch_val", "iterate", "copy_expert"})
_ORM_METHODS = frozenset({"raw", "RawSQL", "from_statement", "scalar", "scalars", "exec", "stream"})
_FRAMES = frozenset({"read_sql", "read_sql_query", "read_database"})
_RUNS = _DRIVER_METHODS | _EXTRAS | _FETCHES | _ORM_METHODS | _FRAMES
"""Names of functions and methods in Python's database libraries whose first argument is a statement."""
_STATEMENT_NAMES = ("sql", "query", "statement", "operation", "raw_query", "command")
_NO_TEXT = (Statement, StatementMethod, Rows, ClassValue, InstanceValue, FunctionValue, ModuleValue)
_MAX_DEPTH = 3
"""The deepest nesting of wrappers that is followed."""


class SqlRule(EffectRule):
    """Reads the statements that reach a driver."""

    calls_of = (FunctionValue, MethodValue)
    calls_named = _RUNS

    def __init__(self) -> None:
        self._dialects: tuple[str, ...] | None = None
        self._parameters: dict[Scope, frozenset[str]] = {}
        self._texts: dict[tuple[s.Call, Frame], tuple[str, ...]] = {}

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Access]:
        """Accesses of a statement passed to a driver, directly or through a function of the program."""
        found: dict[Access, None] = {}
        for text in self.texts(resolver, call, callees, frame):
            read = self._read(resolver, text)
            confidence = Confidence.LIKELY if HOLE in text else Confidence.CERTAIN
            for table, mode, verb in read.accesses:
                found[Access(table, mode, f"raw {verb}", confidence)] = None
        return found

    def created(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterator[CreatedTable]:
        """Tables that a call creates."""
        for text in self.texts(resolver, call, callees, frame):
            yield from self._read(resolver, text).created

    def texts(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> tuple[str, ...]:
        """The SQL strings that a call runs, as far as the function itself determines them."""
        expressions = list(self._statements(resolver, call, callees))
        if not expressions:  # Nearly all calls: nothing is cached for them.
            return ()
        key = (call, frame)
        if key not in self._texts:
            self._texts[key] = tuple(self._find_texts(resolver, expressions, frame.closed()))
        return self._texts[key]

    def has_texts(self, call: s.Call, frame: Frame) -> bool:
        """Whether a call that was examined before runs SQL strings."""
        return bool(self._texts.get((call, frame)))

    @staticmethod
    def _find_texts(resolver: Resolver, expressions: Iterable[s.Expression], frame: Frame) -> Iterator[str]:
        reader = Texts(resolver, hole=HOLE, callers=False)
        for expression in expressions:
            if not any(isinstance(value, _NO_TEXT) for value in resolver.evaluate(expression, frame)):
                yield from filter(looks_like_sql, reader.all(expression, frame))

    def _statements(self, resolver: Resolver, call: s.Call, callees: Values) -> Iterator[s.Expression]:
        targets = list(called_functions(callees))
        for target in targets:
            for name in self._handed_on(resolver, target.scope, 0):
                actual = resolver.actual(target.scope, name, call, bound=target.receiver is not None)
                if actual is not None:
                    yield actual
        if not targets and _last_name(call.function) in _RUNS:
            statement = _statement(call)
            if statement is not None:
                yield statement

    def _handed_on(self, resolver: Resolver, scope: Scope, depth: int) -> frozenset[str]:
        """The parameters of a function that it passes to a driver."""
        known = self._parameters.get(scope)
        if known is None:
            self._parameters[scope] = frozenset()  # A function that calls itself hands nothing more on.
            known = self._parameters[scope] = frozenset(self._find_handed_on(resolver, scope, depth))
        return known

    def _find_handed_on(self, resolver: Resolver, scope: Scope, depth: int) -> Iterator[str]:
        if depth > _MAX_DEPTH or not isinstance(scope.node, s.Function) or not scope.node.parameters:
            return
        frame = Frame(scope)
        for call in scope.calls:
            if _last_name(call.function) in _RUNS:
                statement = _statement(call)
                while isinstance(statement, s.Call) and statement.arguments:  # text(sql)
                    statement = statement.arguments[0]
                if isinstance(statement, s.Name) and _is_parameter(scope, statement.id):
                    yield statement.id
            elif any(isinstance(a, s.Name) and _is_parameter(scope, a.id) for a in call.arguments):
                for target in called_functions(resolver.evaluate(call.function, frame)):
                    for name in self._handed_on(resolver, target.scope, depth + 1):
                        actual = resolver.actual(target.scope, name, call, bound=target.receiver is not None)
                        if isinstance(actual, s.Name) and _is_parameter(scope, actual.id):
                            yield actual.id

    def can_read(self, resolver: Resolver, text: str) -> bool:
        """Whether any dialect can read a text."""
        return self._parsed(resolver, text) is not None

    def _read(self, resolver: Resolver, text: str) -> SqlText:
        return self._parsed(resolver, text) or SqlText()

    def _parsed(self, resolver: Resolver, text: str) -> SqlText | None:
        if self._dialects is None:
            self._dialects = dialects_of(resolver.program)
        return read_sql(text, self._dialects)


_ApplicationCall: TypeAlias = tuple[s.Call, Values, Frame, Location]
"""A call with what it may call, its frame and its place."""


class RawSql(Framework):
    """SQL written by hand, whatever library runs it."""

    name = ""

    def __init__(self) -> None:
        self._rule = SqlRule()
        self._calls: list[_ApplicationCall] | None = None

    def present(self, program: Program) -> bool:
        """Always: a driver may hide behind any package."""
        return True

    def effects(self) -> Iterable[EffectRule]:
        """Statements given as text."""
        return (self._rule,)

    def _application_calls(self, resolver: Resolver) -> Sequence[_ApplicationCall]:
        """The calls of application code that were found to run SQL texts."""
        if self._calls is None:
            self._calls = [
                (call, resolver.evaluate(call.function, frame), frame, frame.scope.module.at(call.line))
                for frame in _application_frames(resolver.program)
                for call in frame.scope.calls
                if self._rule.has_texts(call, frame)
            ]
        return self._calls

    def unread(self, resolver: Resolver) -> Iterator[SkippedFile]:
        """Texts that begin like SQL but that no dialect could read. They are not repeated: they may hold secrets."""
        for call, callees, frame, place in self._application_calls(resolver):
            texts = self._rule.texts(resolver, call, callees, frame)
            if not all(self._rule.can_read(resolver, text) for text in texts):
                yield SkippedFile(place.file, f"SQL at line {place.line} not read: no dialect can parse it")

    def tables(self, resolver: Resolver) -> Iterable[Table]:
        """Tables that application code creates or uses in SQL; those that models declare too are the models'."""
        used: dict[str, Location] = {}
        created: dict[str, tuple[CreatedTable, Location]] = {}
        for call, callees, frame, place in self._application_calls(resolver):
            for access in self._rule.of_call(resolver, call, callees, frame):
                used.setdefault(access.table, place)
            for table in self._rule.created(resolver, call, callees, frame):
                created.setdefault(table.name, (table, place))
        for name, (table, place) in created.items():
            yield Table(name, TableOrigin.RAW_SQL, None, place, table.columns)
        for name, place in used.items():
            if name not in created:
                yield Table(name, TableOrigin.RAW_SQL, None, place)


def _application_frames(program: Program) -> Iterator[Frame]:
    """Where application code stands."""
    for scope in program.scopes():
        if not scope.is_class and scope.module.role is ModuleRole.APPLICATION:
            yield Frame(scope)


def _last_name(function: s.Expression) -> str:
    match function:
        case s.Name(id=name) | s.Attribute(name=name):
            return name
        case _:
            return ""


def _statement(call: s.Call) -> s.Expression | None:
    """The argument that holds the statement: the first, or one of the usual keywords."""
    for name in _STATEMENT_NAMES:
        if (value := call.keyword(name)) is not None:
            return value
    if call.arguments and _last_name(call.function) in _EXTRAS:
        return call.arguments[1] if len(call.arguments) > 1 else None
    return call.arguments[0] if call.arguments else None


def _is_parameter(scope: Scope, name: str) -> bool:
    return any(isinstance(binding, Argument) for binding in scope.bindings.get(name, ()))
