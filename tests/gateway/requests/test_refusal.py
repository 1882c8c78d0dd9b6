"""The gateway's own responses, which are the same on every way in."""

from __future__ import annotations

import pytest

from strangler_gateway.requests.refusal import Refusal, problem, refusal_fields
from strangler_gateway.wire.client import refusal_bytes


@pytest.mark.parametrize(
    ("status", "ends"), [(400, True), (413, True), (500, True), (501, True), (502, False), (504, False)]
)
def test_a_request_that_was_not_understood_ends_its_connection(status: int, *, ends: bool) -> None:
    """Anything may follow it there; an application that does not answer says nothing about the client."""
    assert Refusal(status, "so it is").ends_connection is ends


def test_the_fields_are_those_of_the_bytes() -> None:
    """Whoever writes them, and with the time to come back in if there is one."""
    refusal = Refusal(503, "full", retry_after=3)
    body = problem(refusal)
    head, _, sent = refusal_bytes(refusal, persistent=False).partition(b"\r\n\r\n")
    assert sent == body
    assert head.split(b"\r\n")[1:] == [b"%b: %b" % field for field in refusal_fields(refusal, body, persistent=False)]
    assert (b"Retry-After", b"3") in refusal_fields(refusal, body, persistent=True)
    assert (b"Connection", b"close") not in refusal_fields(refusal, body, persistent=True)
