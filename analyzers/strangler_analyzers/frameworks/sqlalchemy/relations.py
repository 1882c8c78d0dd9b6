"""Relationships: their targets, association tables, and loading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler_analyzers.frameworks.sqlalchemy.columns import made_by, type_text
from strangler_analyzers.frameworks.sqlalchemy.models import Models, Relation
from strangler_analyzers.frameworks.sqlalchemy.polymorphism import Polymorphism
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import ClassValue, ConstantValue, External, Frame, Site
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

_COLLECTIONS = frozenset(
    {
        "list",
        "List",
        "set",
        "Set",
        "Sequence",
        "Collection",
        "dict",
        "Dict",
        "DynamicMapped",
        "WriteOnlyMapped",
        "tuple",
    }
)
_EAGER = frozenset({"selectin", "joined", "subquery", "immediate"})
_NEVER = frozenset({"raise", "raise_on_sql", "noload", "write_only", "dynamic"})
_BACKREF = frozenset({"backref()"})


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship seen from one side."""

    owner: Scope
    """The class of this side."""
    target: Scope
    secondary: tuple[str, ...]
    collection: bool
    loading: str
    """SQLAlchemy's own word: ``select``, ``selectin``, ``joined``, ``raise``, ``dynamic``, ..."""
    declaration: Site
    """The constructor's call, on this side or on the other."""
    options: Site | None
    """The call that configures this side: the constructor, or `backref()` on the other side."""
    repeats: bool = False
    """Whether `join_depth` lets a class that refers to itself load its own rows eagerly."""

    @property
    def is_eager(self) -> bool:
        """Whether every load of this side loads the other one."""
        return self.loading in _EAGER

    @property
    def is_lazy(self) -> bool:
        """Whether reading the attribute sends a query."""
        return not (self.is_eager and self.comes_with(self.owner)) and self.loading not in _NEVER

    def comes_with(self, loaded: Scope) -> bool:
        """Whether an eager load of a class follows this: what leads back to the class itself ends there.

        `LoaderStrategy._setup_for_recursion` and the documentation of `join_depth`: without it, eager loading of a
        class that refers to itself does not take place, and the attribute loads when it is read.
        """
        return self.repeats or self.target is not loaded


