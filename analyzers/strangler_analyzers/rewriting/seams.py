"""The seams of a service: every place where code of one side depends on the other, told apart by kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from strangler.model.location import Location
from strangler.model.system import AccessMode


class SeamKind(StrEnum):
    """The kinds of crossings at a seam, in the order in which they are reported."""

    FUNCTION = "function"
    CLASS = "class"
    METHOD = "method"
    MODEL = "model"
    COMPOSITION = "composition"
    JOINED_LOADING = "joined-loading"
    FOREIGN_KEY = "foreign-key"
    RAW_SQL = "raw-sql"
    SIGNAL = "signal"
    TEMPLATE = "template"
    SUBCLASS = "subclass"
    DYNAMIC = "dynamic"
    TRANSACTION = "transaction"
    QUEUED = "queued"
    IMPORT_TIME = "import-time"
    DECORATOR = "decorator"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, order=True)
class SourcePosition:
    """The location of a seam: the file relative to the analysed folder; line and column count from 1."""

    file: str
    line: int
    column: int

    @classmethod
    def of(cls, location: Location, column: int = 0) -> SourcePosition:
        """The place of a fact, whose column counts from 0."""
        return cls(location.file, location.line, column + 1)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """Code outside calls a function inside, at once and by its own name. This is what a port replaces."""

    place: SourcePosition
    function: str
    callee: str
    kind: Literal[SeamKind.FUNCTION] = SeamKind.FUNCTION


@dataclass(frozen=True, slots=True)
class ClassCall:
    """Code outside makes an instance of a class inside that is no model: an exception, a form, a value."""

    place: SourcePosition
    function: str
    callee: str
    kind: Literal[SeamKind.CLASS] = SeamKind.CLASS


@dataclass(frozen=True, slots=True)
class MethodCall:
    """Code outside calls a method of an object inside, or reads a property of it."""

    place: SourcePosition
    function: str
    callee: str
    kind: Literal[SeamKind.METHOD] = SeamKind.METHOD


@dataclass(frozen=True, slots=True)
class ModelUse:
    """Code outside makes a row of a table inside (`operation` is the class), reads or writes its rows."""

    place: SourcePosition
    function: str
    table: str
    operation: str
    mode: AccessMode
    kind: Literal[SeamKind.MODEL] = SeamKind.MODEL


@dataclass(frozen=True, slots=True)
class QueryComposition:
    """Code outside goes on with a query inside, or one statement touches tables of both sides.

    `what` is the method of a queryset or manager inside, else the statement's operation; `tables` are those of the
    statement, where they are known.
    """

    place: SourcePosition
    function: str
    what: str
    tables: tuple[str, ...]
    kind: Literal[SeamKind.COMPOSITION] = SeamKind.COMPOSITION


@dataclass(frozen=True, slots=True)
class JoinedLoading:
    """A query loads rows of the other side along: ``select_related``, ``joinedload`` and the like."""

    place: SourcePosition
    function: str
    table: str
    operation: str
    kind: Literal[SeamKind.JOINED_LOADING] = SeamKind.JOINED_LOADING


@dataclass(frozen=True, slots=True)
class CrossingKey:
    """A foreign key leads from a table of one side to one of the other."""

    place: SourcePosition
    table: str
    column: str
    target: str
    on_delete: str
    kind: Literal[SeamKind.FOREIGN_KEY] = SeamKind.FOREIGN_KEY


@dataclass(frozen=True, slots=True)
class RawSql:
    """Code outside names tables inside in SQL of its own."""

    place: SourcePosition
    function: str
    table: str
    operation: str
    mode: AccessMode
    kind: Literal[SeamKind.RAW_SQL] = SeamKind.RAW_SQL


@dataclass(frozen=True, slots=True)
class SignalAcross:
    """An action of one side runs a signal receiver of the other side."""

    place: SourcePosition
    function: str
    receiver: str
    kind: Literal[SeamKind.SIGNAL] = SeamKind.SIGNAL


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """A template that code outside renders uses a tag, filter, method or property inside."""

    place: SourcePosition
    function: str
    callee: str
    kind: Literal[SeamKind.TEMPLATE] = SeamKind.TEMPLATE


@dataclass(frozen=True, slots=True)
class Subclass:
    """A class outside inherits from one inside."""

    place: SourcePosition
    function: str
    base: str
    kind: Literal[SeamKind.SUBCLASS] = SeamKind.SUBCLASS


@dataclass(frozen=True, slots=True)
class DynamicAccess:
    """Code outside calls what may be inside; the code alone does not decide."""

    place: SourcePosition
    function: str
    name: str
    candidates: tuple[str, ...]
    kind: Literal[SeamKind.DYNAMIC] = SeamKind.DYNAMIC


@dataclass(frozen=True, slots=True)
class SpanningTransaction:
    """Code outside calls a function inside while a transaction, begun at `begin`, is or may be open."""

    place: SourcePosition
    function: str
    callee: str
    begin: Location
    kind: Literal[SeamKind.TRANSACTION] = SeamKind.TRANSACTION


@dataclass(frozen=True, slots=True)
class QueuedCall:
    """Code outside makes a function inside run later: a task, a thread, after the commit."""

    place: SourcePosition
    function: str
    callee: str
    kind: Literal[SeamKind.QUEUED] = SeamKind.QUEUED


@dataclass(frozen=True, slots=True)
class ImportTimeCall:
    """A module outside calls a function inside while it is imported."""

    place: SourcePosition
    function: str
    callee: str
    kind: Literal[SeamKind.IMPORT_TIME] = SeamKind.IMPORT_TIME


@dataclass(frozen=True, slots=True)
class DecoratorUse:
    """A function outside is decorated by one inside."""

    place: SourcePosition
    function: str
    callee: str
    kind: Literal[SeamKind.DECORATOR] = SeamKind.DECORATOR


@dataclass(frozen=True, slots=True)
class ModuleImport:
    """A module outside imports one inside and is at no other seam: for a type, a constant, an ``except``."""

    place: SourcePosition
    function: str
    module: str
    kind: Literal[SeamKind.IMPORT] = SeamKind.IMPORT


Seam = (
    FunctionCall
    | ClassCall
    | MethodCall
    | ModelUse
    | QueryComposition
    | JoinedLoading
    | CrossingKey
    | RawSql
    | SignalAcross
    | TemplateUse
    | Subclass
    | DynamicAccess
    | SpanningTransaction
    | QueuedCall
    | ImportTimeCall
    | DecoratorUse
    | ModuleImport
)
