"""Table accesses through sessions, queries and mapped instances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from strangler.model.system import AccessMode, Confidence
from strangler_analyzers.frameworks.sqlalchemy.call_effects import CallEffects
from strangler_analyzers.frameworks.sqlalchemy.executions import Executions
from strangler_analyzers.frameworks.sqlalchemy.library import PACKAGES, expires_on_commit, name_of
from strangler_analyzers.frameworks.sqlalchemy.mapping import Mapping
from strangler_analyzers.frameworks.sqlalchemy.mentions import Slicer, is_clause
from strangler_analyzers.frameworks.sqlalchemy.relations import Link
from strangler_analyzers.frameworks.sqlalchemy.statements import EXECUTE, NUMBERS, RUNS_QUERY
from strangler_analyzers.linker.knowledge import Access, EffectRule
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    External,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    Statement,
    StatementMethod,
    Value,
    Values,
    union,
)
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

_BY_KEY = frozenset({"get", "get_one", "get_or_404", "one_or_404", "first_or_404", "refresh"})
_ONE = frozenset({"add", "merge", "_save_impl"})
_MANY = frozenset({"add_all", "merge_all", "bulk_save_objects"})
_BULK = frozenset({"bulk_insert_mappings", "bulk_update_mappings"})
_MAX_OWNERS = 2
_TRANSACTIONS = frozenset({"begin()", "begin_nested()", "transaction()", "begin_twophase()"})
_COLLECTION_CHANGES = frozenset(
    {"append", "extend", "remove", "clear", "insert", "add", "pop", "discard", "update", "set"}
)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the rule asks, bound to one resolver."""

    slicer: Slicer
    executions: Executions
    effects: CallEffects


