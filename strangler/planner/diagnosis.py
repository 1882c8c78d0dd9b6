"""Examines everything that the migration of a service depends on, part by part."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from strangler.model.authority import MoveStep, Side
from strangler.model.clock import ClockReading
from strangler.model.errors import StranglerError
from strangler.model.quantity import quantity
from strangler.planner.clock_examination import (
    AskGatewayClocks,
    AskUpstreamClock,
    Clocks,
    application_clocks,
    clock_findings,
    gateway_clocks,
)
from strangler.planner.event_examination import event_findings
from strangler.planner.follower_state import is_ended, standstill
from strangler.planner.gateway_examination import AskGateways, gateway_checks
from strangler.planner.identity_examination import AskUpstream
from strangler.planner.project_examination import project_checks
from strangler.planner.refused_writes import refused_writes
from strangler.planner.upstream_examination import upstream_checks
from strangler.planner.variable_examination import unset_names, unset_warning
from strangler.project import Address, KeyColumn, KeyKind, Project, Service
from strangler.secret import DatabaseUrl, Reference, Secret
from strangler_etl.engine.database import Database
from strangler_etl.errors import AuthorityError, BackfillError, MappingError
from strangler_etl.examination.examination import (
    file_checks,
    identity_of,
    opened_to_look,
    read_database_clock,
    server_checks,
    table_checks,
)
from strangler_etl.examination.finding import Check, Finding, Level, findings_of, ok, problem, warning
from strangler_etl.examination.table_use import TableUse
from strangler_etl.mapping.mapping import ServiceMapping
from strangler_etl.migration import Addresses, Migration, mapping_of
from strangler_etl.planning.unchecked_references import unchecked_references, unchecked_told
from strangler_etl.records.authority import read_authority, require_settled
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.records.streams import read_trouble
from strangler_etl.records.verification import doubt_of, read_verification
from strangler_etl.run.completeness import require_complete, taken_away
from strangler_etl.run.rejects import count_rejects

MOST_CHANGES = 1_000_000
"""How many changes a journal may hold before a warning."""


@dataclass(frozen=True, slots=True)
class Part:
    """The findings on one part of the whole, such as ``source database``."""

    title: str
    findings: tuple[Finding, ...]


def _no_gateway_clocks(_gateways: Sequence[Address], _token: Secret) -> Mapping[Address, ClockReading]:
    return {}


def _no_upstream_clock(_url: str) -> ClockReading | None:
    return None


@dataclass(frozen=True, slots=True)
class Probes:
    """How a diagnosis learns what is outside the databases: `now` gives this machine's seconds since 1970.

    `published_by` gives the digest of what a publisher would publish by that began now, None where that is not known.
    """

    environment: Mapping[str, str]
    now: Callable[[], float]
    ask_gateways: AskGateways
    ask_upstream: AskUpstream
    published_by: Callable[[Migration], str | None] = lambda _: None
    ask_gateway_clocks: AskGatewayClocks = _no_gateway_clocks
    ask_upstream_clock: AskUpstreamClock = _no_upstream_clock


@dataclass(frozen=True, slots=True)
class _Opened:
    """A database that answers."""

    url: DatabaseUrl
    database: Database


def diagnose(project: Project, services: Sequence[Service], probes: Probes) -> Iterator[Part]:
    """Examine everything without changing it; whatever cannot be examined becomes a finding, too."""
    yield _part("project", project_checks(project, services, probes.environment))
    with _opened(project.monolith.database, "[monolith] database", probes) as (source, found):
        yield Part("source database", tuple(found))
        for service in services:
            yield from _service_parts(project, service, source, probes)
    yield _part("gateways", gateway_checks(project, services, probes.environment, probes.ask_gateways))
    yield _part("upstreams", upstream_checks(project, services, probes.environment, probes.ask_upstream))


def worst(parts: Iterable[Part]) -> Level:
    """The worst level of all findings."""
    levels = {finding.level for part in parts for finding in part.findings}
    return next((level for level in (Level.PROBLEM, Level.WARNING) if level in levels), Level.OK)


def _part(title: str, checks: Iterable[Check]) -> Part:
    return Part(title, tuple(findings_of(checks)))


# --- a database ---


@contextmanager
def _opened(reference: Reference | None, key: str, probes: Probes) -> Generator[tuple[_Opened | None, list[Finding]]]:
    """Connect and examine the server; None, with the reason as a finding, when there is no connection."""
    if reference is None:
        mend = f'write database = "${{NAME}}" in {key.partition(" ")[0]}'
        yield None, [problem("connection", f"{key} is missing: all else about it is skipped", mend)]
        return
    if unset_names(reference, probes.environment):
        yield None, [unset_warning("connection", reference, probes.environment, "; all else about it is skipped")]
        return
    url = reference.database_url(probes.environment)
    given = f"(address: {', '.join(reference.names) or key})"
    try:
        found = [*findings_of(file_checks(url))]
    except ValueError:
        yield None, [problem("connection", f"{url} is no address; all else about it is skipped", f"{_FORMS} {given}")]
        return
    with ExitStack() as stack:
        try:
            database = stack.enter_context(opened_to_look(url))
        except StranglerError as error:
            what = f"{url}: {url.unveiled(error.what)}; all else about it is skipped"
            opened, answer = None, problem("connection", what, f"{error.remedy or _CONNECT} {given}")
        else:
            opened, answer = _Opened(url, database), ok("connection", f"{url} answers")
            found += findings_of(server_checks(database, probes.now), url.unveiled)
        yield opened, [answer, *found]


_CONNECT = "start the database, or correct its address"
_FORMS = "write postgresql://user:password@host/database or sqlite:////path"


# --- a service ---


def _service_parts(project: Project, service: Service, source: _Opened | None, probes: Probes) -> Iterator[Part]:
    name = service.name
    with _opened(service.database, f"[services.{name}] database", probes) as (target, found):
        yield Part(f"{name}: target database", tuple(found))
        if source:
            opened = source.database
            yield _tables(f"{name}: source tables", opened, lambda: source_uses(project, service, opened))
        if target:
            yield _tables(f"{name}: target tables", target.database, lambda: target_uses(project, service))
        yield _part(f"{name}: migration", _migration_checks(project, service, source, target, probes))
        clocks = _part(f"{name}: clocks", [Check("clocks", lambda: _clocks(project, service, source, target, probes))])
        if clocks.findings:
            yield clocks


def _clocks(
    project: Project, service: Service, source: _Opened | None, target: _Opened | None, probes: Probes
) -> Iterator[Finding]:
    """Whether the hosts agree on the time; each database's own finding compares it with this machine."""
    gateways = gateway_clocks(project, probes.environment, probes.ask_gateway_clocks)
    applications = application_clocks(project, service, probes.environment, probes.ask_upstream_clock)
    clocks = Clocks(_clock(source, probes), _clock(target, probes), gateways, applications)
    yield from clock_findings(service, clocks)


