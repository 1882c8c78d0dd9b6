"""Columns, foreign keys and relationships, read from their constructor calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from strangler.model.tables import Column
from strangler_analyzers.frameworks.column_choices import enumerated
from strangler_analyzers.frameworks.column_literals import default, length, server_default
from strangler_analyzers.frameworks.sqlalchemy.library import name_of
from strangler_analyzers.linker.definitions import called_functions, given_frame, returned_expressions
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import ConstantValue, External, Frame, InstanceValue, Site
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import nodes

COLUMN = frozenset({"Column()", "mapped_column()"})
FIELD = frozenset({"Field()"})
RELATIONSHIP = frozenset({"relationship()", "relation()", "dynamic_loader()", "Relationship()"})
_WRAPPERS = frozenset({"deferred()", "column_property()", "query_expression()"})
_NOT_TYPES = frozenset(
    {"ForeignKey", "Identity", "Sequence", "Computed", "CheckConstraint", "FetchedValue", "Constraint"}
)
_TEXT_TYPES = frozenset({"String", "Unicode", "VARCHAR", "NVARCHAR", "CHAR", "NCHAR"})
_MOST_HELPERS = 3
"""Functions of the program, one calling the other, through which a constructor is followed with its arguments."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The target of a foreign key as written: ``"table.column"`` or ``Model.column``."""

    target: s.Expression
    frame: Frame
    on_delete: str
    line: int


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column and the attribute it is reached by."""

    attribute: str
    column: Column
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """The constructor call behind a value, with its frame, and what the constructor is called."""

    name: str
    site: Site


def made_by(
    resolver: Resolver, expression: s.Expression, frame: Frame, names: frozenset[str], helpers: int = _MOST_HELPERS
) -> Made | None:
    """The call of one of the constructors that gives an expression its value, also through helpers of the program."""
    if isinstance(expression, s.Call):
        for callee in resolver.evaluate(expression.function, frame):
            name = name_of(callee)
            if name is not None and f"{name}()" in names:
                return Made(name, Site(expression, frame))
            if name is not None and f"{name}()" in _WRAPPERS and expression.arguments:
                return made_by(resolver, expression.arguments[0], frame, names)
    for value in resolver.evaluate(expression, frame):
        if isinstance(value, External) and value.site is not None and name_of(value) in names:
            helped = _made_by_helper(resolver, expression, frame, names, helpers)
            return helped or Made((name_of(value) or "").removesuffix("()"), value.site)
        if isinstance(value, InstanceValue) and isinstance(expression, s.Call):
            outside = [base for base in resolver.order(value.scope) if isinstance(base, str)]
            inherited = next((name for base in outside if f"{(name := base.rpartition('.')[2])}()" in names), None)
            if inherited is not None and any(name_of(External(base)) for base in outside):
                return Made(inherited, Site(expression, frame))
    return None


def _made_by_helper(
    resolver: Resolver, expression: s.Expression, frame: Frame, names: frozenset[str], helpers: int
) -> Made | None:
    """The constructor's call in a function of the program that an expression calls, with what this call passes."""
    if not isinstance(expression, s.Call) or helpers == 0:
        return None
    for helper in called_functions(resolver.evaluate(expression.function, frame)):
        inner = given_frame(resolver, helper, expression, frame)
        for returned in returned_expressions(helper.scope):
            made = made_by(resolver, returned, inner, names, helpers - 1)
            if made is not None:
                return made
    return None


