"""The facts about one analysed monolith, as `strangler analyze` finds them and `.strangler/graph.json` stores them.

Flat tuples of frozen records, each sorted, so that the same input gives the same bytes. Names inside the
records are bare (``shop.orders.views:create``, ``orders_order``); `strangler.model.identifiers` turns them
into node ids. Files are relative to the analysed root.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from strangler.model.evidence import AccessTraffic, ObservedRun, StatementTraffic
from strangler.model.location import Location
from strangler.model.tables import Table

ANY_METHOD = "ANY"
"""The method of a route whose handler does not state which methods it answers (a Django function view)."""


class Confidence(StrEnum):
    """How certain an edge is, best first."""

    CERTAIN = "certain"
    """Follows from names and types alone: an import, a constructor, `self.method`, an annotation."""
    LIKELY = "likely"
    """Follows from a rule about a framework, or from one of several possible values."""
    POSSIBLE = "possible"
    """One of several candidates that the code alone does not decide."""


class ModuleRole(StrEnum):
    """The role of a module; tests and migrations are kept apart from the application's own code."""

    APPLICATION = "application"
    TEST = "test"
    MIGRATION = "migration"


@dataclass(frozen=True, slots=True, order=True)
class Module:
    """One source file. `name` starts below the topmost package folder; `lines` counts physical lines."""

    name: str
    file: str
    lines: int
    role: ModuleRole = ModuleRole.APPLICATION


@dataclass(frozen=True, slots=True, order=True)
class Class:
    """A class. `name` is ``module:qualname``; `bases` are resolved names, or source text where resolution fails."""

    name: str
    location: Location
    bases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Function:
    """A function or method. `name` is ``module:qualname``; ``module:<module>`` is code that runs on import."""

    name: str
    location: Location
    end_line: int
    is_async: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """One module imports another of the same monolith."""

    importer: str
    imported: str
    location: Location
    deferred: bool = False
    """Inside a function: the import runs with the function, often to break a cycle."""
    typing_only: bool = False
    """Under ``if TYPE_CHECKING``: never runs."""


class CallKind(StrEnum):
    """How a call makes the callee run."""

    DIRECT = "direct"
    FRAMEWORK = "framework"
    """A framework calls it on behalf of the caller (a hook of a class-based view, a dependency)."""
    DECORATOR = "decorator"
    """The callee is the wrapper that the caller's decorators put in its place: it runs around the caller."""
    SIGNAL = "signal"
    ASYNC = "async"
    """Later, in another process or thread: a queued task, an event handler."""
    AFTER_COMMIT = "after-commit"
    """For the same request, after the caller's transaction has been committed, and so outside of it."""
    NAMED = "named"
    """The caller calls the callee by name; the wrapper of its decorators runs instead, and usually calls it."""
    WRAPPED = "wrapped"
    """A decorator's wrapper calls the function it was given: one of all functions with that decorator.

    `NAMED` tells which one a call by name leads to, since a wrapper alone stands for all of them.
    """

    @property
    def is_in_transaction(self) -> bool:
        """Whether the callee runs inside the transaction that is open at the call."""
        return self not in {CallKind.ASYNC, CallKind.AFTER_COMMIT}

    @property
    def leads_on(self) -> bool:
        """Whether the callee's effects happen as a part of running the caller."""
        return self not in {CallKind.ASYNC, CallKind.WRAPPED}


@dataclass(frozen=True, slots=True)
class Call:
    """`caller` makes `callee` run, both ``module:qualname``.

    `transaction` is the place of the innermost transaction that the caller opens and the callee runs in; `in_loop` says
    that the call is inside a loop.
    """

    caller: str
    location: Location
    column: int
    callee: str
    kind: CallKind = CallKind.DIRECT
    confidence: Confidence = Confidence.CERTAIN
    transaction: Location | None = None
    in_loop: bool = False
    context: str = ""
    """The context in which the callee runs here, empty for none; see `Variant`."""

    @property
    def runs(self) -> str:
        """The name of what runs: that of a variant, or of the callee itself."""
        return variant_name(self.callee, self.context)


class AccessMode(StrEnum):
    """What a statement does to a table's rows."""

    READ = "read"
    WRITE = "write"


DATABASE_RULE = "ON DELETE"
"""The prefix of `TableAccess.operation` for accesses without a statement: a foreign key's rule in the database."""


@dataclass(frozen=True, slots=True)
class TableAccess:
    """`function` reads or writes `table` at a place.

    `operation` is the word in the source (``filter``, ``save``, ``INSERT``).
    """

    function: str
    location: Location
    column: int
    table: str
    mode: AccessMode
    operation: str
    confidence: Confidence = Confidence.CERTAIN
    transaction: Location | None = None
    in_loop: bool = False

    @property
    def is_by_database(self) -> bool:
        """Whether the database does it by itself, because a row is deleted in another table."""
        return self.operation.startswith(DATABASE_RULE)


class ExternalKind(StrEnum):
    """A kind of thing outside the monolith's own code and database."""

    PACKAGE = "package"
    HTTP = "http"
    QUEUE = "queue"
    CACHE = "cache"
    MAIL = "mail"
    FILE = "file"
    ENVIRONMENT = "environment"
    SUBPROCESS = "subprocess"

    @property
    def is_effect(self) -> bool:
        """Whether a use has effects beyond the process; a package only computes, a variable only configures."""
        return self not in {ExternalKind.PACKAGE, ExternalKind.ENVIRONMENT}


