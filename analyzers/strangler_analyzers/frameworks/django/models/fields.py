"""The fields a model class declares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from strangler.model.location import Location
from strangler_analyzers.frameworks.column_choices import choices
from strangler_analyzers.frameworks.column_literals import default, length
from strangler_analyzers.frameworks.django.evaluation.constants import string, truth
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Annotated, Assigned, Defined, Scope
from strangler_analyzers.linker.values import ClassValue, External, Frame, FunctionValue, InstanceValue, Value
from strangler_analyzers.source import syntax as s


class FieldKind(StrEnum):
    """The role of a field in the table of its model."""

    COLUMN = "column"
    FOREIGN_KEY = "foreign key"
    ONE_TO_ONE = "one to one"
    MANY_TO_MANY = "many to many"
    GENERIC_FOREIGN_KEY = "generic foreign key"
    """A field composed of two others, without a column of its own."""
    GENERIC_RELATION = "generic relation"
    """The reverse side of a generic foreign key, without a column."""


FORWARD = frozenset({FieldKind.FOREIGN_KEY, FieldKind.ONE_TO_ONE})
"""The kinds whose column holds the key of another row."""

_USUAL_LENGTHS = {"SlugField": 50, "EmailField": 254, "URLField": 200}
"""The default lengths of fields that have one."""
_NO_COLUMN = frozenset({"CompositePrimaryKey", "ImageSpecField", "FieldTracker", "ManagerField"})
_NOT_MODEL_FIELDS = (
    "django.forms.",
    "django_filters.",
    "rest_framework.",
    "wtforms.",
    "marshmallow.",
    "graphene",
    "import_export.",
    "haystack.",
    "dataclasses.",
    "builtins.",
    "pydantic.",
    "ninja.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field of a model, as declared.

    `target` is the expression that names the related model, evaluated in `frame`; `target_label` names it
    (``auth.user``) for fields that installed packages declare.
    """

    name: str
    kind: FieldKind
    type: str
    frame: Frame
    location: Location
    db_column: str | None = None
    nullable: bool = False
    primary_key: bool = False
    max_length: int = 0
    default: str = ""
    choices: tuple[str, ...] = ()
    parent_link: bool = False
    target: s.Expression | None = None
    target_label: str = ""
    to_field: str | None = None
    on_delete: str = ""
    related_name: str | None = None
    related_query_name: str | None = None
    through: s.Expression | None = None
    db_table: str | None = None
    symmetrical: bool | None = None
    declared_by: Scope | None = None
    """The field's class, if the program defines it."""
    unseen: bool = False
    """Whether the field's class is from a package that is not analysed: it may be a relation under any name."""

    @property
    def column(self) -> str | None:
        """The name of the column; None for a field without one."""
        if self.kind is FieldKind.COLUMN:
            return self.db_column or self.name
        if self.kind in FORWARD:
            return self.db_column or f"{self.name}_id"
        return None


