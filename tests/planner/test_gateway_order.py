"""The evidence of an order to every gateway."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from strangler.model.errors import UnavailableError
from strangler.planner.audit_log import AuditLog
from strangler.planner.gateway_order import Order, given
from strangler.project import Address
from strangler_gateway.admin.fleet import GatewaysMissingError

HERE, THERE = Address("127.0.0.1", 1), Address("127.0.0.1", 2)


def evidence(folder: Path, order: Order) -> dict[str, object]:
    """Return what is recorded of an order, however it ends."""
    log = AuditLog(folder / "audit.jsonl", "ann@host", lambda: 0.0)
    with contextlib.suppress(UnavailableError, KeyboardInterrupt, RuntimeError):
        given(log, "reviews", "gateway shift", order, {"traffic": "5 % to v2"})
    (line,) = log.path.read_text().splitlines()
    found = json.loads(line)
    del found["at"], found["who"], found["service"]
    return found


def raising(error: BaseException) -> Order:
    """Return an order that ends so."""

    def order() -> tuple[Address, ...]:
        raise error

    return order


def test_who_confirmed_is_recorded(tmp_path: Path) -> None:
    """With what was ordered."""
    assert evidence(tmp_path, lambda: (HERE, THERE)) == {
        "action": "gateway shift: confirmed",
        "traffic": "5 % to v2",
        "gateways": "127.0.0.1:1 127.0.0.1:2",
    }


def test_who_is_missing_is_recorded(tmp_path: Path) -> None:
    """And why, and who has confirmed all the same."""
    error = GatewaysMissingError("the share", {THERE: UnavailableError("Connection refused")}, (HERE,))
    assert evidence(tmp_path, raising(error)) == {
        "action": "gateway shift: not confirmed",
        "traffic": "5 % to v2",
        "gateways": "127.0.0.1:1",
        "missing": "127.0.0.1:2",
        "reason": "1 of 2 gateways did not confirm the share: 127.0.0.1:2: Connection refused; repeat the command",
    }


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("odd")])
def test_an_order_that_is_interrupted_is_not_confirmed(tmp_path: Path, error: BaseException) -> None:
    """Whatever has interrupted it."""
    assert evidence(tmp_path, raising(error)) == {
        "action": "gateway shift: not confirmed",
        "traffic": "5 % to v2",
        "reason": str(error) or "KeyboardInterrupt",
    }