def _clock(opened: _Opened | None, probes: Probes) -> ClockReading | None:
    return read_database_clock(opened.database, probes.now) if opened is not None else None


def _tables(title: str, database: Database, uses: Callable[[], Sequence[TableUse]]) -> Part:
    return _part(title, [Check("tables", lambda: findings_of(table_checks(database, uses())))])


def source_uses(project: Project, service: Service, source: Database) -> tuple[TableUse, ...]:
    """What happens to the tables of the source: mapped ones, and those joined to them."""
    mappings = project.etl.get(service.name, ())
    names = dict.fromkeys([*service.tables, *(name for one in mappings for name in (one.source, *one.joins))])
    found = source.tables(names)
    return tuple(
        TableUse(name, owned, written=owned, number=key[0] if owned and len(key) == 1 else None)
        for name in names
        for owned, key in [(name in service.tables, found[name].key if name in found else ())]
    )


def target_uses(project: Project, service: Service) -> tuple[TableUse, ...]:
    """What happens to the tables of the target: all are written, and those the service owns move."""
    uses = (
        TableUse(
            mapping.target,
            owned=mapping.source in service.tables,
            written=True,
            number=next((name for name, column in mapping.columns.items() if _is_number(column)), None),
        )
        for mapping in project.etl.get(service.name, ())
    )
    # Several mappings may have one target.
    return tuple(dict.fromkeys(uses))


