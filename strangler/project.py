"""``strangler.toml``: what the user intends.

The environment is not read here: what names it (``${SHOP_DATABASE_URL}``) is a `Reference`,
resolved by whoever needs it. `strangler.project_reader` reads the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from strangler.model.authority import Side
from strangler.model.delivery import DELIVERY_TERMS, DeliveryTerms
from strangler.model.design import LINT_TERMS, LintTerms
from strangler.model.errors import UsageError
from strangler.model.events import EVENT_TERMS, EventTerms
from strangler.model.forwarding import FORWARDING_TERMS, UPSTREAM_FIELDS, ForwardingTerms, UpstreamFields
from strangler.model.identity import IdentityTerms
from strangler.model.resilience import MONOLITH_TERMS, SERVICE_TERMS, ResilienceTerms
from strangler.model.shadow import NO_SHADOW, SHADOW_TERMS, ShadowRule, ShadowTerms
from strangler.model.tls import UPSTREAM_TLS, ServerTls, UpstreamTls
from strangler.model.wire import WIRE_TERMS, WireTerms
from strangler.secret import Reference

FILE_NAME = "strangler.toml"


class Framework(StrEnum):
    """The web framework of the monolith."""

    DJANGO = "django"
    FLASK = "flask"
    FASTAPI = "fastapi"
    STARLETTE = "starlette"


@dataclass(frozen=True, slots=True)
class Monolith:
    """``[monolith]``: the application to take services out of; `root` is relative to the file.

    What is None is detected. The folders and files to `exclude`, relative to the root, are no part of it: other
    people's code that is kept there, or a new service.
    """

    root: str = "."
    exclude: tuple[str, ...] = ()
    framework: Framework | None = None
    settings: str | None = None
    urlconf: str | None = None
    database: Reference | None = None
    upstreams: tuple[Reference, ...] = ()
    concurrency: int | None = None
    resilience: ResilienceTerms = MONOLITH_TERMS
    tls: UpstreamTls = UPSTREAM_TLS
    headers: UpstreamFields = UPSTREAM_FIELDS


@dataclass(frozen=True, slots=True)
class Identity:
    """``[gateway.identity]``: how a service that can not read the monolith's sessions learns who is asking.

    The gateway asks the monolith by `terms` with the client's own credentials, and hands the answer to the service
    signed with `key`.
    """

    terms: IdentityTerms
    key: Reference


@dataclass(frozen=True, slots=True)
class Service:
    """``[services.NAME]``: a declared boundary. `traffic` is that of its routes that say nothing about theirs.

    A `stateless` service owns no data: requests of every method may be shared between the sides.
    `concurrency`, here and of the monolith, is how many requests the gateway sends there at the same time. `identity`
    is that of the gateway where the service says nothing else.
    """

    name: str
    modules: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    database: Reference | None = None
    upstreams: tuple[Reference, ...] = ()
    concurrency: int | None = None
    design: str | None = None
    stateless: bool = False
    traffic: Traffic | None = None
    resilience: ResilienceTerms = SERVICE_TERMS
    tls: UpstreamTls = UPSTREAM_TLS
    headers: UpstreamFields = UPSTREAM_FIELDS
    identity: Identity | None = None
    delivery: DeliveryTerms = DELIVERY_TERMS
    operations: Mapping[str, str] = field(default_factory=dict[str, str])
    """The requests (``GET /path/{parameter}``) that answer operations of its port."""
    adapter: str | None = None
    """The folder of the service's half of its port, relative to the project file."""
    source: str | None = None
    """The folder of the service's own code, relative to the project file."""
    events: EventTerms = EVENT_TERMS
    consumers: Mapping[str, Reference] = field(default_factory=dict[str, Reference])
    """The databases of those who consume its events, by their names."""
    event_server: Reference | None = None
    """The server of NATS with its streams; None where they are in its own database."""


@dataclass(frozen=True, slots=True)
class Address:
    """``host:port``, with the port from 1 to 65535."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Gateway:
    """``[gateway]``: where it listens, and every gateway that must follow this plan.

    `token` is what an administrator of the gateway shows, `read_token` who only looks. `refuse_undeclared` closes the
    monolith's routes that no rule names. `read_only` says that the file is made elsewhere: no command changes it.
    """

    listen: Address | None = None
    admin: tuple[Address, ...] = ()
    token: Reference | None = None
    identity: Identity | None = None
    refuse_undeclared: bool = False
    read_token: Reference | None = None
    read_only: bool = False
    tls: ServerTls | None = None
    tracing: bool = False
    shadow: ShadowTerms = SHADOW_TERMS
    limits: WireTerms = WIRE_TERMS
    forwarding: ForwardingTerms = FORWARDING_TERMS


class StickySource(StrEnum):
    """What of a request keeps its user on one side."""

    COOKIE = "cookie"
    HEADER = "header"
    USER = "user"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class StickyKey:
    """``cookie:sessionid``, ``header:X-Tenant``, ``user`` or ``client``; `name` is empty for the last two."""

    source: StickySource
    name: str = ""

    def __str__(self) -> str:
        return f"{self.source}:{self.name}" if self.name else str(self.source)


@dataclass(frozen=True, slots=True)
class Override:
    """``header:X-Try``, whose value says where a request goes, or ``header:X-Beta=yes``, which leads to v2."""

    key: StickyKey
    value: str | None = None

    def __str__(self) -> str:
        return str(self.key) if self.value is None else f"{self.key}={self.value}"


class ConditionSource(StrEnum):
    """Which part of a request a condition is about."""

    HEADER = "header"
    COOKIE = "cookie"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Condition:
    """A header, cookie or query parameter that must be there, with `value` unless that is None."""

    source: ConditionSource
    name: str
    value: str | None = None

    def __str__(self) -> str:
        value = "" if self.value is None else f"={self.value}"
        return f"{self.source} {self.name}{value}"


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """Which requests a rule is for; no methods means all of them, and so does no host.

    `host` is in lower case and without port; ``*.shop.example`` is every host below ``shop.example``.
    """

    path: str
    methods: tuple[str, ...] = ()
    host: str | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """A part of the clients: `weight` of the sum of all weights; to `upstreams`, or those of the side."""

    name: str
    side: Side
    weight: float
    upstreams: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Traffic:
    """How much of it goes where: `v2` in percent, or to several `arms`; and what of it is copied to the other side.

    Where a request has what `override` names (``header:X-Try``, ``cookie:try``), that says ``v1``, ``v2`` or an arm.
    While a route is `rolled_back` and v1 has the authority, no request goes to v2, whatever it asks for.
    """

    v2: float = 0
    shadow: ShadowRule = NO_SHADOW
    sticky: StickyKey | None = None
    arms: tuple[Arm, ...] = ()
    override: Override | None = None
    rolled_back: bool = False


@dataclass(frozen=True, slots=True)
class RouteRule:
    """One of ``[[routes]]``."""

    match: RouteMatch
    service: str
    traffic: Traffic = Traffic()
    inherits: bool = False
    """Whether the traffic is that of the whole service."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A target column computed by SQL over the source table: a column name, a cast, any expression."""

    sql: str


