"""The facts of one analysed monolith: what `strangler analyze` finds and `.strangler/graph.json` keeps.

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
"""The method of a route whose handler does not say which methods it answers (a Django function view)."""


class Confidence(StrEnum):
    """How an edge was found, best first."""

    CERTAIN = "certain"
    """Follows from names and types alone: an import, a constructor, `self.method`, an annotation."""
    LIKELY = "likely"
    """Follows from a rule about a framework or from one of several possible values."""
    POSSIBLE = "possible"
    """One of several candidates that the code alone does not decide."""


class ModuleRole(StrEnum):
    """What a module is for; tests and migrations are kept apart from the application's own code."""

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
    """A class. `name` is ``module:qualname``; `bases` are resolved names where they resolve, else source text."""

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
    """Inside a function: runs when the function runs, often to break a cycle."""
    typing_only: bool = False
    """Under ``if TYPE_CHECKING``: never runs."""


class CallKind(StrEnum):
    """What makes the callee run."""

    DIRECT = "direct"
    FRAMEWORK = "framework"
    """A framework calls it on behalf of the caller (a hook of a class-based view, a dependency)."""
    DECORATOR = "decorator"
    """Whatever runs the caller runs this around it: a function its decorators put in its place."""
    SIGNAL = "signal"
    ASYNC = "async"
    """Later, in another process or thread: a queued task, an event handler."""
    AFTER_COMMIT = "after-commit"
    """For the same request, once the transaction the caller is in has been committed: outside of it."""
    NAMED = "named"
    """The caller calls it by its name; a function its decorators put in its place runs, and as a rule calls it."""
    WRAPPED = "wrapped"
    """A decorator's function calls what it was given: one of all functions so decorated.

    What a call by name leads to is told by `NAMED`, since not every function with that decorator is meant.
    """

    @property
    def is_in_transaction(self) -> bool:
        """Whether the callee runs inside the transaction that is open where it is called."""
        return self not in {CallKind.ASYNC, CallKind.AFTER_COMMIT}

    @property
    def leads_on(self) -> bool:
        """Whether what the callee does is done, now, for whoever runs the caller."""
        return self not in {CallKind.ASYNC, CallKind.WRAPPED}


@dataclass(frozen=True, slots=True)
class Call:
    """`caller` makes `callee` run, both ``module:qualname``.

    `transaction` is the place of the innermost transaction that the caller opens and the callee runs in; `in_loop` says
    that the call stands in a loop.
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
    """In what context the callee runs here, where a `Variant` says what that means."""

    @property
    def runs(self) -> str:
        """The name of what runs: a variant's, or the callee's own."""
        return variant_name(self.callee, self.context)


class AccessMode(StrEnum):
    """What a statement does to a table's rows."""

    READ = "read"
    WRITE = "write"


DATABASE_RULE = "ON DELETE"
"""Begins the operation of an access that no statement names: a foreign key's rule, which the database carries out."""


@dataclass(frozen=True, slots=True)
class TableAccess:
    """`function` reads or writes `table` at a place.

    `operation` is the source's own word (``filter``, ``save``, ``INSERT``).
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
        """Whether the database does it by itself, for a row that is deleted elsewhere."""
        return self.operation.startswith(DATABASE_RULE)


class ExternalKind(StrEnum):
    """What lies outside the monolith's own code and database."""

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
        """Whether a use of it reaches beyond the process; a package only computes, a variable only configures."""
        return self not in {ExternalKind.PACKAGE, ExternalKind.ENVIRONMENT}


@dataclass(frozen=True, slots=True)
class OutsideUse:
    """`function` uses something outside.

    `name` is the distribution of a package, otherwise the host, queue, variable or program where it is known.
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

    The context of an inherited method is the class as whose method it runs (``shop.views:Orders``), that of a helper
    which takes a mapped class is the class it is given (``model=shop.models:Order``), and of a function that asks a
    parameter whether to do something the literal it is given (``create=False``).
    """

    function: str
    context: str
    calls: tuple[Call, ...] = ()
    accesses: tuple[TableAccess, ...] = ()
    outside: tuple[OutsideUse, ...] = ()

    @property
    def name(self) -> str:
        """What tells it from the function and its other variants."""
        return variant_name(self.function, self.context)


def variant_name(function: str, context: str) -> str:
    """The name of a function in a context; the function's own without one."""
    return f"{function}@{context}" if context else function


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """One method of one URL path. `handler` is the class or function that declares it, ``module:qualname``.

    `path` is a template with ``{name}`` for one segment, ``{name:de|en}`` for one of some texts and ``{name:path}`` for
    the rest of the path.
    """

    path: str
    method: str
    handler: str
    framework: str
    location: Location
    name: str = ""
    entry: tuple[str, ...] = ()
    """The functions the framework runs for a request, in order: middleware, dependencies, the handler's own.

    Behind them stand `helpers`.
    """
    first_own: int = 0
    """Index in `entry` of the first function that is not middleware."""
    helpers: int = 0
    """How many functions at the end of `entry` the framework does not run itself.

    They are methods of the handler's class which its ancestors call on ``self``: the calls alone name the ancestor's
    method, or none, so that only the route says that they run.
    """


class EntryKind(StrEnum):
    """What, besides a route, starts work in the monolith."""

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
    """Something that runs code without a route; `name` is what an operator would call it.

    `writes` are the tables that a library writes for it in code of its own, as Django's admin those of a registered
    model; `function` then stands for a method of the library, and need not be known.
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
    """A file or folder that was not analysed, or not all of it, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of every call expression in application code: the sum of the parts is `total`."""

    total: int = 0
    resolved: int = 0
    """Linked to a function or class of the monolith."""
    external: int = 0
    """Goes to a package outside, or to a method of a value made by one."""
    builtin: int = 0
    """A builtin of Python or a method of a builtin value."""
    ambiguous: int = 0
    """The receiver is unknown, the method's name is defined in the monolith."""
    opaque: int = 0
    """Nothing is known of the target."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How many source files were read in which way."""

    exact: int = 0
    """By the parser of the Python that runs the analysis."""
    tolerant: int = 0
    """In the syntax of another version of Python, whole."""
    partial: int = 0
    """The lines around what could not be understood; these files stand in `skipped` too."""
    unread: int = 0
    """Not at all; they stand in `skipped`."""


@dataclass(frozen=True, slots=True, order=True)
class FirstUse:
    """`reader` may be the first to use what middleware hung on the request to be made then: `maker` makes it.

    Which of a request's readers is the first nobody can tell, so making it is no call of the reader's: the middleware
    calls the maker. It does count among what the reader's request reads.
    """

    reader: str
    maker: str


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """Everything known of one monolith. Every tuple is sorted."""

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
    """Those that a route or entry point can reach, by function and context."""
    dispatchers: tuple[str, ...] = ()
    """Functions that hand a request on to one of the views, which one its route says: middleware."""
    memoised: tuple[str, ...] = ()
    """Functions behind a cache, which run only where their answer is not kept."""
    first_uses: tuple[FirstUse, ...] = ()
    ambiguous: tuple[AmbiguousCall, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    reading: Reading = field(default_factory=Reading)
    access_traffic: AccessTraffic | None = None
    """What access logs say, where they were given."""
    statement_traffic: StatementTraffic | None = None
    """What statement logs say, where they were given."""
    observed: ObservedRun | None = None
    """What a recorded run did, where a recording was given."""