class ColumnReader:
    """Reads column constructors."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._texts = Texts(resolver)

    def read(self, attribute: str, made: Made, annotation: s.Expression | None = None) -> MappedColumn:
        """The column a constructor call makes for an attribute; `annotation` is what stands inside ``Mapped[...]``."""
        call, frame = made.site.call, made.site.frame
        if made.name == "Field":
            return self._field(attribute, call, frame, annotation)
        primary = self._flag(call.keyword("primary_key"), frame) is True
        nullable = self._flag(call.keyword("nullable"), frame)
        if nullable is None:
            nullable = is_optional(annotation) if annotation is not None else not primary
        kind = self._type(call, frame) or type_text(annotation)
        name = self._name(call, frame) or attribute
        most, given, allowed = self._length(call, frame), self._default(call, frame), self._choices(call, frame)
        column = Column(name, kind, nullable, primary, most, given, allowed)
        return MappedColumn(attribute, column, tuple(self.references(call, frame)))

    def named(self, made: Made) -> MappedColumn | None:
        """A column of a ``Table``: its name is an argument."""
        name = self._name(made.site.call, made.site.frame)
        return self.read(name, made) if name is not None else None

    def declared(self, attribute: str, annotation: s.Expression) -> MappedColumn:
        """The column of ``name: Mapped[int]`` without a value."""
        return MappedColumn(attribute, Column(attribute, type_text(annotation), is_optional(annotation)))

    def _field(self, attribute: str, call: s.Call, frame: Frame, annotation: s.Expression | None) -> MappedColumn:
        """SQLModel's ``Field``; ``sa_column`` replaces everything."""
        column = call.keyword("sa_column")
        if column is not None and (inner := made_by(self._resolver, column, frame, COLUMN)) is not None:
            read = self.read(attribute, inner)
            return replace(read, column=replace(read.column, type=read.column.type or type_text(annotation)))
        primary = self._flag(call.keyword("primary_key"), frame) is True
        nullable = self._flag(call.keyword("nullable"), frame)
        optional = is_optional(annotation) and not primary
        name = attribute
        extra = call.keyword("sa_column_kwargs")
        if isinstance(extra, s.Mapping):
            for key, value in zip(extra.keys, extra.values, strict=True):
                if isinstance(key, s.Constant) and key.value == "name":
                    name = self._texts.one(value, frame) or name
        most = length(self._resolver, call.keyword("max_length"), frame)
        given = default(self._resolver, call.argument(0, "default"), frame)
        is_nullable = nullable if nullable is not None else optional
        column_made = Column(name, type_text(annotation), is_nullable, primary, most, given)
        target = call.keyword("foreign_key")
        references: list[Reference] = []
        if target is not None and not (isinstance(target, s.Constant) and target.value is None):
            rule = self._texts.one(call.keyword("ondelete"), frame) or ""
            references.append(Reference(target, frame, rule, call.line))
        arguments = call.keyword("sa_column_args")
        if arguments is not None:
            references.extend(self._foreign_keys(arguments, frame))
        return MappedColumn(attribute, column_made, tuple(references))

    # --- parts

    def _name(self, call: s.Call, frame: Frame) -> str | None:
        keyword = call.keyword("name")
        if keyword is not None:
            return self._texts.one(keyword, frame)
        first = call.arguments[0] if call.arguments else None
        if isinstance(first, s.Constant | s.Format | s.Operation):
            return self._texts.one(first, frame)
        if isinstance(first, s.Name | s.Attribute):
            constants = [v.value for v in self._resolver.evaluate(first, frame) if isinstance(v, ConstantValue)]
            if len(constants) == 1 and isinstance(constants[0], str):
                return constants[0]
        return None

    def _type(self, call: s.Call, frame: Frame) -> str:
        candidates: list[s.Expression] = [
            argument for argument in call.arguments[:3] if not isinstance(argument, s.Constant | s.Star)
        ]
        keyword = call.keyword("type_")
        if keyword is not None:
            candidates.insert(0, keyword)
        for candidate in candidates:
            target = candidate
            while isinstance(target, s.Call):  # Text().with_variant(...) is a Text
                target = target.function
                if isinstance(target, s.Attribute) and isinstance(target.value, s.Call):
                    target = target.value
            name = (spelling.dotted(target) or "").rpartition(".")[2]
            if name and name not in _NOT_TYPES and not self._foreign_key_calls(candidate, frame):
                return name
        return ""

    def _length(self, call: s.Call, frame: Frame) -> int:
        """The length argument of the column's type, if it is a string type."""
        for candidate in (call.keyword("type_"), *call.arguments[:2]):
            if (
                isinstance(candidate, s.Call)
                and (spelling.dotted(candidate.function) or "").rpartition(".")[2] in _TEXT_TYPES
            ):
                return length(self._resolver, candidate.argument(0, "length"), frame)
        return 0

    def _choices(self, call: s.Call, frame: Frame) -> tuple[str, ...]:
        """The values that the column's ``Enum`` stores."""
        for candidate in (call.keyword("type_"), *call.arguments[:2]):
            if isinstance(candidate, s.Call) and (found := enumerated(self._resolver, candidate, frame)):
                return found
        return ()

    def _default(self, call: s.Call, frame: Frame) -> str:
        given = default(self._resolver, call.keyword("default"), frame)
        return given or server_default(self._resolver, call.keyword("server_default"), frame)

    def references(self, call: s.Call, frame: Frame) -> Iterator[Reference]:
        """The foreign keys among a column constructor's arguments."""
        for argument in call.arguments:
            if not isinstance(argument, s.Constant):
                yield from self._foreign_keys(argument, frame)

    def _foreign_keys(self, expression: s.Expression, frame: Frame) -> Iterator[Reference]:
        for call, inner in self._foreign_key_calls(expression, frame):
            target = call.argument(0, "column")
            if target is not None:
                rule = self._texts.one(call.keyword("ondelete"), inner) or ""
                yield Reference(target, inner, rule, call.line)

    def _foreign_key_calls(self, expression: s.Expression, frame: Frame) -> list[tuple[s.Call, Frame]]:
        elements = expression.elements if isinstance(expression, s.Sequence) else (expression,)
        found: list[tuple[s.Call, Frame]] = []
        for element in elements:
            made = made_by(self._resolver, element, frame, frozenset({"ForeignKey()"}))
            if made is not None:
                found.append((made.site.call, made.site.frame))
        return found

    def _flag(self, expression: s.Expression | None, frame: Frame) -> bool | None:
        if expression is None:
            return None
        flags = [v.value for v in self._resolver.evaluate(expression, frame) if isinstance(v, ConstantValue)]
        return flags[0] if len(flags) == 1 and isinstance(flags[0], bool) else None


def type_text(annotation: s.Expression | None) -> str:
    """The type an annotation names, without ``Optional``."""
    match annotation:
        case s.Name() | s.Attribute():
            return (spelling.dotted(annotation) or "").rpartition(".")[2]
        case s.Subscript(value=value, index=index):
            name = type_text(value)
            if name in {"Optional", "Annotated", "Mapped", "Union"}:
                first = index.elements[0] if isinstance(index, s.Sequence) and index.elements else index
                return type_text(first)
            return name
        case s.Operation(operator="|", left=left, right=right):
            return type_text(left) or type_text(right)
        case s.Constant(value=str() as value):
            return value
        case _:
            return ""


def is_optional(annotation: s.Expression | None) -> bool:
    """Whether an annotation allows None."""
    match annotation:
        case s.Subscript(value=value) if (spelling.dotted(value) or "").rpartition(".")[2] == "Optional":
            return True
        case s.Operation(operator="|") | s.Subscript():
            return any(isinstance(node, s.Constant) and node.value is None for node in nodes((annotation,)))
        case s.Constant(value=str() as value):
            return value.startswith("Optional") or value.endswith("| None")
        case _:
            return False
