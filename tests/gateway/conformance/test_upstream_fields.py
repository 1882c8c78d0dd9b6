"""What is changed of the fields to and from an application where that was chosen, whichever way a request takes."""

from __future__ import annotations

import re

import pytest

from strangler.model.forwarding import UPSTREAM_HOST, ForwardedFields, ForwardingTerms, NewTrace, UpstreamFields
from tests.gateway.conformance.cases import OK, Case, get, response
from tests.gateway.conformance.faces import Face, passed

pytestmark = pytest.mark.anyio

PROXIES = (Face.FAST, Face.RELAY, Face.ENDPOINT)
NAMED = UpstreamFields(host="shop.internal:81")
VIA = ForwardingTerms(via="shop-gateway")
OWN = (
    b"Location: http://<upstream>/a?b#c",
    b"Content-Location: //<upstream>",
    b"Refresh: 5; url=http://<upstream>/d",
    b"Set-Cookie: a=1; Path=/; Domain=127.0.0.1; HttpOnly",
    b"Set-Cookie: b=domain=127.0.0.1; domain=.Other.example",
    b"Content-Length: 2",
)
CASES = (
    Case(
        "Host is the upstream's own",
        get(b"/", b"A: 1"),
        (b"\r\nHost: <upstream>\r\n", b"\r\nX-Forwarded-Host: shop\r\n"),
        (b"Host: shop\r\nA",),
        fields=UpstreamFields(host=UPSTREAM_HOST),
    ),
    Case(
        "Host has another name",
        get(b"/", b"A: 1"),
        (b"\r\nHost: shop.internal:81\r\n", b"\r\nX-Forwarded-Host: shop\r\n"),
        fields=NAMED,
    ),
    Case(
        "Host of a client that says none",
        b"GET /old HTTP/1.0\r\nA: 1\r\n\r\n",
        (b"GET /old HTTP/1.1\r\n", b"\r\nHost: shop.internal:81\r\n"),
        (b"X-Forwarded-Host",),
        fields=NAMED,
    ),
    Case(
        "Host and Forwarded in place of X-Forwarded",
        get(b"/"),
        (b"\r\nHost: shop.internal:81\r\n", b'\r\nForwarded: for=127.0.0.1;proto=http;host="shop"\r\n'),
        forwarding=ForwardingTerms(send=ForwardedFields.FORWARDED),
        fields=NAMED,
    ),
    Case(
        "what an application says of its own address",
        get(b"/"),
        answer=response(*OWN, body=b"ok"),
        returns=(
            b": http://shop/a?b#c\r\n",
            b": //shop\r\n",
            b": 5; url=http://shop/d\r\n",
            b": a=1; Path=/; Domain=shop; HttpOnly\r\n",
            b": b=domain=127.0.0.1; domain=.Other.example\r\n",
        ),
        fields=UpstreamFields(locations=True, cookie_domains=True),
    ),
    Case(
        "a client behind a trusted proxy has another address",
        get(b"/", b"X-Forwarded-Proto: https", b"X-Forwarded-Host: shop.example:8443"),
        answer=response(*OWN, body=b"ok"),
        returns=(b": https://shop.example:8443/a?b#c\r\n", b": a=1; Path=/; Domain=shop.example; HttpOnly\r\n"),
        forwarding=ForwardingTerms(trusted=("127.0.0.1",)),
        fields=UpstreamFields(locations=True, cookie_domains=True),
    ),
    Case(
        "only what was chosen",
        get(b"/"),
        answer=response(*OWN, body=b"ok"),
        returns=(b"Domain=127.0.0.1", b": http://shop/a?b#c\r\n"),
        fields=UpstreamFields(locations=True),
    ),
    Case("nothing unless it is chosen", get(b"/"), answer=response(*OWN, body=b"ok"), returns=(b"Domain=127.0.0.1",)),
    Case(
        "Via both ways",
        get(b"/", b"Via: 1.0 front"),
        (b": 1.0 front\r\n", b"\r\nVia: 1.1 shop-gateway\r\n"),
        answer=OK.replace(b"\r\n\r\n", b"\r\nVia: 1.1 back\r\n\r\n"),
        returns=(b": 1.1 back\r\n", b": 1.1 shop-gateway\r\n"),
        forwarding=VIA,
    ),
    Case(
        "Via of HTTP/1.0",
        b"GET / HTTP/1.0\r\nHost: shop\r\n\r\n",
        (b"\r\nVia: 1.0 shop-gateway\r\n",),
        forwarding=VIA,
    ),
    Case("no Via unless it is chosen", get(b"/"), missing=(b"ia: ",), lacks=(b"ia: ",)),
)


@pytest.mark.parametrize("face", PROXIES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.feature)
async def test_fields_are_changed_as_was_chosen(case: Case, face: Face) -> None:
    """An ASGI server knows no HTTP/1.0 without Host, and no other names of fields than in lower case."""
    arrived, returned = await passed(face, case)
    assert all(part in arrived for part in case.arrives), arrived
    assert not any(part in arrived for part in case.missing), arrived
    assert all(part in returned for part in case.returns), returned
    assert not any(part in returned.lower() for part in case.lacks), returned


async def test_a_target_never_contradicts_the_host_that_was_chosen() -> None:
    """Where both are there, the target wins (RFC 9112, section 3.2.2)."""
    for target, arrives in ((b"http://shop/a?b", b"/a?b"), (b"http://shop", b"/"), (b"HTTP://shop?b", b"/?b")):
        arrived, _ = await passed(Face.RELAY, Case("", get(target), fields=NAMED))
        assert arrived.startswith(b"GET %b HTTP/1.1\r\nHost: shop.internal:81\r\n" % arrives)


@pytest.mark.parametrize("face", PROXIES)
async def test_a_request_that_comes_back_is_refused(face: Face) -> None:
    """By its name in Via, whatever stands around it; another gateway has another name."""
    for via, status in ((b"1.1 other, 1.1 shop-gateway (strangler)", b"508"), (b"1.1 shop-gateway-2", b"200")):
        _, returned = await passed(face, Case("", get(b"/", b"Via: " + via), forwarding=VIA))
        assert returned.startswith(b"HTTP/1.1 %b " % status)


@pytest.mark.parametrize("face", PROXIES)
async def test_a_request_in_no_trace_begins_one_where_that_was_chosen(face: Face) -> None:
    """And only then; a trace the client is in is passed on as it came."""
    new = re.compile(rb"\r\ntraceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-0([01])\r\n")
    for choice, flag in ((NewTrace.SAMPLED, b"1"), (NewTrace.UNSAMPLED, b"0"), (None, None)):
        terms = ForwardingTerms(traceparent=choice)
        arrived, _ = await passed(face, Case("", get(b"/"), forwarding=terms))
        found = new.search(arrived)
        assert (found and found[1]) == flag
        arrived, _ = await passed(face, Case("", get(b"/", b"traceparent: theirs"), forwarding=terms))
        assert arrived.count(b"traceparent") == 1
        assert b"\r\ntraceparent: theirs\r\n" in arrived
