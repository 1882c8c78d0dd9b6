"""What an application answers that can be read in two ways never reaches a client as if it could not."""

from __future__ import annotations

import httpx
import pytest

from tests.gateway.conformance.bad_answers import BAD_BODIES, BAD_HEADS
from tests.gateway.conformance.cases import Case
from tests.gateway.conformance.faces import Face, passed

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("face", list(Face))
@pytest.mark.parametrize("answer", BAD_HEADS)
async def test_a_head_that_can_be_read_in_two_ways_is_not_passed_on(answer: bytes, face: Face) -> None:
    """The client is told 502, and nothing of what came."""
    if face is Face.TRANSPORT:
        with pytest.raises(httpx.RemoteProtocolError):
            await passed(face, Case("", answer=answer))
        return
    _, returned = await passed(face, Case("", answer=answer))
    assert returned.startswith(b"HTTP/1.1 502 ")
    assert returned.count(b"HTTP/1.1 ") == 1
    assert b"the application behind the gateway gave no answer that can be passed on" in returned


@pytest.mark.parametrize("face", list(Face))
@pytest.mark.parametrize("answer", BAD_BODIES)
async def test_a_body_that_can_be_read_in_two_ways_is_cut_off(answer: bytes, face: Face) -> None:
    """It never looks whole."""
    if face is Face.TRANSPORT:
        with pytest.raises(httpx.RemoteProtocolError):
            await passed(face, Case("", answer=answer))
        return
    _, returned = await passed(face, Case("", answer=answer))
    assert not returned.endswith(b"0\r\n\r\n")