class KeyKind(StrEnum):
    """What of a source key a target column holds."""

    UUID = "uuid"
    """A UUID derived from the table and the key, or the one the key map says."""
    SOURCE = "source"
    """The source's own key, by which clients know the row; a row born in v2 gets one from a leased block."""


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A target column holding the key of the source row, or of the row of the table `of` it refers to.

    `column` is the referring source column when it is not called like the target column.
    """

    kind: KeyKind
    of: str | None = None
    column: str | None = None


class Disguise(StrEnum):
    """How a personal value is kept from the target; NULL stays NULL."""

    MASK = "mask"
    """All values become the same text."""
    HASH = "hash"
    """The SHA-256 of the text in hexadecimal: the same for the same value, and found again by who can guess it."""


@dataclass(frozen=True, slots=True)
class DisguisedColumn:
    """A target column with what `sql` says over the source table, disguised; `text` is what a mask shows."""

    kind: Disguise
    sql: str
    text: str = "***"


@dataclass(frozen=True, slots=True)
class InitialColumn:
    """A target column the source lacks: `sql` over the source table is what a new row begins with, and no more."""

    sql: str


ColumnSource = Expression | KeyColumn | DisguisedColumn | InitialColumn


@dataclass(frozen=True, slots=True)
class TableMapping:
    """``[etl.SERVICE.tables.NAME]``: how a source table, or a part of it, becomes `target`.

    `part` is NAME where the table is named by ``source = "..."``: several such entries split it. `joins` are further
    source tables with the SQL condition each is joined by, `where` an SQL condition for the rows to take. `reverse`
    says how a source column comes from target columns where `columns` can not be read backwards. `places` says where in
    the file what stands: ``("columns", "body")`` at ``strangler.toml:12:1``.
    """

    source: str
    target: str
    columns: Mapping[str, ColumnSource] = field(default_factory=dict[str, ColumnSource])
    drop: tuple[str, ...] = ()
    joins: Mapping[str, str] = field(default_factory=dict[str, str])
    where: str | None = None
    reverse: Mapping[str, str] = field(default_factory=dict[str, str])
    places: Mapping[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str], compare=False)
    part: str | None = None

    @property
    def name(self) -> str:
        """What the entry is called in the file."""
        return self.part or self.source


@dataclass(frozen=True, slots=True)
class Targets:
    """``[targets]``: what the services together must keep.

    `p99` is how long other services may make a route wait, and `round_trip` what one call takes, both in milliseconds;
    `depth` is how many services may wait for each other in a chain. What is None is not asked for.
    """

    p99: float | None = None
    round_trip: float = 2
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """Everything ``strangler.toml`` says; `path` is the file itself."""

    path: Path
    monolith: Monolith = Monolith()
    services: Mapping[str, Service] = field(default_factory=dict[str, Service])
    gateway: Gateway = Gateway()
    routes: tuple[RouteRule, ...] = ()
    etl: Mapping[str, tuple[TableMapping, ...]] = field(default_factory=dict[str, tuple[TableMapping, ...]])
    targets: Targets = Targets()
    one_way: frozenset[str] = frozenset()
    """The services with ``way_back = false``: what v2 writes after the cut-over does not go back to v1."""
    lint: LintTerms = LINT_TERMS
    """``[design.lint]``: what all design documents keep to."""
    holds: Mapping[str, str] = field(default_factory=dict[str, str])
    """``[dependencies] hold``: why a package stays behind, by its normalised name (PEP 503)."""

    @property
    def folder(self) -> Path:
        """The folder the file is in, which its paths are relative to."""
        return self.path.parent

    @property
    def source_root(self) -> Path:
        """The folder with the monolith's source."""
        return self.folder / self.monolith.root

    def service(self, name: str) -> Service:
        """The service of this name; UsageError lists those there are."""
        if name not in self.services:
            known = ", ".join(self.services) or "none is declared"
            raise UsageError(f"there is no service {name} in {self.path.name}", remedy=f"known services: {known}")
        return self.services[name]