def _is_number(column: object) -> bool:
    return isinstance(column, KeyColumn) and column.kind is KeyKind.SOURCE


def _migration_checks(
    project: Project, service: Service, source: _Opened | None, target: _Opened | None, probes: Probes
) -> Iterator[Check]:
    yield Check("routes", lambda: [_routes(project, service)])
    if source is None or target is None:
        missing = warning("mapping, journal, fence", "skipped: they need both databases", "mend the connection first")
        yield Check(missing.name, lambda: [missing])
        return
    yield Check("databases", lambda: [_distinct(source.database, target.database)])
    if lacking := source.database.journal.lacking:
        # Said first, and without a mapping: whoever plans a cut-over should not learn it after the work.
        never = warning("journal", lacking, "copy and compare only; do not plan a cut-over")
        yield Check("journal", lambda: [never])
    try:
        mapping = mapping_of(project, service, source.database, target.database)
    except StranglerError as error:
        # Stored, because Python deletes the except clause's name before the check runs.
        failed = error
        yield Check("mapping", lambda: _misfit(failed))
        return
    migration = Migration(service, Addresses(source.url, target.url), source.database, target.database, mapping)
    yield Check("mapping", lambda: [_fits(mapping)])
    if not lacking:
        yield Check("journal", lambda: [_journal(migration)])
    yield Check("copy", lambda: _copy(migration))
    yield Check("verification", lambda: _verification(migration))
    yield Check("rows set aside", lambda: _set_aside(migration))
    yield Check("follower", lambda: _follower(migration))
    yield Check(
        "events", lambda: event_findings(migration, probes.environment, probes.now(), probes.published_by(migration))
    )
    yield Check("references to v1", lambda: _unchecked(migration))
    yield Check("journal length", lambda: _length(migration))
    yield Check("fence", lambda: [_fence(migration)])
    yield Check("refused writes", lambda: refused_writes(migration, probes.now()))


def _misfit(error: StranglerError) -> Iterator[Finding]:
    where = f"{error.where}: " if isinstance(error, MappingError) else ""
    yield problem("mapping", f"{where}{error.what}", error.remedy or "correct [etl] in strangler.toml")
    yield warning("journal, fence", "skipped: they need the mapping", "mend the mapping first")


def _routes(project: Project, service: Service) -> Finding:
    routes = [rule for rule in project.routes if rule.service == service.name]
    if routes:
        return ok("routes", f"{len(routes)} {'leads' if len(routes) == 1 else 'lead'} to {service.name}")
    mend = f'write [[routes]] with match = {{ path = "/..." }} and service = "{service.name}"'
    return problem("routes", f"none of [[routes]] leads to {service.name}", mend)


def _distinct(source: Database, target: Database) -> Finding:
    if source.dialect != target.dialect or identity_of(source) != identity_of(target):
        return ok("databases", "two different ones")
    return problem("databases", "source and target are the same", "give the service a database of its own")


def _fits(mapping: ServiceMapping) -> Finding:
    if not mapping.owned:
        mend = f'name them: tables = ["..."] in [services.{mapping.service}]'
        return warning("mapping", f"{mapping.service} owns no tables: there is nothing to cut over", mend)
    return ok("mapping", f"fits: tables that move: {len(mapping.owned)}, replicas: {len(mapping.replicas)}")


def _journal(migration: Migration) -> Finding:
    source, target, mapping = migration.source.journal, migration.target.journal, migration.mapping
    wanted = len(mapping.journaled_source) + len(mapping.journaled_target)
    faults = [f"v1 {fault.table} {fault.what}" for fault in source.faults(mapping.journaled_source)]
    faults += [f"v2 {fault.table} {fault.what}" for fault in target.faults(mapping.journaled_target)]
    command = f"strangler journal install {migration.service.name}"
    if not faults:
        return ok("journal", f"on all {quantity(wanted, 'table')}")
    if len(faults) == wanted and all(fault.endswith("has no journal") for fault in faults):
        return ok("journal", f"not yet; to begin: {command}")
    return problem("journal", "; ".join(faults), f"run: {command}")


