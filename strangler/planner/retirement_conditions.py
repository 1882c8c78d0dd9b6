"""What must hold before v1 may be removed: nothing reaches it any more, and nothing is written back to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from strangler.model.authority import MoveStep, Side
from strangler.model.errors import StranglerError
from strangler.planner.readiness import Condition
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority
from strangler_etl.records.streams import backward_stream, forward_stream, read_position
from strangler_gateway.admin.messages import GatewayStatus, ServiceStatus

_FLOWING_SECONDS = 10.0
_END_OF_THE_WAY_BACK = (
    "end strangler journal follow, and where the service has copies of rows of v1 go on with:"
    " strangler journal follow {} --no-way-back; then there is no way back to v1"
)


def traffic_conditions(service: str, answers: Mapping[str, GatewayStatus | StranglerError]) -> tuple[Condition, ...]:
    """Whether every gateway sends all requests of a service to v2; `answers` are those of the gateways by address."""
    if not answers:
        return (Condition("gateway", holds=False, found="no gateway is named", mend="name them: [gateway] admin"),)
    return tuple(_sends(service, address, answer) for address, answer in answers.items())


def data_conditions(migration: Migration) -> tuple[Condition, ...]:
    """Whether v2 has the authority over the tables for good, and no follower reads their journals any more.

    A service with copies of rows that stay in the monolith keeps following v1's journal for these.
    """
    service = migration.service.name
    authority = read_authority(migration.source, service)
    settled = authority.side is Side.V2 and authority.step is MoveStep.SETTLED
    under_way = "" if authority.step is MoveStep.SETTLED else f", a move is under way ({authority.step})"
    return (
        Condition(
            "authority",
            settled,
            f"{authority.side} has it, epoch {authority.epoch}{under_way}",
            f"run: strangler cutover {service}",
        ),
        *([] if migration.mapping.replicas else [_still(migration, Side.V1)]),
        _still(migration, Side.V2),
    )


def unmet(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Those that do not hold."""
    return tuple(condition for condition in conditions if not condition.holds)


def _sends(service: str, address: str, answer: GatewayStatus | StranglerError) -> Condition:
    name, mend = f"gateway {address}", f"run: strangler cutover {service}"
    if isinstance(answer, StranglerError):
        return Condition(name, holds=False, found=answer.what, mend=answer.remedy or "start it")
    known = answer.services.get(service)
    if known is None:
        return Condition(
            name, holds=False, found="does not know the service", mend="load this strangler.toml into the gateway"
        )
    left = _left_on_v1(known)
    return Condition(name, left is None, left or "sends every request to v2", mend)


def _left_on_v1(status: ServiceStatus) -> str | None:
    if status.side is Side.V2:
        return None
    lowest = min(status.shares.items(), key=lambda share: share[1], default=("the service", 0.0))
    return f"sends {100 - lowest[1]:g} % of {lowest[0]} to v1" if lowest[1] < 100 else None


def _still(migration: Migration, origin_side: Side) -> Condition:
    """Whether the journal of one side is at rest: nothing has read it for some time."""
    service = migration.service.name
    if origin_side is Side.V1:
        origin, position = migration.source, read_position(migration.target, forward_stream(service))
        name, mend = "journal of v1", "end what runs: strangler journal follow"
    else:
        origin, position = migration.target, read_position(migration.source, backward_stream(service))
        name, mend = "journal of v2", _END_OF_THE_WAY_BACK.format(service)
    with origin.snapshot():
        lag = origin.journal.changes(None, ()).read_at - position.read_at
    flows = position.position is not None and lag < _FLOWING_SECONDS
    return Condition(name, not flows, f"it was followed {lag:.1f} s ago" if flows else "nobody follows it", mend)