class FieldReader:
    """Recognises fields among class attributes, and reads their options."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._presets: dict[Scope, tuple[s.Call, ...]] = {}

    def declared(self, scope: Scope) -> dict[str, Field | None]:
        """The names bound in a class's own body: each with its field, or None if it is something else."""
        found: dict[str, Field | None] = {}
        for name, bindings in scope.bindings.items():
            fields = [
                field
                for binding in reversed(bindings)
                if isinstance(binding, Assigned) and not binding.path
                for field in self._fields(name, binding.expression, Frame(scope))
            ]
            if not all(isinstance(binding, Annotated) for binding in bindings):
                found[name] = fields[0] if fields and not isinstance(bindings[-1], Defined) else None
        return found

    def has_fields(self, scope: Scope) -> bool:
        """Whether a class declares a field that is certainly a model's."""
        return any(
            isinstance(binding, Assigned)
            and isinstance(binding.expression, s.Call)
            and any(
                isinstance(value, External)
                and value.path.startswith("django.db.models.")
                and _outside_kind(value.path) is not None
                for value in self._resolver.evaluate(binding.expression.function, Frame(scope))
            )
            for bindings in scope.bindings.values()
            for binding in bindings
        )

    def read(self, name: str, expression: s.Expression, frame: Frame) -> Field | None:
        """The field that an expression declares."""
        return next(iter(self._fields(name, expression, frame)), None)

    def _fields(self, name: str, expression: s.Expression, frame: Frame) -> list[Field]:
        if not isinstance(expression, s.Call):
            return []
        found: list[Field] = []
        for callee in self._resolver.evaluate(expression.function, frame):
            if isinstance(callee, FunctionValue):
                found += self._made(name, expression, frame)
            elif (kind := self.kind(callee)) is not None:
                found.append(self._read(name, kind, callee, expression, frame))
        return found

    def _made(self, name: str, expression: s.Call, frame: Frame) -> list[Field]:
        """A field returned by a function of the program."""
        found: list[Field] = []
        for value in self._resolver.evaluate(expression, frame):
            if isinstance(value, External) and value.site is not None and value.path.endswith("()"):
                callee = External(value.path.removesuffix("()"))
                if (kind := self.kind(callee)) is not None:
                    found.append(self._read(name, kind, callee, value.site.call, value.site.frame))
            elif isinstance(value, InstanceValue) and (kind := self.kind(ClassValue(value.scope))) is not None:
                found.append(self._read(name, kind, ClassValue(value.scope), expression, frame))
        return found

    def kind(self, callee: Value) -> FieldKind | None:
        """The field that calling a value declares; None if it is not a field."""
        match callee:
            case External(path=path):
                return _outside_kind(path)
            case ClassValue():
                kinds = (_outside_kind(item) for item in self._outside(callee))
                return next((kind for kind in kinds if kind is not None), None)
            case _:
                return None

    def _read(self, name: str, kind: FieldKind, callee: Value, call: s.Call, frame: Frame) -> Field:
        options = _Options(self._resolver, ((call, frame), *self._preset(callee)))
        unseen = isinstance(callee, External) and not callee.path.startswith("django.")
        if kind is FieldKind.COLUMN and (
            options.expression("on_delete") is not None or (unseen and options.expression("to") is not None)
        ):
            kind = FieldKind.FOREIGN_KEY  # Only foreign keys name a model or state what happens on deletion.
        related = kind in FORWARD or kind is FieldKind.MANY_TO_MANY or kind is FieldKind.GENERIC_RELATION
        target = options.target() if related else None
        return Field(
            name=name,
            kind=kind,
            type=_type_name(callee),
            frame=target[1] if target is not None else frame,
            location=frame.scope.module.at(call.line),
            db_column=options.text("db_column"),
            nullable=options.truth("null") and not options.truth("primary_key"),
            primary_key=options.truth("primary_key"),
            max_length=self._length(callee, options) if kind is FieldKind.COLUMN else 0,
            default=(options.default("default") or options.default("db_default")) if kind is FieldKind.COLUMN else "",
            choices=options.choices() if kind is FieldKind.COLUMN else (),
            parent_link=options.truth("parent_link"),
            target=target[0] if target is not None else None,
            to_field=options.text("to_field"),
            on_delete=options.last_name("on_delete", 1) if kind in FORWARD else "",
            related_name=options.text("related_name"),
            related_query_name=options.text("related_query_name"),
            through=options.expression("through"),
            db_table=options.text("db_table"),
            symmetrical=None if options.expression("symmetrical") is None else options.truth("symmetrical"),
            declared_by=callee.scope if isinstance(callee, ClassValue) else None,
            unseen=unseen,
        )

    def _length(self, callee: Value, options: _Options) -> int:
        """The length of the column; that of a ``TextField`` applies only to forms."""
        names = {path.rpartition(".")[2] for path in self._outside(callee)}
        usual = next((_USUAL_LENGTHS[name] for name in sorted(names) if name in _USUAL_LENGTHS), 0)
        return 0 if "TextField" in names else options.length("max_length") or usual

    def _outside(self, callee: Value) -> list[str]:
        """The library classes that a field is of, or extends."""
        match callee:
            case External(path=path):
                return [path]
            case ClassValue(scope=scope):
                return [item for item in self._resolver.order(scope) if isinstance(item, str)]
            case _:
                return []

    def _preset(self, callee: Value) -> tuple[tuple[s.Call, Frame], ...]:
        """The arguments that a custom field's `__init__` passes to its base class."""
        if not isinstance(callee, ClassValue):
            return ()
        found: list[tuple[s.Call, Frame]] = []
        for ancestor in self._resolver.order(callee.scope):
            if isinstance(ancestor, Scope):
                for binding in ancestor.bindings.get("__init__", ()):
                    if isinstance(binding, Defined):
                        found += [(call, Frame(binding.scope)) for call in _passed_on(binding.scope.node)]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Options:
    """The arguments of a field: its own call first, then what custom field classes preset."""

    resolver: Resolver
    calls: tuple[tuple[s.Call, Frame], ...]

    def text(self, name: str) -> str | None:
        for call, frame in self.calls:
            if (value := call.keyword(name)) is not None:
                return string(self.resolver, value, frame)
        return None

    def length(self, name: str) -> int:
        for call, frame in self.calls:
            if (value := call.keyword(name)) is not None:
                return length(self.resolver, value, frame)
        return 0

    def default(self, name: str) -> str:
        for call, frame in self.calls:
            if (value := call.keyword(name)) is not None:
                return default(self.resolver, value, frame)
        return ""

    def choices(self) -> tuple[str, ...]:
        for call, frame in self.calls:
            if (value := call.keyword("choices")) is not None:
                return choices(self.resolver, value, frame)
        return ()

    def truth(self, name: str) -> bool:
        for call, frame in self.calls:
            if (value := call.keyword(name)) is not None:
                return truth(self.resolver, value, frame)
        return False

    def expression(self, name: str) -> s.Expression | None:
        return next((value for call, _ in self.calls if (value := call.keyword(name)) is not None), None)

    def target(self) -> tuple[s.Expression, Frame] | None:
        for call, frame in self.calls:
            value = call.argument(0, "to")
            if value is not None and not isinstance(value, s.Star):
                return value, frame
        return None

    def last_name(self, name: str, position: int) -> str:
        for call, _ in self.calls:
            value = call.argument(position, name)
            if isinstance(value, s.Call):
                value = value.function
            if isinstance(value, s.Attribute):
                return value.name
            if isinstance(value, s.Name):
                return value.id
        return ""


