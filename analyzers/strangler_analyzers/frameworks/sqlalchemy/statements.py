"""How sessions, queries, statements and their results behave: what comes out of them."""

from __future__ import annotations

from strangler_analyzers.frameworks.sqlalchemy.library import PACKAGES, name_of
from strangler_analyzers.frameworks.sqlalchemy.mapping import Mapping
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    Container,
    External,
    Frame,
    InstanceValue,
    MethodValue,
    Record,
    SequenceValue,
    Site,
    Statement,
    StatementMethod,
    Value,
    Values,
    union,
)
from strangler_analyzers.source import syntax as s

CONSTRUCTORS = {"select": "select", "insert": "insert", "update": "update", "delete": "delete", "exists": "select"}
"""Functions that begin a statement, and the shape they begin."""
WRITING_SHAPES = frozenset({"insert", "update", "delete"})
EXECUTE = {
    "execute": "result",
    "exec": "scalars",
    "scalars": "scalars",
    "stream": "result",
    "stream_scalars": "scalars",
    "scalar": "value",
}
"""Methods of sessions and connections that run a statement, and the shape of what they give."""
_ENTITY = frozenset({"first", "one", "one_or_none", "get", "get_one", "get_or_404", "first_or_404", "one_or_404"})
ONE_ROW = _ENTITY | {"fetchone", "scalar", "scalar_one", "scalar_one_or_none"}
"""Methods that give one row of a query or result."""
MANY_ROWS = frozenset({"all", "fetchall", "fetchmany", "paginate", "partitions"})
NUMBERS = frozenset({"count", "update", "delete"})
"""Methods of a query that run it and give a number."""
RUNS_QUERY = ONE_ROW | MANY_ROWS | NUMBERS | {"scalars", "execute", "iterator"}
_PROJECTIONS = frozenset({"with_entities", "with_only_columns", "values"})
_ADDITIONS = frozenset({"add_columns", "add_column", "add_entity"})
_COLUMNS = frozenset({"c", "columns", "table", "excluded"})
_ALIASES = frozenset({"aliased", "alias", "with_polymorphic", "with_loader_criteria"})
SESSION_NAMES = frozenset({"session", "db_session", "dbsession", "async_session"})


