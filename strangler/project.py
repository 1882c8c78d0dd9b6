"""``strangler.toml``: the user's intent, as data.

The environment is not read here: a value that names it (``${SHOP_DATABASE_URL}``) is a `Reference`, which the code that
needs the value resolves. `strangler.project_reader` reads the file.
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
    """``[monolith]``: the application to extract services from; `root` is relative to the file.

    Framework, settings and URL configuration are detected when None. The folders and files to `exclude`, relative to
    the root, are not part of it: third-party code kept there, or a new service.
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
    """``[gateway.identity]``: how a service that cannot read the monolith's sessions learns its client's identity.

    The gateway asks the monolith as `terms` say, with the client's own credentials, and passes the answer to the
    service, signed with `key`.
    """

    terms: IdentityTerms
    key: Reference


@dataclass(frozen=True, slots=True)
class Service:
    """``[services.NAME]``: a declared boundary. `traffic` is the default of its routes.

    A `stateless` service owns no data: requests of every method may be shared between the sides. `concurrency`, here
    and of the monolith, is the most concurrent requests that the gateway sends there. `identity` is that of the gateway
    unless the service sets its own.
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
    """The requests (``GET /path/{parameter}``) that answer the operations of its port, by the operation's name."""
    adapter: str | None = None
    """The folder of the adapter, the service's half of its port, relative to the project file."""
    source: str | None = None
    """The folder of the service's own code, relative to the project file."""
    events: EventTerms = EVENT_TERMS
    consumers: Mapping[str, Reference] = field(default_factory=dict[str, Reference])
    """The databases of the consumers of its events, by the consumer's name."""
    event_server: Reference | None = None
    """The NATS server with its streams; None when they are in its own database."""


@dataclass(frozen=True, slots=True)
class Address:
    """``host:port``, with the port from 1 to 65535."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Gateway:
    """``[gateway]``: where it listens, and the admin addresses of every gateway that must follow this plan.

    `token` is that of operators, `read_token` that of those who may only look. `refuse_undeclared` refuses requests
    that no rule matches. `read_only` says that the file is generated elsewhere, so no command changes it.
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
    """The part of a request that keeps its client on one side."""

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
    """``header:X-Try``, whose value names the side or arm, or ``header:X-Beta=yes``, which leads to v2."""

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
    """A header, cookie or query parameter that must be present, with `value`, or with any value when None."""

    source: ConditionSource
    name: str
    value: str | None = None

    def __str__(self) -> str:
        value = "" if self.value is None else f"={self.value}"
        return f"{self.source} {self.name}{value}"


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """Which requests a rule matches; no methods means all methods, and no host means every host.

    `host` is in lower case and without port; ``*.shop.example`` is every host below ``shop.example``.
    """

    path: str
    methods: tuple[str, ...] = ()
    host: str | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """A part of the clients, by its `weight` in the sum of all; goes to `upstreams`, by default those of the side."""

    name: str
    side: Side
    weight: float
    upstreams: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Traffic:
    """Where the traffic goes: `v2` percent to v2, or shares to several `arms`; and what is copied to the other side.

    A request with the header or cookie that `override` names chooses ``v1``, ``v2`` or an arm itself. While a route is
    `rolled_back` and v1 has the authority, no request goes to v2, whatever it asks for.
    """

    v2: float = 0
    shadow: ShadowRule = NO_SHADOW
    sticky: StickyKey | None = None
    arms: tuple[Arm, ...] = ()
    override: Override | None = None
    rolled_back: bool = False


@dataclass(frozen=True, slots=True)
class RouteRule:
    """One entry of ``[[routes]]``."""

    match: RouteMatch
    service: str
    traffic: Traffic = Traffic()
    inherits: bool = False
    """Whether the traffic is inherited from the service."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A target column computed by SQL over the source table: a column name, a cast, any expression."""

    sql: str


class KeyKind(StrEnum):
    """The form in which a target column holds a source key."""

    UUID = "uuid"
    """A UUID derived from the table and the key, or the one in the key map."""
    SOURCE = "source"
    """The source's own key, by which clients know the row; a row created in v2 gets one from a leased block."""


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A target column with the key of the source row, or of the row in the table `of` that it refers to.

    `column` is the referring source column, when its name differs from the target column's.
    """

    kind: KeyKind
    of: str | None = None
    column: str | None = None


class MaskKind(StrEnum):
    """How a personal value is kept from the target; NULL stays NULL."""

    MASK = "mask"
    """Replace every value by the same text."""
    HASH = "hash"
    """Replace a value by the SHA-256 of its text in hex: equal values stay equal, and a guess can be confirmed."""


@dataclass(frozen=True, slots=True)
class MaskedColumn:
    """A target column with the masked value of `sql` over the source table; `text` is what a mask shows."""

    kind: MaskKind
    sql: str
    text: str = "***"


@dataclass(frozen=True, slots=True)
class InitialColumn:
    """A target column that the source lacks: `sql` over the source table is only the initial value of a new row."""

    sql: str


ColumnSource = Expression | KeyColumn | MaskedColumn | InitialColumn


@dataclass(frozen=True, slots=True)
class TableMapping:
    """``[etl.SERVICE.tables.NAME]``: how a source table, or a part of it, becomes `target`.

    `part` is NAME when ``source = "..."`` names the table; several such entries split one table. `joins` are further
    source tables, each with its SQL join condition, `where` an SQL condition for the rows to take. `reverse` has the
    SQL that computes a source column from target columns, where `columns` cannot be inverted. `places` has the position
    of each setting in the file: ``("columns", "body")`` is at ``strangler.toml:12:1``.
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
        """The name of the entry in the file."""
        return self.part or self.source


@dataclass(frozen=True, slots=True)
class Targets:
    """``[targets]``: targets that the services must meet together.

    `p99` is how long calls to other services may delay a route, and `round_trip` how long one call takes, both in
    milliseconds; `depth` is the longest chain of services that wait for each other. None sets no target.
    """

    p99: float | None = None
    round_trip: float = 2
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """The whole content of ``strangler.toml``; `path` is the file itself."""

    path: Path
    monolith: Monolith = Monolith()
    services: Mapping[str, Service] = field(default_factory=dict[str, Service])
    gateway: Gateway = Gateway()
    routes: tuple[RouteRule, ...] = ()
    etl: Mapping[str, tuple[TableMapping, ...]] = field(default_factory=dict[str, tuple[TableMapping, ...]])
    targets: Targets = Targets()
    one_way: frozenset[str] = frozenset()
    """The services with ``way_back = false``: writes to v2 after the cut-over are not applied to v1."""
    lint: LintTerms = LINT_TERMS
    """``[design.lint]``: the rules for all design documents."""
    holds: Mapping[str, str] = field(default_factory=dict[str, str])
    """``[dependencies] hold``: the reasons why packages stay behind, by normalised name (PEP 503)."""

    @property
    def folder(self) -> Path:
        """The folder of the file, to which its paths are relative."""
        return self.path.parent

    @property
    def source_root(self) -> Path:
        """The folder with the monolith's source."""
        return self.folder / self.monolith.root

    def service(self, name: str) -> Service:
        """Return the service of this name; UsageError when there is none, which lists the declared ones."""
        if name not in self.services:
            known = ", ".join(self.services) or "none is declared"
            raise UsageError(f"there is no service {name} in {self.path.name}", remedy=f"known services: {known}")
        return self.services[name]
