"""The mapped classes of a program with their columns and relationships, and its ``Table`` objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from strangler.model.location import Location
from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.sqlalchemy.class_tables import ClassTables, is_declared_attribute
from strangler_analyzers.frameworks.sqlalchemy.columns import (
    COLUMN,
    FIELD,
    RELATIONSHIP,
    ColumnReader,
    Made,
    MappedColumn,
    made_by,
)
from strangler_analyzers.frameworks.sqlalchemy.constraints import Constraint, constraints_of
from strangler_analyzers.frameworks.sqlalchemy.library import is_sqlmodel, name_of
from strangler_analyzers.frameworks.sqlalchemy.library_mixins import mixin_columns
from strangler_analyzers.linker.definitions import definitions, returned_expressions
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Annotated, Assigned, Defined, Scope
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import ClassValue, External, Frame, Site
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import statements

_ATTRIBUTES = COLUMN | FIELD | RELATIONSHIP
_TABLE = frozenset({"Table()"})
_IMPERATIVE = frozenset({"map_imperatively", "mapper"})


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship attribute: its constructor's call, and the annotation that may name the target."""

    attribute: str
    site: Site
    annotation: s.Expression | None = None


@dataclass(slots=True)
class Columns:
    """What one table declares: its columns by attribute, constraints and relationships."""

    columns: dict[str, MappedColumn] = field(default_factory=dict[str, MappedColumn])
    constraints: list[Constraint] = field(default_factory=list[Constraint])
    relations: dict[str, Relation] = field(default_factory=dict[str, Relation])


@dataclass(slots=True)
class CoreTable:
    """A ``Table("name", metadata, ...)``; `model` is the class mapped to it, if one is."""

    name: str
    site: Site
    location: Location
    content: Columns
    model: Scope | None = None


