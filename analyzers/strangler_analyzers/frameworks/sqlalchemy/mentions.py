"""Finds the tables of a statement: every mapped class, column and ``Table`` named while it is built.

A backward slice over the expressions that build the statement: through names to what is assigned to them, through
functions of the program that return parts of it, and through what is appended to lists of conditions. Statements that
are run on the way are not part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from strangler.model.system import AccessMode
from strangler_analyzers.frameworks.sqlalchemy.additions import Additions
from strangler_analyzers.frameworks.sqlalchemy.library import PACKAGES, name_of
from strangler_analyzers.frameworks.sqlalchemy.mapping import Mapping
from strangler_analyzers.frameworks.sqlalchemy.statements import (
    CONSTRUCTORS,
    EXECUTE,
    RUNS_QUERY,
    WRITING_SHAPES,
)
from strangler_analyzers.linker.definitions import called_functions, definitions, returned_expressions
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Defined, Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    Container,
    External,
    Frame,
    InstanceValue,
    SequenceValue,
    Statement,
    StatementMethod,
    SumValue,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s

MAX_STEPS = 4_000
"""The most expressions examined for one statement; the rest is not read."""

_LOADS_NOTHING = frozenset({"lazyload", "raiseload", "noload", "load_only", "defer", "undefer", "defaultload"})
_OPERATORS = frozenset({"in_", "notin_", "not_in", "any_", "like", "ilike", "contains", "between", "op", "concat"})
_DATA_METHODS = _OPERATORS | {"startswith", "endswith", "filter_by", "values", "params", "limit", "offset", "set_"}
"""Methods whose arguments are compared or stored, not queried, unless they are subqueries."""
_SESSION_RUNS = frozenset(EXECUTE) | {"get", "get_one", "refresh"}


@dataclass(slots=True)
class Mentions:
    """Tables in the order they were found, and the calls that belong to the statement."""

    read: dict[str, None] = field(default_factory=dict[str, None])
    written: dict[str, None] = field(default_factory=dict[str, None])
    calls: dict[s.Call, None] = field(default_factory=dict[s.Call, None])

    def accesses(self) -> Iterator[tuple[str, AccessMode]]:
        """The accesses of executing the statement; a table that it changes is not listed as read as well."""
        for table in self.read:
            if table not in self.written:
                yield table, AccessMode.READ
        for table in self.written:
            yield table, AccessMode.WRITE


class Slicer:
    """Finds mentions; remembers them per statement."""

    def __init__(self, resolver: Resolver, mapping: Mapping) -> None:
        self._resolver = resolver
        self._mapping = mapping
        self._additions = Additions()
        self._memo: dict[tuple[s.Expression, Frame], Mentions] = {}

    def of(self, expression: s.Expression, frame: Frame) -> Mentions:
        """The tables a statement expression mentions."""
        key = (expression, frame)
        if isinstance(expression, s.Constant):
            return Mentions()
        known = self._memo.get(key)
        if known is None:
            walk = _Slice(self._resolver, self._mapping, self._additions)
            walk.follow(expression, frame)
            known = self._memo[key] = walk.found
        return known

    def loaded(self, statement: Statement) -> Iterator[str]:
        """The tables read when the rows of a statement become instances: theirs and those loaded eagerly with them."""
        for values in statement.fields:
            for value in values:
                if isinstance(value, InstanceValue):
                    yield from self._mapping.relations.loaded_with(value.scope)

    def entity_tables(self, statement: Statement) -> Iterator[str]:
        """The tables of the mapped class a query is for."""
        for value in statement.fields[0] if statement.fields else ():
            if isinstance(value, InstanceValue):
                yield from self._mapping.tables_of(value.scope)
            elif (table := self._mapping.core_table(value)) is not None:
                yield table


class _Slice:
    """One backward walk."""

    def __init__(self, resolver: Resolver, mapping: Mapping, additions: Additions) -> None:
        self._resolver = resolver
        self._mapping = mapping
        self._additions = additions
        self._seen: set[tuple[s.Expression, Frame]] = set()
        self.found = Mentions()

    def follow(self, expression: s.Expression, frame: Frame) -> None:
        pending: list[tuple[s.Expression, Frame]] = [(expression, frame)]
        while pending and len(self._seen) < MAX_STEPS:
            place = pending.pop()
            if place not in self._seen:
                self._seen.add(place)
                pending.extend(reversed(list(self._step(*place))))

    def _step(self, expression: s.Expression, frame: Frame) -> Iterator[tuple[s.Expression, Frame]]:
        match expression:
            case s.Call():
                yield from self._call(expression, frame)
            case s.Name():
                yield from self._name(expression, frame)
            case s.Attribute():
                yield from self._attribute(expression, frame)
            case s.Lambda(body=body):
                yield body, frame
            case s.Comprehension(element=element):
                yield element, frame
            case _:
                for part in _parts(expression):
                    yield part, frame

    # --- names and attributes

    def _name(self, name: s.Name, frame: Frame) -> Iterator[tuple[s.Expression, Frame]]:
        values = self._resolver.evaluate(name, frame)
        places = list(definitions(self._resolver, name, frame, callers=False))
        if not places or frame.scope.is_parameter(name.id):
            self._mention(values)
        if places and any(map(self._is_about_tables, values)):
            yield from places
            if any(isinstance(value, SequenceValue | Container | SumValue) for value in values):
                yield from self._appended(name.id, frame)

    def _attribute(self, expression: s.Attribute, frame: Frame) -> Iterator[tuple[s.Expression, Frame]]:
        owners = self._resolver.evaluate(expression.value, frame)
        values = self._resolver.evaluate(expression, frame)
        if any(isinstance(value, Statement) and value.site is None for value in values):
            self._mention(values)
            return
        mapped = False
        for owner in owners:
            if isinstance(owner, ClassValue) and self._mapping.tables_of(owner.scope):
                mapped = True
                self._column(owner.scope, expression.name)
            elif (table := self._mapping.core_table(owner)) is not None:
                mapped = True
                self.found.read[table] = None
        if mapped:
            return
        places = list(definitions(self._resolver, expression, frame, callers=False))
        if not places:
            self._mention(values)
        elif any(map(self._is_about_tables, values)):
            yield from places
        if any(isinstance(owner, Statement | StatementMethod | External) for owner in owners):
            yield expression.value, frame

    def _column(self, scope: Scope, attribute: str) -> None:
        """``Model.attribute``: a column belongs to the class, a relationship leads further."""
        self.found.read.update(dict.fromkeys(self._mapping.tables_of(scope)))
        link = self._mapping.link(scope, attribute)
        if link is not None:
            tables = (*link.secondary, *self._mapping.tables_of(link.target))
            self.found.read.update(dict.fromkeys(tables))

    def _mention(self, values: Values) -> None:
        for value in values:
            if isinstance(value, ClassValue):
                self.found.read.update(dict.fromkeys(self._mapping.tables_of(value.scope)))
            elif (table := self._mapping.core_table(value)) is not None:
                self.found.read[table] = None
            elif isinstance(value, Statement) and value.site is None:
                self._entities(value)

    def _entities(self, statement: Statement) -> None:
        for values in statement.fields:
            for value in values:
                if isinstance(value, InstanceValue):
                    self.found.read.update(dict.fromkeys(self._mapping.tables_of(value.scope)))

    def _appended(self, name: str, frame: Frame) -> Iterator[tuple[s.Expression, Frame]]:
        """What the function adds to a list it builds up."""
        for argument in self._additions.to(name, frame.scope):
            yield argument, frame

    def _is_about_tables(self, value: Value) -> bool:
        if isinstance(value, ClassValue):
            return bool(self._mapping.tables_of(value.scope))
        return self._is_part((value,))

    def _is_part(self, values: Values) -> bool:
        """Whether a value can be part of a statement, so that its construction matters."""
        return any(
            isinstance(value, Statement | StatementMethod | SequenceValue | SumValue | Container) or is_clause(value)
            for value in values
        )

    # --- calls

    def _call(self, call: s.Call, frame: Frame) -> Iterator[tuple[s.Expression, Frame]]:
        callees = self._resolver.evaluate(call.function, frame)
        targets = list(called_functions(callees))
        if any(map(_is_run, callees)) or (targets and not self._is_part(self._resolver.evaluate(call, frame))):
            return
        self.found.calls[call] = None
        names = {name_of(callee) for callee in callees}
        if names & _LOADS_NOTHING:
            return
        arguments = (*call.arguments, *(keyword.value for keyword in call.keywords))
        if self._begins(call, callees, frame):
            arguments = arguments[1:]
        if _takes_data(call, callees):
            arguments = tuple(filter(lambda argument: self._is_operand(argument, frame), arguments))
        yield from ((argument, frame) for argument in arguments)
        if isinstance(call.function, s.Attribute):
            yield call.function.value, frame
        for target in targets:
            for implementation in self._implementations(target):
                inner = self._resolver.called(implementation, call, frame, bound=target.receiver is not None)
                for expression in returned_expressions(implementation.scope):
                    yield expression, inner

    def _implementations(self, target: Frame) -> Iterator[Frame]:
        """The function itself; for an abstract method, its overrides."""
        if target.receiver is None or returned_expressions(target.scope):
            yield target
            return
        for child in self._resolver.subclasses(target.receiver):
            for binding in child.bindings.get(target.scope.short_name, ()):
                if isinstance(binding, Defined) and binding.scope.is_function:
                    yield Frame(binding.scope, child)

    def _is_operand(self, argument: s.Expression, frame: Frame) -> bool:
        """Whether an argument that is usually data is a subquery or a column."""
        values = self._resolver.evaluate(argument, frame)
        return any(isinstance(value, Statement) or is_clause(value) for value in values)

    def _begins(self, call: s.Call, callees: Values, frame: Frame) -> bool:
        """Record the target of ``select``, ``insert``, ``delete`` or ``query``; True if it is the first argument."""
        for callee in callees:
            match callee:
                case External(path=path) if path.partition(".")[0] in PACKAGES:
                    if path.startswith("sqlalchemy.Table()"):
                        table = self._mapping.core_table(callee)
                        self._target((table,) if table else (), CONSTRUCTORS.get(name_of(callee) or "", ""))
                    elif self._of_function(call, name_of(callee) or "", path, frame):
                        return True
                case StatementMethod(statement=Statement(shape="table") as table, name=name):
                    for value in (value for values in table.fields for value in values):
                        if isinstance(value, InstanceValue):
                            self._target(self._mapping.tables_of(value.scope), CONSTRUCTORS.get(name, ""))
                case _:
                    pass
        return False

    def _of_function(self, call: s.Call, name: str, path: str, frame: Frame) -> bool:
        shape = CONSTRUCTORS.get(name, "query" if name in {"query", "Query"} else "")
        if shape in WRITING_SHAPES and call.arguments and "()" not in path:
            values = self._resolver.evaluate(call.arguments[0], frame)
            for value in values:
                if isinstance(value, ClassValue):
                    self._target(self._mapping.tables_of(value.scope), shape)
                elif isinstance(value, Statement) and value.shape == "table":
                    self._written_entities(value, shape)
                elif (core := self._mapping.core_table(value)) is not None:
                    self._target((core,), shape)
            return True
        return False

    def _written_entities(self, statement: Statement, shape: str) -> None:
        for values in statement.fields:
            for value in values:
                if isinstance(value, InstanceValue):
                    self._target(self._mapping.tables_of(value.scope), shape)

    def _target(self, tables: Iterable[str], shape: str) -> None:
        (self.found.written if shape in WRITING_SHAPES else self.found.read).update(dict.fromkeys(tables))


def _takes_data(call: s.Call, callees: Values) -> bool:
    """Whether a call's arguments are values rather than parts of the statement."""
    if isinstance(call.function, s.Attribute) and call.function.name in _DATA_METHODS:
        return True
    outside = [value.path.partition(".")[0] for value in callees if isinstance(value, External)]
    return bool(outside) and len(outside) == len(callees) and not PACKAGES.intersection(outside)


