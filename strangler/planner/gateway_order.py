"""An order to every gateway, with the evidence of how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from strangler.model.migration import Detail
from strangler.planner.audit_log import AuditLog
from strangler.project import Address
from strangler_gateway.admin.fleet import GatewaysMissingError

Order = Callable[[], tuple[Address, ...]]
"""Gives an order, and returns who has confirmed it; raises a StranglerError when somebody has not."""


def given(
    log: AuditLog, service: str, action: str, order: Order, details: Mapping[str, Detail] | None = None
) -> tuple[Address, ...]:
    """Give an order and record whether it is confirmed; a failure is recorded, too, and raised."""
    details = details or {}
    try:
        gateways = order()
    except BaseException as error:
        log.record(service, f"{action}: not confirmed", {**details, **_reason(error)})
        raise
    log.record(service, f"{action}: confirmed", {**details, "gateways": _addresses(gateways)})
    return gateways


def _reason(error: BaseException) -> Mapping[str, Detail]:
    if isinstance(error, GatewaysMissingError):
        return {"gateways": _addresses(error.confirmed), "missing": _addresses(error.missing), "reason": str(error)}
    return {"reason": str(error) or type(error).__name__}


def _addresses(gateways: Mapping[Address, object] | tuple[Address, ...]) -> str:
    return " ".join(map(str, gateways))