def _copy(migration: Migration) -> Iterator[Finding]:
    """Whether a copy that has begun is complete, keys included; one that is under way is no finding."""
    target, name = migration.target, migration.service.name
    begun = target.installed and (read_checkpoints(target, name) or taken_away(target, name))
    if not begun or target.run_lock.holder(name) is not None:
        return
    try:
        require_complete(target, migration.mapping)
    except BackfillError as error:
        left = taken_away(target, name)
        found = error.what if left in (None, error.what) else f"{error.what}; {left}"
        yield warning("copy", f"was begun and is not whole: {found}", error.remedy or "")


def _verification(migration: Migration) -> Iterator[Finding]:
    """Whether the last verification still counts."""
    source, target, name = migration.source, migration.target, migration.service.name
    if not (source.installed and target.installed):
        return
    verified = read_verification(target, name)
    if verified and (doubt := doubt_of(verified, source, target, migration.mapping)):
        yield warning("verification", doubt, f"before a cut-over, run: strangler etl verify {name} --repair")


def _set_aside(migration: Migration) -> Iterator[Finding]:
    """Rows of v1 that v2 lacks because they do not fit or are orphans: no cut-over leaves them behind."""
    if not migration.target.installed:
        return
    name, aside = migration.service.name, count_rejects(migration.target, migration.service.name)
    if aside:
        tables = ", ".join(f"{count:,} of {table}" for table, count in sorted(aside.items()))
        found = f"{quantity(sum(aside.values()), 'row')} set aside ({tables}): they are not in {name}'s database"
        mend = (
            f"see which, and why: strangler etl verify {name}; they come when they fit, or what they refer to is there"
        )
        yield warning("rows set aside", found, mend)


def _follower(migration: Migration) -> Iterator[Finding]:
    """Whether the follower makes progress; before the cut-over it need not have started."""
    if not (migration.source.installed and migration.target.installed):
        return
    name = migration.service.name
    side = read_authority(migration.source, name).side
    if found := standstill(migration, side):
        told = is_ended(migration, side)
        level = warning if told or (side is Side.V1 and not read_trouble(migration.source, name)) else problem
        mend = f"unless it runs, start: strangler journal follow {name}"
        if told and side is Side.V2:
            mend = f"to go on with the way back, start: strangler journal follow {name}; to retire v1, go on without"
        yield level("follower", found, mend if told else f"mend what it says; {mend}")


def _unchecked(migration: Migration) -> Iterator[Finding]:
    """Foreign keys of moving tables that nothing checks after the cut-over, until v1 refuses a row."""
    if found := unchecked_references(migration):
        drops = [one.drop for one in found if one.drop is not None]
        mend = "copy those tables, too, and let the service see to it; or take the keys away"
        mend += f" in v1: {'; '.join(drops)}" if drops else ""
        yield warning("references to v1", unchecked_told(found), mend)


def _length(migration: Migration) -> Iterator[Finding]:
    source, target = migration.source, migration.target
    if not (source.installed and target.installed):
        return
    length = source.journal.length(migration.mapping.followed) + target.journal.length(migration.target_tables)
    if length > MOST_CHANGES:
        name = migration.service.name
        ending = "" if migration.mapping.way_back else " --end-way-back"
        mend = f"run: strangler etl verify {name}, then: strangler journal prune {name}{ending}"
        yield warning("journal", f"holds {quantity(length, 'change')}, which are kept until they are pruned", mend)


def _fence(migration: Migration) -> Finding:
    name = migration.service.name
    if not (migration.source.installed and migration.target.installed):
        return ok("fence", f"not yet; strangler journal install {name} raises it")
    authority = read_authority(migration.source, name)
    if authority.step is not MoveStep.SETTLED:
        try:
            require_settled(authority, authority.side, "all else")
        except AuthorityError as error:
            level = warning if authority.step is MoveStep.HOLDING else problem
            return level("fence", error.what, error.remedy or "")
    v1 = migration.source, migration.source_tables
    v2 = migration.target, migration.target_tables
    (origin, open_tables), (other, closed_tables) = (v1, v2) if authority.side is Side.V1 else (v2, v1)
    if not origin.fence.closed(open_tables) and other.fence.closed(closed_tables) == frozenset(closed_tables):
        return ok("fence", f"only {authority.side}, which has the authority, is open")
    return problem("fence", f"does not fit the authority of {authority.side}", f"run: strangler journal install {name}")