class Relations:
    """All relationships of a program, backrefs included."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self._resolver = models.resolver
        self._texts = Texts(models.resolver)
        self._polymorphism = Polymorphism(models.resolver, models.classes)
        self._links: dict[tuple[Scope, str], Link | None] = {}
        self._backrefs: dict[tuple[Scope, str], Link] | None = None

    def link(self, scope: Scope, attribute: str) -> Link | None:
        """The relationship behind an attribute of a mapped class, its own or one that a backref put there."""
        key = (scope, attribute)
        if key not in self._links:
            self._links[key] = None  # A relationship that leads back to the question is unknown at that point.
            self._links[key] = self._find(scope, attribute)
        return self._links[key]

    def tables(self, link: Link) -> tuple[str, ...]:
        """The tables a load of the other side reads: the one between, its own, and what it loads eagerly itself."""
        return tuple(dict.fromkeys((*link.secondary, *self.loaded_with(link.target))))

    def loaded_with(self, scope: Scope) -> tuple[str, ...]:
        """Return the tables read when a class loads: its own, those of subclasses and relationships that come along."""
        found: dict[str, None] = {}
        seen: set[Scope] = set()
        pending = [scope]
        while pending:
            current = pending.pop()
            if current in seen:
                continue
            seen.add(current)
            found.update(dict.fromkeys(self.models.tables_of(current)))
            pending.extend(self._polymorphism.loaded_with(current))
            for link in self.of(current):
                if link.is_eager and link.comes_with(current):
                    found.update(dict.fromkeys(link.secondary))
                    pending.append(link.target)
        return tuple(found)

    def of(self, scope: Scope) -> Iterator[Link]:
        """All relationships of a mapped class, inherited ones and backrefs included."""
        lineage = tuple(self.models.lineage(scope))
        for owner in lineage:
            for attribute in self.models.content(owner).relations:
                link = self.link(owner, attribute)
                if link is not None:
                    yield link
        for (owner, _), link in self._backreferences().items():
            if owner in lineage:
                yield link

    def _find(self, scope: Scope, attribute: str) -> Link | None:
        relation = self.models.relation(scope, attribute)
        if relation is not None:
            return self._read(relation, scope)
        for owner in self.models.lineage(scope):
            link = self._backreferences().get((owner, attribute))
            if link is not None:
                return link
        return None

    # --- one relationship

    def _read(self, relation: Relation, scope: Scope) -> Link | None:
        call, frame = relation.site.call, relation.site.frame
        target = self._target(relation, scope)
        if target is None:
            return None
        loading = self._text(call.keyword("lazy"), frame) or "select"
        collection = self._is_collection(relation, scope, target)
        return Link(
            scope,
            target,
            self._secondary(call, frame),
            collection,
            loading,
            relation.site,
            options=relation.site,
            repeats=call.keyword("join_depth") is not None,
        )

    def _target(self, relation: Relation, scope: Scope) -> Scope | None:
        first = relation.site.call.argument(0, "argument")
        found = self._class(first, relation.site.frame, scope) if first is not None else None
        if found is None and relation.annotation is not None:
            found = self._annotated(relation.annotation, scope)
        return found

    def _class(self, expression: s.Expression, frame: Frame, scope: Scope) -> Scope | None:
        if isinstance(expression, s.Lambda):
            return self._class(expression.body, frame, scope)
        for value in self._resolver.evaluate(expression, frame):
            if isinstance(value, ClassValue):
                return value.scope
            if isinstance(value, ConstantValue) and isinstance(value.value, str):
                return self.models.by_name(value.value, scope)
        return None

    def _annotated(self, annotation: s.Expression, scope: Scope) -> Scope | None:
        match annotation:
            case s.Constant(value=str() as name):
                class_name = name.rpartition("[")[2].strip("]'\" ").partition("|")[0].strip()
                return self.models.by_name(class_name, scope)
            case s.Subscript(value=generic, index=index):
                inner = index.elements[-1] if isinstance(index, s.Sequence) and index.elements else index
                return self._annotated(inner, scope) or self._annotated(generic, scope)
            case s.Operation(left=left, right=right):
                return self._annotated(left, scope) or self._annotated(right, scope)
            case s.Name() | s.Attribute():
                for value in self._resolver.evaluate(annotation, Frame(scope)):
                    if isinstance(value, ClassValue) and self.models.tables_of(value.scope):
                        return value.scope
                return self.models.by_name(spelling.dotted(annotation) or "", scope)
            case _:
                return None

    def _secondary(self, call: s.Call, frame: Frame) -> tuple[str, ...]:
        expression = call.keyword("secondary")
        link_model = call.keyword("link_model")
        if expression is None and link_model is None:
            return ()
        return self._tables_named(expression or link_model or s.OPAQUE, frame)

    def _tables_named(self, expression: s.Expression, frame: Frame) -> tuple[str, ...]:
        if isinstance(expression, s.Lambda):
            return self._tables_named(expression.body, frame)
        if isinstance(expression, s.Attribute) and expression.name == "__table__":
            return self._tables_named(expression.value, frame)
        for value in self._resolver.evaluate(expression, frame):
            if isinstance(value, ClassValue):
                return self.models.tables_of(value.scope)[:1]
            if isinstance(value, External) and (core := self.models.core_table_of(value)) is not None:
                return (core.name,)
            if isinstance(value, ConstantValue) and isinstance(value.value, str):
                return (value.value.rpartition(".")[2],)
        text = self._text(expression, frame)
        if text:
            return (text.rpartition(".")[2],)
        around = frame.scope.parent
        if isinstance(expression, s.Name) and frame.scope.is_class and around is not None:
            return self._tables_named(expression, Frame(around))  # ``readers = relationship(User, secondary=readers)``
        return ()

    def _is_collection(self, relation: Relation, scope: Scope, target: Scope) -> bool:
        call = relation.site.call
        flag = call.keyword("uselist")
        if isinstance(flag, s.Constant) and isinstance(flag.value, bool):
            return flag.value
        annotation = relation.annotation
        if annotation is not None and (kind := type_text(annotation)):
            return kind in _COLLECTIONS or kind.partition("[")[0] in _COLLECTIONS
        if call.keyword("secondary") is not None:
            return True
        return not self._refers_to(scope, target)

    def _refers_to(self, scope: Scope, target: Scope) -> bool:
        """Whether the class holds the foreign key, so that the other side is a single object."""
        tables = self.models.tables_of(target)
        names = {f"{table}." for table in tables}
        for owner in self.models.lineage(scope):
            for column in self.models.content(owner).columns.values():
                for reference in column.references:
                    text = self._text(reference.target, reference.frame)
                    if text is not None and any(text.rpartition(".")[0] + "." == name for name in names):
                        return True
                    if isinstance(reference.target, s.Attribute):
                        values = self._resolver.evaluate(reference.target.value, reference.frame)
                        if any(isinstance(value, ClassValue) and value.scope is target for value in values):
                            return True
        return False

    def _text(self, expression: s.Expression | None, frame: Frame) -> str | None:
        return self._texts.one(expression, frame)

    # --- backrefs

    def _backreferences(self) -> dict[tuple[Scope, str], Link]:
        if self._backrefs is None:
            self._backrefs = {}
            for scope in list(self.models.mapped()):
                for relation in self.models.content(scope).relations.values():
                    self._backreference(relation, scope)
        return self._backrefs

    def _backreference(self, relation: Relation, scope: Scope) -> None:
        call, frame = relation.site.call, relation.site.frame
        expression = call.keyword("backref")
        if expression is None or self._backrefs is None:
            return
        made = made_by(self._resolver, expression, frame, _BACKREF)
        options = made.site.call if made is not None else None
        name = self._text(options.argument(0, "name") if options is not None else expression, frame)
        target = self._target(relation, scope)
        if name is None or target is None:
            return
        loading = self._text(options.keyword("lazy"), frame) if options is not None else None
        single = (
            options is not None and isinstance(flag := options.keyword("uselist"), s.Constant) and flag.value is False
        )
        many = not single and (call.keyword("secondary") is not None or self._refers_to(scope, target))
        self._backrefs[target, name] = Link(
            target,
            scope,
            self._secondary(call, frame),
            many,
            loading or "select",
            relation.site,
            options=made.site if made is not None else None,
            repeats=options is not None and options.keyword("join_depth") is not None,
        )