class SessionRule(EffectRule):
    """Reads and writes where a statement is executed or an instance is passed to the session."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._parts: _Parts | None = None

    def _bound(self, resolver: Resolver) -> _Parts:
        if self._parts is None:
            slicer = Slicer(resolver, self._mapping)
            effects = CallEffects(resolver, self._mapping, self)
            self._parts = _Parts(slicer, Executions(resolver, slicer), effects)
        return self._parts

    # --- calls

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Access]:
        """Statements that run, instances that are saved, and what helpers do with what they are given.

        What depends on the caller's arguments counts for the caller: the function itself is looked at closed. What a
        wrapper passes on counts for the function that is wrapped, since the wrapper stands before many.
        """
        if not frame.is_closed and not _is_wrapped(resolver, frame.scope):
            if callees and not any(map(_may_matter, callees)) and not _changes_attribute(call):
                return ()
            frame = frame.closed()
            callees = resolver.evaluate(call.function, frame)
        parts = self._bound(resolver)
        slicer = parts.slicer
        found: dict[Access, None] = {}
        for callee in callees:
            match callee:
                case StatementMethod(statement=statement, name=name):
                    if statement.shape == "query" and name in RUNS_QUERY and isinstance(call.function, s.Attribute):
                        found.update(dict.fromkeys(self._query(slicer, statement, name, call.function.value, frame)))
                case External(path=path):
                    if path.partition(".")[0] in PACKAGES:
                        name = name_of(callee) or ""
                        found.update(dict.fromkeys(self._session(resolver, slicer, name, call, frame)))
                        if name in _ONE or name in _MANY:
                            found.update(dict.fromkeys(_reloaded(callee, tuple(found))))
                    elif path == "builtins.setattr":
                        found.update(dict.fromkeys(self._setattr(resolver, call, frame)))
                case MethodValue(bare=bare) | FunctionValue(bare=bare) if not bare:
                    found.update(dict.fromkeys(parts.effects.of(callee, call, frame)))
                case _:
                    pass
        found.update(dict.fromkeys(self._collection(resolver, call, frame)))
        if not found and parts.executions.is_left_over(call, callees):
            found.update(dict.fromkeys(self._left_over(slicer, call, frame)))
        return found

    def _query(
        self, slicer: Slicer, statement: Statement, name: str, built: s.Expression, frame: Frame
    ) -> Iterator[Access]:
        mentions = slicer.of(built, frame)
        written: tuple[str, ...] = ()
        if name in NUMBERS - {"count"}:
            written = tuple(slicer.entity_tables(statement))
        for table in written:
            yield Access(table, AccessMode.WRITE, name)
        for table, mode in mentions.accesses():
            if table not in written:
                yield Access(table, mode, name)
        if name == "delete":
            yield from self._mapping.cascades.of_statement(written)
        if name not in NUMBERS and mentions.read:
            for table in slicer.loaded(statement):
                yield Access(table, AccessMode.READ, name)

    def _session(self, resolver: Resolver, slicer: Slicer, name: str, call: s.Call, frame: Frame) -> Iterator[Access]:
        first = call.arguments[0] if call.arguments else None
        if first is None or (name == "merge" and _is_false(call.keyword("load"))):
            return
        if name in EXECUTE or name == "paginate":
            values = resolver.evaluate(first, frame)
            if any(isinstance(value, Statement) or is_clause(value) for value in values):
                yield from self._executed(slicer, name, first, values, frame)
        elif name in _BY_KEY:
            for scope in _classes(resolver.evaluate(first, frame)):
                for table in self._loaded_with(scope):
                    yield Access(table, AccessMode.READ, name)
        elif name in _ONE or name in _MANY or name in _BULK or name == "delete":
            yield from self._saved(resolver, name, first, frame)

    def _executed(
        self, slicer: Slicer, name: str, first: s.Expression, values: Values, frame: Frame
    ) -> Iterator[Access]:
        mentions = slicer.of(first, frame)
        for table, mode in mentions.accesses():
            yield Access(table, mode, name)
        if any(isinstance(value, Statement) and value.shape == "delete" for value in values):
            yield from self._mapping.cascades.of_statement(mentions.written)
        for value in values:
            if isinstance(value, Statement) and value.shape in {"select", "query"} and mentions.read:
                for table in slicer.loaded(value):
                    yield Access(table, AccessMode.READ, name)

    def _saved(self, resolver: Resolver, name: str, first: s.Expression, frame: Frame) -> Iterator[Access]:
        values = resolver.evaluate(first, frame)
        if name in _MANY:
            values = union(resolver.elements(value) for value in values)
        for value in values:
            if not isinstance(value, InstanceValue) and not (isinstance(value, ClassValue) and name in _BULK):
                continue
            tables = self._mapping.tables_of(value.scope)
            for table in tables:
                yield Access(table, AccessMode.WRITE, name)
            if name == "delete" and tables:
                yield from self._mapping.cascades.of(value.scope)

    def _setattr(self, resolver: Resolver, call: s.Call, frame: Frame) -> Iterator[Access]:
        """``setattr(row, name, value)``: an assignment where the name is known, else any of the row's columns."""
        name = call.argument(1, "name")
        owners = resolver.evaluate(call.arguments[0], frame) if call.arguments else ()
        if isinstance(name, s.Constant) and isinstance(name.value, str):
            for access in self.of_assignment(resolver, owners, name.value, None, frame):
                yield replace(access, operation="setattr")
            return
        for value in owners:
            if isinstance(value, InstanceValue) and not self._mapping.is_copy(value.scope):
                for table in self._mapping.tables_of(value.scope)[:1]:
                    yield Access(table, AccessMode.WRITE, "setattr", Confidence.LIKELY)

    def _collection(self, resolver: Resolver, call: s.Call, frame: Frame) -> Iterator[Access]:
        """``project.team.append(person)`` changes the table between the two."""
        function = call.function
        if (
            isinstance(function, s.Attribute)
            and function.name in _COLLECTION_CHANGES
            and isinstance(function.value, s.Attribute)
        ):
            for owner in resolver.evaluate(function.value.value, frame):
                if isinstance(owner, InstanceValue):
                    link = self._mapping.link(owner.scope, function.value.name)
                    if link is not None and link.collection:
                        yield from self._link_changed(owner.scope, link, function.name)

    def _link_changed(self, owner: Scope, link: Link, operation: str) -> Iterator[Access]:
        if link.secondary:
            tables = link.secondary
        elif link.collection:
            tables = self._mapping.tables_of(link.target)[:1]
        else:
            tables = self._mapping.tables_of(owner)[:1]
        for table in tables:
            yield Access(table, AccessMode.WRITE, operation, Confidence.LIKELY)

    @staticmethod
    def _left_over(slicer: Slicer, call: s.Call, frame: Frame) -> Iterator[Access]:
        """A statement without a known execution counts where it is built, call by call."""
        before = slicer.of(call.function.value, frame).read if isinstance(call.function, s.Attribute) else {}
        for table, mode in slicer.of(call, frame).accesses():
            if table in before:
                continue
            name = (spelling.dotted(call.function) or "").rpartition(".")[2]
            yield Access(table, mode, name or "select", Confidence.POSSIBLE)

    # --- other code

    def of_attribute(self, resolver: Resolver, owners: Values, name: str, frame: Frame) -> Iterable[Access]:
        """A relationship that loads when it is read."""
        for owner in self._few(owners):
            if isinstance(owner, InstanceValue):
                link = self._mapping.link(owner.scope, name)
                if link is not None and link.is_lazy:
                    for table in self._mapping.relations.tables(link):
                        yield Access(table, AccessMode.READ, name, Confidence.LIKELY)

    def of_iteration(self, resolver: Resolver, iterables: Values, frame: Frame) -> Iterable[Access]:
        """``for row in query`` runs the query."""
        slicer = self._bound(resolver).slicer
        found: dict[Access, None] = {}
        kinds = {value.fields if isinstance(value, Statement) else value for value in iterables}
        for value in iterables if len(kinds) <= _MAX_OWNERS else ():
            if isinstance(value, Statement) and value.shape == "query":
                site = value.site
                tables = dict.fromkeys(slicer.loaded(value))
                if site is not None:
                    tables.update(slicer.of(site.call, site.frame).read)
                for table in tables:
                    found[Access(table, AccessMode.READ, "for")] = None
        return found

    def of_assignment(
        self, resolver: Resolver, owners: Values, name: str, value: s.Expression | None, frame: Frame
    ) -> Iterable[Access]:
        """A column or relationship of a mapped instance that is set is written with the next flush."""
        if frame.scope.short_name == "__init__":
            return
        for owner in self._few(owners):
            if not isinstance(owner, InstanceValue) or self._mapping.is_copy(owner.scope):
                continue
            tables = self._mapping.tables_of(owner.scope)
            if tables and self._mapping.models.attribute_column(owner.scope, name) is not None:
                yield Access(tables[0], AccessMode.WRITE, name, Confidence.LIKELY)
            elif (link := self._mapping.link(owner.scope, name)) is not None:
                yield from self._link_changed(owner.scope, link, name)

    def _few(self, owners: Values) -> Values:
        """The owners, unless so many classes are possible that nothing is known."""
        mapped = {owner.scope for owner in owners if isinstance(owner, InstanceValue)}
        mapped = {scope for scope in mapped if self._mapping.tables_of(scope)}
        return owners if len(mapped) <= _MAX_OWNERS else ()

    def opens_transaction(self, resolver: Resolver, contexts: Values) -> bool:
        """``with session.begin()``, ``with engine.begin()`` and nested ones."""
        return any(name_of(value) in _TRANSACTIONS for value in contexts)

    def _loaded_with(self, scope: Scope) -> tuple[str, ...]:
        return self._mapping.relations.loaded_with(scope) if self._mapping.tables_of(scope) else ()