class Models:
    """Everything a program maps, found on first use."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.classes = ClassTables(resolver)
        self._reader = ColumnReader(resolver)
        self._contents: dict[Scope, Columns] = {}
        self._core: dict[tuple[s.Call, Frame], CoreTable | None] = {}
        self._imperative: dict[Scope, CoreTable] | None = None
        self._named: dict[str, list[Scope]] | None = None

    # --- classes

    def mapped(self) -> Iterator[Scope]:
        """Every mapped class with a table of its own, in source order."""
        for scope in self.resolver.program.classes.values():
            if self.classes.own_table(scope) is not None:
                yield scope

    def tables_of(self, scope: Scope) -> tuple[str, ...]:
        """The tables that hold an instance: its own, then inherited ones (joined inheritance); empty if not mapped."""
        core = self.imperative().get(scope)
        if core is not None:
            return (core.name,)
        found: dict[str, None] = {}
        own = self.classes.own_table(scope)
        if own is not None:
            found[own] = None
        parent = self.classes.parent(scope)
        while parent is not None:
            found[self.classes.own_table(parent) or ""] = None
            parent = self.classes.parent(parent)
        return tuple(name for name in found if name)

    def content(self, scope: Scope) -> Columns:
        """What a class and its unmapped ancestors declare; what mapped ancestors declare belongs to them."""
        known = self._contents.get(scope)
        if known is None:
            known = self._contents[scope] = Columns()
            explicit = self.classes.explicit_table(scope)
            if explicit is not None:
                self._adopt(known, self.core_table(explicit, Frame(scope)))
            core = self.imperative().get(scope)
            if core is not None:
                self._adopt(known, core)
            self._collect(known, scope)
        return known

    def attribute_column(self, scope: Scope, attribute: str) -> MappedColumn | None:
        """The column behind an attribute of a mapped class."""
        for owner in self.lineage(scope):
            column = self.content(owner).columns.get(attribute)
            if column is not None:
                return column
        return None

    def relation(self, scope: Scope, attribute: str) -> Relation | None:
        """The relationship behind an attribute of a mapped class."""
        for owner in self.lineage(scope):
            relation = self.content(owner).relations.get(attribute)
            if relation is not None:
                return relation
        return None

    def lineage(self, scope: Scope) -> Iterator[Scope]:
        """A mapped class and its mapped ancestors, nearest first."""
        current: Scope | None = scope
        while current is not None:
            yield current
            current = self.classes.parent(current)

    def single_table_children(self, scope: Scope) -> list[Scope]:
        """Subclasses of a mapped class that share its table."""
        children = self.resolver.subclasses(scope)
        return [c for c in children if self.classes.own_table(c) is None and self.classes.parent(c) is scope]

    def by_name(self, name: str, near: Scope) -> Scope | None:
        """The mapped class a string names, as relationships do; the nearest of several, None if none is nearest."""
        if self._named is None:
            self._named = {}
            for scope in self.resolver.program.classes.values():
                if self.classes.is_mapped(scope) or scope in self.imperative():
                    self._named.setdefault(scope.short_name, []).append(scope)
        candidates = self._named.get(name.rpartition(".")[2], [])
        if len(candidates) > 1:
            ranked = sorted(candidates, key=lambda scope: -_shared_prefix(scope.module.name, near.module.name))
            first, second = (_shared_prefix(item.module.name, near.module.name) for item in ranked[:2])
            return ranked[0] if first > second else None
        return candidates[0] if candidates else None

    def _adopt(self, content: Columns, core: CoreTable | None) -> None:
        if core is not None:
            content.columns.update(core.content.columns)
            content.constraints.extend(core.content.constraints)

    def _collect(self, content: Columns, scope: Scope) -> None:
        inherited: set[Scope] = set()
        parent = self.classes.parent(scope)
        if parent is not None:
            inherited.update(self.classes.ancestors(parent))
        fields_without_mapped = any(is_sqlmodel(path) for path in self.classes.outside(scope))
        seen: set[str] = set()
        for ancestor in self.classes.ancestors(scope):
            if ancestor in inherited:
                continue
            for name in ancestor.bindings:
                if name == "__table_args__":
                    content.constraints.extend(self._constraints(ancestor, scope))
                elif name not in seen and not (name.startswith("__") and name.endswith("__")):
                    seen.add(name)
                    self._attribute(content, name, ancestor, scope, plain=fields_without_mapped)
        of_parent = self.classes.outside(parent) if parent is not None else frozenset[str]()
        for path in sorted(self.classes.outside(scope) - of_parent):
            for column in mixin_columns(path):
                content.columns.setdefault(column.attribute, column)

    def _attribute(self, content: Columns, name: str, owner: Scope, scope: Scope, *, plain: bool) -> None:
        annotation = _annotation(owner, name)
        mapped = _mapped_argument(annotation)
        for binding in reversed(owner.bindings[name]):
            made: Made | None = None
            match binding:
                case Assigned(expression=expression):
                    made = made_by(self.resolver, expression, Frame(owner), _ATTRIBUTES)
                case Defined(scope=function) if is_declared_attribute(function):
                    if isinstance(function.node, s.Function):
                        mapped = _mapped_argument(function.node.returns)
                    made = self._declared(function, scope)
                case _:
                    continue
            if made is None:
                break
            if f"{made.name}()" in RELATIONSHIP:
                content.relations[name] = Relation(name, made.site, mapped or annotation)
            else:
                content.columns[name] = self._reader.read(name, made, mapped or (annotation if plain else None))
            return
        if annotation is None or _assigned_elsewhere(owner, name, plain=plain):
            return
        if mapped is not None:
            content.columns[name] = self._annotated(name, mapped, owner)
        elif plain and not name.startswith(("_", "model_")) and not _is_class_variable(annotation):
            content.columns[name] = self._annotated(name, annotation, owner)

    def _annotated(self, name: str, annotation: s.Expression, owner: Scope) -> MappedColumn:
        """``Mapped[key]`` where ``key = Annotated[int, mapped_column(primary_key=True)]``, or a plain type."""
        for made in self._annotated_columns(annotation, owner):
            return self._reader.read(name, made, annotation)
        return self._reader.declared(name, annotation)

    def _annotated_columns(self, annotation: s.Expression, owner: Scope) -> Iterator[Made]:
        places = [(annotation, Frame(owner)), *definitions(self.resolver, annotation, Frame(owner))]
        for expression, frame in places:
            if isinstance(expression, s.Subscript) and isinstance(expression.index, s.Sequence):
                for element in expression.index.elements[1:]:
                    made = made_by(self.resolver, element, frame, COLUMN | FIELD)
                    if made is not None:
                        yield made

    def _declared(self, function: Scope, scope: Scope) -> Made | None:
        frame = Frame(function, scope)
        for expression in returned_expressions(function):
            made = made_by(self.resolver, expression, frame, _ATTRIBUTES)
            if made is not None:
                return made
        return None

    def _constraints(self, owner: Scope, scope: Scope) -> Iterator[Constraint]:
        for binding in owner.bindings["__table_args__"]:
            match binding:
                case Assigned(expression=expression):
                    yield from constraints_of(self.resolver, (expression,), Frame(owner))
                case Defined(scope=function) if function.is_function:
                    yield from constraints_of(self.resolver, returned_expressions(function), Frame(function, scope))
                case _:
                    pass

    # --- Table objects

    def core_table(self, expression: s.Expression, frame: Frame) -> CoreTable | None:
        """The ``Table`` an expression stands for."""
        made = made_by(self.resolver, expression, frame, _TABLE)
        return self._core_table(made.site) if made is not None else None

    def core_table_of(self, value: External) -> CoreTable | None:
        """The ``Table`` that made a value: the object itself, its columns, what its methods give."""
        if value.site is None or not value.path.startswith("sqlalchemy.Table()"):
            return None
        return self._core_table(value.site)

    def _core_table(self, site: Site) -> CoreTable | None:
        key = (site.call, site.frame)
        if key not in self._core:
            self._core[key] = self._read_core_table(site)
        return self._core[key]

    def _read_core_table(self, site: Site) -> CoreTable | None:
        name = Texts(self.resolver, member=self.classes.table_text).one(site.call.argument(0, "name"), site.frame)
        if not name:
            return None
        content = Columns()
        for argument in site.call.arguments[1:]:
            target = argument.value if isinstance(argument, s.Star) else argument
            made = made_by(self.resolver, target, site.frame, COLUMN)
            column = self._reader.named(made) if made is not None else None
            if column is not None:
                content.columns[column.attribute] = column
        content.constraints.extend(constraints_of(self.resolver, site.call.arguments[1:], site.frame))
        return CoreTable(name, site, site.frame.scope.module.at(site.call.line), content)

    def core_tables(self) -> list[CoreTable]:
        """The tables declared by ``Table(...)`` at the top of modules and classes, each name once."""
        found: dict[str, CoreTable] = {}
        for scope in self.resolver.program.scopes():
            if scope.is_function or scope.module.role is not ModuleRole.APPLICATION:
                continue
            for expression in (*_assigned_calls(scope), *_bare_tables(scope)):
                core = self.core_table(expression, Frame(scope))
                if core is not None and core.content.columns:
                    found.setdefault(core.name, core)
        for model, core in self.imperative().items():
            core.model = model
            found[core.name] = core
        return list(found.values())

    def imperative(self) -> dict[Scope, CoreTable]:
        """Classes mapped by ``registry.map_imperatively(Class, table)``."""
        if self._imperative is None:
            self._imperative = {}
            for scope in self.resolver.program.scopes():
                if not scope.is_class and _mentions_mapper(scope):
                    self._map_imperatively(scope)
        return self._imperative

    def _map_imperatively(self, scope: Scope) -> None:
        assert self._imperative is not None
        for call in scope.calls:
            name = (spelling.dotted(call.function) or "").rpartition(".")[2]
            if name not in _IMPERATIVE or len(call.arguments) < 2:
                continue
            frame = Frame(scope)
            if not any(name_of(value) for value in self.resolver.evaluate(call.function, frame)):
                continue
            table = self.core_table(call.arguments[1], frame)
            for value in self.resolver.evaluate(call.arguments[0], frame):
                if isinstance(value, ClassValue) and table is not None:
                    self._imperative.setdefault(value.scope, table)


def _annotation(owner: Scope, name: str) -> s.Expression | None:
    for binding in owner.bindings[name]:
        if isinstance(binding, Annotated):
            return binding.annotation
    return None


def _mapped_argument(annotation: s.Expression | None) -> s.Expression | None:
    """``X`` of ``Mapped[X]``."""
    if isinstance(annotation, s.Subscript) and (spelling.dotted(annotation.value) or "").rpartition(".")[2] == "Mapped":
        return annotation.index
    return None


def _is_class_variable(annotation: s.Expression) -> bool:
    target = annotation.value if isinstance(annotation, s.Subscript) else annotation
    return (spelling.dotted(target) or "").rpartition(".")[2] in {
        "ClassVar",
        "InitVar",
        "WriteOnlyMapped",
        "DynamicMapped",
    }


def _assigned_elsewhere(owner: Scope, name: str, *, plain: bool) -> bool:
    """Whether a value that is no column stands beside the annotation; a SQLModel field may have a plain default."""
    return not plain and any(isinstance(binding, Assigned) for binding in owner.bindings[name])


def _assigned_calls(scope: Scope) -> Iterator[s.Call]:
    for bindings in scope.bindings.values():
        for binding in bindings:
            if isinstance(binding, Assigned) and isinstance(binding.expression, s.Call) and not binding.path:
                yield binding.expression


def _bare_tables(scope: Scope) -> Iterator[s.Call]:
    """Tables that are declared but not bound to a name; relationships refer to them by string."""
    for statement in statements(scope.node.body):
        call = statement.value if isinstance(statement, s.Evaluate) else None
        if isinstance(call, s.Call) and spelling.last_name(call.function) == "Table":
            yield call


def _mentions_mapper(scope: Scope) -> bool:
    unit = scope.module.scope
    if scope is unit or scope.parent is unit:
        return any((spelling.dotted(call.function) or "").rpartition(".")[2] in _IMPERATIVE for call in scope.calls)
    return False


def _shared_prefix(first: str, second: str) -> int:
    count = 0
    for left, right in zip(first.split("."), second.split("."), strict=False):
        if left != right:
            break
        count += 1
    return count
