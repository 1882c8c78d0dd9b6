"""What `strangler gateway status` says of a gateway."""

from __future__ import annotations

import pytest

from strangler.cli.render.gateway import status_lines
from strangler.model.authority import Side
from strangler.project import Address
from strangler_gateway.admin.messages import GatewayStatus, InFlight, ServiceStatus


@pytest.mark.parametrize(
    ("authority", "line"),
    [
        (Side.V1, "    30 % to v2: GET /reviews"),
        (Side.V2, "    30 % to v2 once v1 has the authority again: GET /reviews"),
    ],
)
def test_a_share_says_when_it_counts(authority: Side, line: str) -> None:
    """While v2 has the authority everything is its."""
    known = ServiceStatus("reviews", authority, 1, None, InFlight(), {"GET /reviews": 30.0}, tuple(Side))
    assert list(status_lines(Address("127.0.0.1", 9), GatewayStatus(1, "plan", {"reviews": known})))[-1] == line


def test_readers_that_v1_has_because_a_follower_is_silent_are_told_with_the_next_step() -> None:
    """The share in the file is not what happens."""
    shares = {"GET /reviews": 30.0}
    known = ServiceStatus("reviews", Side.V1, 1, None, InFlight(), shares, tuple(Side), stale=True)
    assert list(status_lines(Address("127.0.0.1", 9), GatewayStatus(1, "plan", {"reviews": known})))[-2:] == [
        (
            "    all read from v1: the follower has not said for a minute that v2 lacks nothing; does it run?"
            " start: strangler journal follow reviews"
        ),
        "    30 % to v2 once the follower reports again: GET /reviews",
    ]
