"""What must hold before the authority may move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from strangler.model.authority import Authority, Side
from strangler.model.errors import ExitCode, StranglerError
from strangler.model.quantity import quantity
from strangler_etl.migration import Migration
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.records.followed_mapping import is_followed_otherwise
from strangler_etl.records.streams import (
    backward_stream,
    forward_stream,
    read_position,
    read_trouble,
    stream_ended,
    stream_given_up,
)
from strangler_etl.records.verification import doubt_of, read_verification
from strangler_etl.run.completeness import taken_away
from strangler_gateway.admin.messages import GatewayStatus

FOLLOWER_SECONDS = 10.0
"""So far a follower may be behind."""
OTHER_MAPPING = (
    "works by another mapping than strangler.toml and the tables give now; it takes an edit up within seconds"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a move; `mend` says what to do when it does not hold.

    A condition that is not `waivable` is required even of a forced move, which could not continue without it, or needs
    a decision of its own.
    """

    name: str
    holds: bool
    found: str
    mend: str = ""
    waivable: bool = True


class NotReadyError(StranglerError):
    """The move was not begun, because some conditions do not hold."""

    exit_code = ExitCode.FINDINGS

    def __init__(self, service: str, missing: tuple[Condition, ...]) -> None:
        first = missing[0]
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        super().__init__(
            f"not ready to move: {first.name}: {first.found}{more}", where=f"service {service}", remedy=first.mend
        )
        self.service = service
        self.missing = missing


class Readiness:
    """The conditions of one move; with `force`, those that do not hold at its beginning are not required again.

    `further` are conditions of this move that were examined elsewhere; `waived` names those that need not hold.
    """

    def __init__(
        self,
        migration: Migration,
        gateways: Callable[[], Iterable[GatewayStatus]],
        *,
        force: bool = False,
        further: Sequence[Condition] = (),
        waived: Iterable[str] = (),
    ) -> None:
        self._migration = migration
        self._gateways = gateways
        self._force = force
        self._further = tuple(further)
        self._waived = frozenset(waived)

    def look(self, authority: Authority, destination: Side, gateways: Iterable[GatewayStatus]) -> tuple[Condition, ...]:
        """Every condition of the move as it is now, given the gateways' answers."""
        return (*conditions(self._migration, authority, destination, gateways), *self._further)

    def require(self, authority: Authority, destination: Side) -> None:
        """Raise NotReadyError with every condition that does not hold."""
        found = self.look(authority, destination, self._gateways())
        if self._force:
            self._waived |= {one.name for one in found if not one.holds and one.waivable}
        self._require(found)

    def require_still(self, destination: Side) -> None:
        """Raise NotReadyError when a condition the move depends on has changed since it began."""
        self._require(standing(self._migration, destination))

    def missing(self, found: Iterable[Condition]) -> tuple[Condition, ...]:
        """The conditions that do not hold, and must."""
        return tuple(one for one in found if not one.holds and one.name not in self._waived)

    def _require(self, found: Iterable[Condition]) -> None:
        require(self._migration.service.name, self.missing(found))


def conditions(
    migration: Migration, authority: Authority, destination: Side, gateways: Iterable[GatewayStatus]
) -> tuple[Condition, ...]:
    """Check everything a fresh move of the authority depends on."""
    return (
        *standing(migration, destination),
        _fences(migration, authority),
        followed(migration, destination, migration.service.name),
        *(_knows(status, authority, destination) for status in gateways),
    )


def standing(migration: Migration, destination: Side) -> tuple[Condition, ...]:
    """Check that the two databases are known to be equal, up to what the journals hold."""
    service = migration.service.name
    return (
        _journals(migration, service),
        *((_backfill(migration, service),) if destination is Side.V2 else _way_back(migration, service)),
        _verified(migration, service),
    )


def require(service: str, found: Iterable[Condition]) -> None:
    """Raise NotReadyError with every condition that does not hold."""
    missing = tuple(condition for condition in found if not condition.holds)
    if missing:
        raise NotReadyError(service, missing)


def _journals(migration: Migration, service: str) -> Condition:
    if lacking := migration.source.journal.lacking:
        mend = f"only copy and compare: strangler etl run {service}"
        return Condition("journal", holds=False, found=lacking, mend=mend, waivable=False)
    faults = migration.journal_faults
    return Condition(
        "journal",
        not faults,
        "; ".join(f"{fault.table} {fault.what}" for fault in faults) or "on every table",
        f"run: strangler journal install {service}",
    )