def _reloaded(method: External, accesses: Sequence[Access]) -> Iterator[Access]:
    """What a commit makes the session read again: instances expire, and load when they are next looked at.

    The `expire_on_commit` of "Session API" in the SQLAlchemy 2.0 documentation is on unless switched off; the session
    of Flask-SQLAlchemy leaves it on.
    """
    if expires_on_commit(method):
        for access in accesses:
            if access.mode is AccessMode.WRITE:
                yield Access(access.table, AccessMode.READ, "expire_on_commit", Confidence.LIKELY)


def _is_wrapped(resolver: Resolver, scope: Scope) -> bool:
    """Whether a decorator of the program puts a function of its own in the place of this one."""
    if not scope.applications:
        return False
    outer = resolver.frame(scope.parent or scope)
    made = resolver.applied(scope, len(scope.applications), outer)
    return any(isinstance(value, FunctionValue) and value.scope is not scope for value in made)


def _may_matter(callee: Value) -> bool:
    match callee:
        case StatementMethod() | MethodValue() | FunctionValue():
            return True
        case External(path=path):
            return path.partition(".")[0] in PACKAGES or path == "builtins.setattr"
        case _:
            return False


def _changes_attribute(call: s.Call) -> bool:
    """``owner.collection.append(...)``."""
    function = call.function
    return (
        isinstance(function, s.Attribute)
        and function.name in _COLLECTION_CHANGES
        and isinstance(function.value, s.Attribute)
    )


def _is_false(expression: s.Expression | None) -> bool:
    return isinstance(expression, s.Constant) and expression.value is False


def _classes(values: Values) -> Iterator[Scope]:
    for value in values:
        if isinstance(value, ClassValue | InstanceValue):
            yield value.scope