def _passed_on(node: s.Tree | s.Class | s.Function) -> list[s.Call]:
    """Settings of options: ``super().__init__(to=X)``, ``kwargs.setdefault("to", X)``, ``kwargs["to"] = X``."""
    found: list[s.Call] = []
    pending: list[s.Statement] = list(node.body)
    for statement in pending:
        match statement:
            case s.Evaluate(value=s.Call(function=s.Attribute(name="__init__")) as call):
                found.append(call)
            case s.Evaluate(
                value=s.Call(
                    function=s.Attribute(name="setdefault"),
                    arguments=(s.Constant(value=str() as key), value),
                    line=line,
                )
            ):
                found.append(_keyword_call(key, value, line))
            case s.Assign(targets=(s.Subscript(index=s.Constant(value=str() as key)),), value=value, line=line) if (
                value
            ):
                found.append(_keyword_call(key, value, line))
            case s.Branch(arms=arms):
                pending.extend(inner for arm in arms for inner in arm)
            case _:
                pass
    return [s.Call(call.function, (), call.keywords, call.line, call.column) for call in found]


def _keyword_call(key: str, value: s.Expression, line: int) -> s.Call:
    return s.Call(s.Name("dict"), (), (s.Keyword(key, value),), line, 0)


def _type_name(callee: Value) -> str:
    match callee:
        case External(path=path):
            return path.rpartition(".")[2]
        case ClassValue(scope=scope):
            return scope.short_name
        case _:
            return ""


def _outside_kind(path: str) -> FieldKind | None:
    """The kind of field that a library class declares, by its name: Django's own or from a field package."""
    name = path.rpartition(".")[2]
    if path.startswith(_NOT_MODEL_FIELDS) or name in _NO_COLUMN:
        return None
    for suffix, kind in _SUFFIXES:
        if name.endswith(suffix):
            return kind
    return None


_SUFFIXES = (
    ("GenericForeignKey", FieldKind.GENERIC_FOREIGN_KEY),
    ("GenericRelation", FieldKind.GENERIC_RELATION),
    ("ManyToManyField", FieldKind.MANY_TO_MANY),
    ("OneToOneField", FieldKind.ONE_TO_ONE),
    ("ForeignKey", FieldKind.FOREIGN_KEY),
    ("ParentalKey", FieldKind.FOREIGN_KEY),
    ("Field", FieldKind.COLUMN),
)