def _is_run(callee: Value) -> bool:
    """Whether a call executes a statement, so that its result is data, not part of another statement."""
    match callee:
        case StatementMethod(statement=statement, name=name):
            return name in RUNS_QUERY and statement.shape in {"query", "result", "scalars"}
        case External(path=path):
            head, _, rest = path.partition(".")
            return head in PACKAGES and "()" in path and rest.rpartition(".")[2] in _SESSION_RUNS
        case _:
            return False


def is_clause(value: Value) -> bool:
    """Whether a value is made by SQLAlchemy and not a session: a column, a condition, a statement declared by type."""
    return isinstance(value, External) and value.path.partition(".")[0] == "sqlalchemy" and "Session" not in value.path


def _parts(expression: s.Expression) -> tuple[s.Expression, ...]:
    """The parts of an expression other than a name, attribute or call."""
    match expression:
        case s.Sequence(elements=parts) | s.Format(parts=parts) | s.Opaque(parts=parts):
            return parts
        case s.Mapping(keys=keys, values=values):
            return (*(key for key in keys if key is not None), *values)
        case s.Subscript(value=value, index=index):
            return (value, index)
        case s.Operation(left=left, right=right):
            return (left, right)
        case s.Choice(values=values):
            return values
        case s.Await(value=value) | s.Star(value=value) | s.Walrus(value=value):
            return (value,)
        case _:
            return ()