@dataclass(frozen=True, slots=True)
class OutsideUse:
    """`function` uses something outside.

    `name` is the distribution of a package, or the host, queue, variable or program where it is known.
    """

    function: str
    location: Location
    column: int
    kind: ExternalKind
    name: str
    operation: str
    transaction: Location | None = None
    in_loop: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """What a function does in one context, where that differs from what it does in general.

    The context of an inherited method is the class on which it runs (``shop.views:Orders``), that of a helper with a
    mapped class as parameter is the class passed (``model=shop.models:Order``), and that of a function with a flag is
    the literal passed (``create=False``).
    """

    function: str
    context: str
    calls: tuple[Call, ...] = ()
    accesses: tuple[TableAccess, ...] = ()
    outside: tuple[OutsideUse, ...] = ()

    @property
    def name(self) -> str:
        """The name that distinguishes it from the function and its other variants."""
        return variant_name(self.function, self.context)


def variant_name(function: str, context: str) -> str:
    """Return the name of a function in a context; without a context, the function's own name."""
    return f"{function}@{context}" if context else function


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """One method of one URL path. `handler` is the class or function that declares it, ``module:qualname``.

    `path` is a template with ``{name}`` for one segment, ``{name:de|en}`` for one of several texts, and ``{name:path}``
    for the rest of the path.
    """

    path: str
    method: str
    handler: str
    framework: str
    location: Location
    name: str = ""
    entry: tuple[str, ...] = ()
    """The functions the framework runs for a request, in order: middleware, dependencies, the handler's own.

    The last `helpers` of them are not run by the framework itself.
    """
    first_own: int = 0
    """Index in `entry` of the first function that is not middleware."""
    helpers: int = 0
    """The number of functions at the end of `entry` that the framework does not run itself.

    They are methods of the handler's class that its ancestors call on ``self``. The calls themselves name the
    ancestor's method, or none, so only the route tells that they run.
    """


class EntryKind(StrEnum):
    """What starts work in the monolith besides a route."""

    COMMAND = "command"
    SIGNAL = "signal"
    TASK = "task"
    SCHEDULE = "schedule"
    ADMIN = "admin"
    LIFESPAN = "lifespan"
    SERVER = "server"
    """A route of a small server beside the application: a worker's health check."""


@dataclass(frozen=True, slots=True, order=True)
class EntryPoint:
    """An entry point other than a route; `name` is what an operator would call it.

    `writes` are the tables that a library writes for it in its own code, as Django's admin does for a registered model;
    `function` is then a method of the library, which need not be among the facts.
    """

    kind: EntryKind
    name: str
    function: str
    location: Location
    writes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class AmbiguousCall:
    """A call whose target the code does not decide.

    `candidates` are the functions of that name, at most ten; none of them is linked.
    """

    caller: str
    location: Location
    name: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class SkippedFile:
    """A file or folder that was not analysed, or only partly, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The outcome of every call expression in application code; the other numbers add up to `total`."""

    total: int = 0
    resolved: int = 0
    """Linked to a function or class of the monolith."""
    external: int = 0
    """Goes to an external package, or to a method of a value that one made."""
    builtin: int = 0
    """A builtin of Python or a method of a builtin value."""
    ambiguous: int = 0
    """The receiver is unknown, but the monolith defines a method of that name."""
    opaque: int = 0
    """Nothing is known about the target."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How many source files were read, by how completely."""

    exact: int = 0
    """By the parser of the Python that runs the analysis."""
    tolerant: int = 0
    """Completely, in the syntax of another version of Python."""
    partial: int = 0
    """Only the lines around what could not be parsed; these files are in `skipped` too."""
    unread: int = 0
    """Not at all; these files are in `skipped`."""


@dataclass(frozen=True, slots=True, order=True)
class FirstUse:
    """`reader` may be the first to use a lazy attribute of the request, which middleware set and `maker` then computes.

    Which reader of a request is the first cannot be known, so the computation is not a call of the reader: the
    middleware calls the maker. What it reads does count as read by the reader's request.
    """

    reader: str
    maker: str


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """Everything known about one monolith. Every tuple is sorted."""

    root: str
    frameworks: tuple[str, ...] = ()
    modules: tuple[Module, ...] = ()
    classes: tuple[Class, ...] = ()
    functions: tuple[Function, ...] = ()
    imports: tuple[Import, ...] = ()
    calls: tuple[Call, ...] = ()
    routes: tuple[Route, ...] = ()
    entry_points: tuple[EntryPoint, ...] = ()
    tables: tuple[Table, ...] = ()
    accesses: tuple[TableAccess, ...] = ()
    outside: tuple[OutsideUse, ...] = ()
    variants: tuple[Variant, ...] = ()
    """The variants that a route or entry point can reach, by function and context."""
    dispatchers: tuple[str, ...] = ()
    """Middleware: functions that pass a request on to a view, which its route determines."""
    memoised: tuple[str, ...] = ()
    """Functions behind a cache, which run only when their result is not cached."""
    first_uses: tuple[FirstUse, ...] = ()
    ambiguous: tuple[AmbiguousCall, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    reading: Reading = field(default_factory=Reading)
    access_traffic: AccessTraffic | None = None
    """The traffic in access logs, None when none were given."""
    statement_traffic: StatementTraffic | None = None
    """The traffic in statement logs, None when none were given."""
    observed: ObservedRun | None = None
    """The recorded run, None when no recording was given."""