def _backfill(migration: Migration, service: str) -> Condition:
    known = read_checkpoints(migration.target, service)
    missing = sorted(
        table.name for table in migration.mapping.tables if table.name not in known or not known[table.name].finished
    )
    away = taken_away(migration.target, service)
    found = f"not finished for {', '.join(missing)}" if missing else away
    return Condition(
        "backfill",
        found is None,
        found or "finished",
        f"run: strangler etl run {service}",
        # Once v2 has the authority, neither a run nor a clean makes them again.
        waivable=away is None,
    )


def _verified(migration: Migration, service: str) -> Condition:
    verified = read_verification(migration.target, service)
    doubt = doubt_of(verified, migration.source, migration.target, migration.mapping)
    rows = quantity(verified.rows if verified else 0, "row")
    return Condition(
        "verification",
        doubt is None,
        doubt or f"{rows} compared, all equal",
        f"run: strangler etl verify {service} --repair",
    )


def _way_back(migration: Migration, service: str) -> tuple[Condition, ...]:
    """Whether v1 has, or will get, everything v2 wrote; empty where that is so."""
    at = stream_ended(migration.source, backward_stream(service))
    if at is None:
        return ()
    return (
        Condition(
            "way back",
            holds=False,
            found=f"what v2 had written until {_minute(at)} was deleted from its journal, and may be missing in v1",
            mend="where v1 still has its tables, follow again, then compare every row and write what v1 lacks:"
            f" strangler journal follow {service}; strangler etl verify {service} --repair",
            waivable=False,
        ),
    )


def _minute(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _fences(migration: Migration, authority: Authority) -> Condition:
    v1, v2 = (migration.source, migration.source_tables), (migration.target, migration.target_tables)
    (origin, here), (other, there) = (v1, v2) if authority.side is Side.V1 else (v2, v1)
    right = not origin.fence.closed(here) and other.fence.closed(there) == frozenset(there)
    return Condition(
        "fence",
        right,
        f"only {authority.side} is open" if right else f"the fences do not fit the authority of {authority.side}",
        f"run: strangler journal install {migration.service.name}",
    )


def followed(migration: Migration, destination: Side, service: str) -> Condition:
    """Check that a follower keeps the destination close to what is written now."""
    if destination is Side.V2:
        if migration.source.journal.lacking:
            return Condition(
                "follower",
                holds=False,
                found="the changes of v1 are not followed",
                mend="nothing follows this database",
                waivable=False,
            )
        origin, position = migration.source, read_position(migration.target, forward_stream(service))
    else:
        if not migration.mapping.way_back:
            return Condition(
                "follower",
                holds=False,
                found="what v2 writes does not go back to v1",
                mend=f"nothing: strangler.toml says way_back = false in [etl.{service}]",
                waivable=False,
            )
        origin, position = migration.target, read_position(migration.source, backward_stream(service))
        if since := stream_given_up(migration.source, backward_stream(service)):
            return Condition(
                "follower",
                holds=False,
                found=f"the way back was given up at {_minute(since)}:"
                f" strangler journal follow {service} --no-way-back",
                mend="where v1 still has its tables, let what v2 has written since go back, and wait until it has:"
                f" strangler journal follow {service}",
            )
    with origin.snapshot():
        lag = origin.journal.changes(None, ()).read_at - position.read_at
    running = position.position is not None and lag < FOLLOWER_SECONDS
    if running and is_followed_otherwise(migration.source, migration.target, migration.mapping):
        mend = f"wait, or end it and start it again: strangler journal follow {service}"
        return Condition("follower", holds=False, found=OTHER_MAPPING, mend=mend)
    trouble = read_trouble(migration.source, service)
    if not running and trouble is not None:
        found, mend = f"{lag:.1f} s behind, and stands still: {trouble}", "once that is mended, it goes on by itself"
        return Condition("follower", holds=False, found=found, mend=mend)
    return Condition(
        "follower",
        running,
        f"{lag:.1f} s behind" if position.position is not None else "has never run",
        f"start: strangler journal follow {service}; if it runs, it says what it waits for",
    )


def _knows(status: GatewayStatus, authority: Authority, destination: Side) -> Condition:
    name, known = f"gateway (pid {status.pid})", status.services.get(authority.service)
    if known is None or known.epoch > authority.epoch:
        return Condition(
            name, holds=False, found="knows another plan", mend="load this strangler.toml into the gateway"
        )
    if destination not in known.sides:
        mend = f'write upstreams = ["http://host:port"] in [services.{authority.service}]'
        return Condition(name, holds=False, found=f"has no upstreams of {destination}", mend=mend)
    application = status.applications.get(authority.service)
    if destination is Side.V2 and application is not None and application.breaker_open:
        mend = "mend v2, and wait until its breaker closes: strangler gateway status"
        return Condition(name, holds=False, found="v2 fails: its breaker is open", mend=mend)
    return Condition(name, holds=True, found="knows the service")