class Statements(Knowledge):
    """Follows rows from the mapped class through query and result to the instance."""

    attributes_of = (ClassValue, InstanceValue, Statement, Record)
    calls_of = (StatementMethod, External)

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._queried: dict[Scope, Scope | None] | None = None
        """By the class of a query the one model whose ``query_class`` it is; None where several models name it."""

    def prepare(self, resolver: Resolver) -> None:
        """Bind to the resolver that asks."""
        self._mapping.bind(resolver)
        self._queried = None

    # --- attributes

    def attribute(self, resolver: Resolver, value: Value, name: str) -> Values | None:
        """Attributes of mapped classes, of their instances, and of statements."""
        self._mapping.bind(resolver)
        match value:
            case ClassValue(scope=scope):
                return self._of_class(resolver, scope, name)
            case InstanceValue(scope=scope):
                return self._of_instance(scope, name) or self._of_query_object(resolver, scope, name)
            case Statement(shape="paginate") if name == "items":
                return (Container(self.row(value)),)
            case Statement(shape="table") if name in _COLUMNS:
                return (value,)
            case Statement(shape="query", fields=((InstanceValue(scope=model), *_), *_)) if own := self._of_own_query(
                resolver, model, name
            ):
                return own
            case Statement():
                return (StatementMethod(value, name),)
            case Record(fields=fields):
                return union(
                    tuple(v for v in field if isinstance(v, InstanceValue) and v.scope.short_name == name)
                    for field in fields
                )
            case _:
                return None

    def _of_class(self, resolver: Resolver, scope: Scope, name: str) -> Values | None:
        if name == "query" and self._mapping.tables_of(scope):
            members = [a for a in resolver.order(scope) if not isinstance(a, str) and name in a.bindings]
            if not members or self._is_query_property(resolver, members[0]):
                return (Statement("query", ((InstanceValue(scope),),)),)
        if name == "__table__" and self._mapping.tables_of(scope):
            return (Statement("table", ((InstanceValue(scope),),)),)
        return None

    def _of_own_query(self, resolver: Resolver, model: Scope, name: str) -> Values:
        """A method of the class that Flask-SQLAlchemy makes a model's queries of."""
        for ancestor in resolver.order(model):
            if not isinstance(ancestor, str) and (owner := self._query_class(resolver, ancestor)) is not None:
                return tuple(v for v in resolver.member(owner, name, on_class=False) if isinstance(v, MethodValue))
        return ()

    @staticmethod
    def _query_class(resolver: Resolver, model: Scope) -> Scope | None:
        values = union(resolver.bound(binding, Frame(model)) for binding in model.bindings.get("query_class", ()))
        return next((value.scope for value in values if isinstance(value, ClassValue)), None)

    def _of_query_object(self, resolver: Resolver, scope: Scope, name: str) -> Values | None:
        """What such a class inherits: inside it ``self`` is a query for the one model that names it."""
        if self._queried is None:
            self._queried = {}
            for model in resolver.program.classes.values():
                if (owner := self._query_class(resolver, model)) is not None:
                    self._queried[owner] = None if owner in self._queried else model
        queried = self._queried.get(scope)
        if queried is None or any(name in base.bindings for base in resolver.order(scope) if not isinstance(base, str)):
            return None
        return (StatementMethod(Statement("query", ((InstanceValue(queried),),)), name),)

    @staticmethod
    def _is_query_property(resolver: Resolver, owner: Scope) -> bool:
        values = union(resolver.bound(binding, Frame(owner)) for binding in owner.bindings["query"])
        return any(isinstance(value, External) and value.path.endswith("query_property()") for value in values)

    def _of_instance(self, scope: Scope, name: str) -> Values | None:
        link = self._mapping.link(scope, name)
        if link is None:
            return None
        if link.loading == "dynamic":
            return (Statement("query", ((InstanceValue(link.target),),)),)
        target: Value = InstanceValue(link.target)
        return (Container((target,)),) if link.collection else (target,)

    # --- calls

    def call(self, resolver: Resolver, callee: Value, call: s.Call, frame: Frame) -> Values | None:
        """Calls of statement methods, of sessions and of the functions that begin a statement."""
        self._mapping.bind(resolver)
        match callee:
            case StatementMethod(statement=statement, name=name):
                return self._method(resolver, statement, name, Site(call, frame))
            case External(path=path):
                if path.partition(".")[0] not in PACKAGES:
                    return None
                return self._outside(resolver, name_of(callee) or "", path, Site(call, frame))
            case _:
                return None

    def _method(self, resolver: Resolver, statement: Statement, name: str, site: Site) -> Values:
        fields, shape = statement.fields, statement.shape
        if shape == "table" and name in CONSTRUCTORS:
            return (Statement(CONSTRUCTORS[name], fields, site),)
        if shape in {"query", "result", "scalars"}:
            if name in NUMBERS:
                return (External("builtins.int()"),)
            if name in ONE_ROW:
                return self.cell(statement) if name.startswith("scalar") else self.row(statement)
            if name == "paginate":
                return (Statement("paginate", fields, site),)
            if name in MANY_ROWS:
                return (Container(self.row(statement)),)
            if name == "scalars":
                return (Statement("scalars", fields[:1], site),)
        if name in _PROJECTIONS and shape in {"query", "select"}:
            return (Statement(shape, self.fields(resolver, site), site),)
        if name in _ADDITIONS:
            return (Statement(shape, (*fields, *self.fields(resolver, site)), site),)
        if name == "returning":
            return (Statement(shape, self.fields(resolver, site), site),)
        return (Statement(shape, fields, site),)

    def _outside(self, resolver: Resolver, name: str, path: str, site: Site) -> Values | None:
        call, frame = site.call, site.frame
        if name in CONSTRUCTORS and "()" not in path:
            return (Statement(CONSTRUCTORS[name], self.fields(resolver, site), site),)
        if name in _ALIASES and "()" not in path and call.arguments:
            return resolver.evaluate(call.arguments[0], frame)
        if path.startswith("sqlalchemy.Table()") and name in CONSTRUCTORS:
            return (Statement(CONSTRUCTORS[name], ((External("sqlalchemy.Row()"),),), site),)
        if (name == "query" and "()" in path) or name == "Query":
            return (Statement("query", self.fields(resolver, site), site),)
        if name in EXECUTE and call.arguments:
            return self._executed(resolver, EXECUTE[name], site)
        if (
            name in {"get", "get_one", "get_or_404", "merge", "one_or_404", "first_or_404", "paginate"}
            and call.arguments
        ):
            return self._fetched(resolver, name, site)
        return None

    def _executed(self, resolver: Resolver, shape: str, site: Site) -> Values | None:
        found: list[Values] = []
        for value in resolver.evaluate(site.call.arguments[0], site.frame):
            if isinstance(value, Statement):
                fields = value.fields
                if shape == "value":
                    found.append(self.cell(value))
                else:
                    found.append((Statement(shape, fields[:1] if shape == "scalars" else fields, site),))
        return union(found) if found else None

    def _fetched(self, resolver: Resolver, name: str, site: Site) -> Values | None:
        found: list[Value] = []
        for value in resolver.evaluate(site.call.arguments[0], site.frame):
            match value:
                case ClassValue(scope=scope) if self._mapping.tables_of(scope):
                    found.append(InstanceValue(scope))
                case InstanceValue() if name == "merge":
                    found.append(value)
                case Statement(fields=fields) if name == "paginate":
                    found.append(Statement("paginate", fields, site))
                case Statement():
                    found.extend(self.cell(value))
                case _:
                    pass
        return tuple(found) or None

    # --- rows

    def elements(self, resolver: Resolver, value: Value) -> Values | None:
        """What iterating over a query or result gives."""
        if isinstance(value, Statement):
            return self.row(value)
        return None

    def row(self, statement: Statement) -> Values:
        """One row: an instance where the query is for one mapped class, else a record."""
        fields = statement.fields
        single = len(fields) == 1 and any(isinstance(value, InstanceValue) for value in fields[0])
        if statement.shape == "scalars" or (single and statement.shape in {"query", "paginate", "table"}):
            return self.cell(statement)
        return (Record(fields),)

    @staticmethod
    def cell(statement: Statement) -> Values:
        """The first part of a row."""
        return statement.fields[0] if statement.fields else ()

    def fields(self, resolver: Resolver, site: Site) -> tuple[Values, ...]:
        """What the arguments of ``select`` or ``query`` put into each row."""
        expressions: list[s.Expression] = []
        for argument in site.call.arguments:
            if isinstance(argument, s.Sequence):
                expressions.extend(argument.elements)
            else:
                expressions.append(argument)
        return tuple(self._field(resolver, expression, site.frame) for expression in expressions)

    def _field(self, resolver: Resolver, expression: s.Expression, frame: Frame) -> Values:
        values = resolver.evaluate(expression, frame)
        if isinstance(expression, s.Star):
            values = union(resolver.elements(v) if isinstance(v, SequenceValue | Container) else (v,) for v in values)
        return tuple(
            InstanceValue(value.scope) if isinstance(value, ClassValue) else value
            for value in values
            if isinstance(value, ClassValue | External)
        )

    def decides(self, value: Value) -> bool:
        """A mapped class or a statement decides which table a helper works on."""
        if isinstance(value, ClassValue):
            return bool(self._mapping.tables_of(value.scope))
        return isinstance(value, Statement)

    def argument(self, resolver: Resolver, scope: Scope, parameter: s.Parameter) -> Values | None:
        """A parameter called `session` without a declared type is a database session."""
        if parameter.annotation is None and parameter.name in SESSION_NAMES and not parameter.prefix:
            return (External("sqlalchemy.orm.Session()"),)
        return None
