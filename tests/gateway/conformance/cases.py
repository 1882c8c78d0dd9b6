"""What a proxy must not break, as bytes in and bytes out."""

from __future__ import annotations

from dataclasses import dataclass

from strangler.model.forwarding import FORWARDING_TERMS, UPSTREAM_FIELDS, ForwardingTerms, UpstreamFields

UPSTREAM = b"<upstream>"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Case:
    """A feature: what the client sends, what of it must reach the upstream, what that answers, and what comes back.

    The upstream's address stands where `UPSTREAM` is.
    """

    feature: str
    sent: bytes = GET
    arrives: tuple[bytes, ...] = ()
    missing: tuple[bytes, ...] = ()
    answer: bytes = OK
    returns: tuple[bytes, ...] = (b"\r\n\r\nok",)
    lacks: tuple[bytes, ...] = ()
    closes: bool = False
    forwarding: ForwardingTerms = FORWARDING_TERMS
    fields: UpstreamFields = UPSTREAM_FIELDS


def get(target: bytes, *fields: bytes) -> bytes:
    """Return a GET with further header fields."""
    return b"GET %b HTTP/1.1\r\nHost: shop\r\n%b\r\n" % (target, b"".join(field + b"\r\n" for field in fields))


def post(framing: bytes, body: bytes) -> bytes:
    """Return a POST."""
    return b"POST / HTTP/1.1\r\nHost: shop\r\n%b\r\n\r\n%b" % (framing, body)


def response(*fields: bytes, body: bytes = b"") -> bytes:
    """Return a response with status 200."""
    return b"HTTP/1.1 200 OK\r\n%b\r\n%b" % (b"".join(field + b"\r\n" for field in fields), body)


CASES = (
    Case(
        "raw path bytes",
        get(b"/a%2Fb/..%2f/%7e/%e2%82%ac?x=%20&&y=%C3"),
        (b"GET /a%2Fb/..%2f/%7e/%e2%82%ac?x=%20&&y=%C3 ",),
    ),
    Case("a lone ?", get(b"/a?"), (b"GET /a? HTTP/1.1\r\n",)),
    Case("an absolute target", get(b"http://shop/a"), (b"GET http://shop/a HTTP/1.1\r\n",)),
    Case("case of request header names", get(b"/", b"X-MiXed: 1"), (b"\r\nX-MiXed: 1\r\n",)),
    Case(
        "order and duplicates of request headers",
        get(b"/", b"b: 2", b"a: 1", b"b: 3"),
        (b"\r\nb: 2\r\na: 1\r\nb: 3\r\n",),
    ),
    Case("bytes beyond ASCII in request headers", get(b"/", b"a: \xe9\xff"), (b"\r\na: \xe9\xff\r\n",)),
    Case("a body by length", post(b"Content-Length: 4", b"text"), (b"\r\n\r\ntext",)),
    Case(
        "a body in chunks", post(b"Transfer-Encoding: chunked", b"2\r\nte\r\n2;x=y\r\nxt\r\n0\r\n\r\n"), (b"0\r\n\r\n",)
    ),
    Case(
        "request trailers",
        post(b"Transfer-Encoding: chunked", b"1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n"),
        (b"\r\n0\r\nX-Sum: 1\r\n\r\n",),
    ),
    Case(
        "hop-by-hop request headers are taken out",
        get(b"/", b"Connection: X-Hop, keep-alive", b"X-Hop: 1", b"Keep-Alive: 5", b"TE: gzip", b"y: 1"),
        (b"\r\ny: 1\r\n",),
        (b"X-Hop", b"Keep-Alive", b"TE:", b"Connection"),
    ),
    Case("an identity from outside is taken out", get(b"/", b"X_Strangler-Identity: me"), (), (b"Identity",)),
    Case(
        "a reason phrase",
        answer=b"HTTP/1.1 200 Fine by me\r\nContent-Length: 2\r\n\r\nok",
        returns=(b" 200 Fine by me\r\n",),
    ),
    Case("an unknown status", answer=b"HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\nok", returns=(b"HTTP/1.1 299",)),
    Case(
        "case of response header names",
        answer=response(b"X-MiXed: 1", b"Content-Length: 0"),
        returns=(b"\r\nX-MiXed: 1\r\n",),
    ),
    Case(
        "two Set-Cookie, and the order of response headers",
        answer=response(b"set-cookie: b", b"a: 1", b"set-cookie: a", b"content-length: 0"),
        returns=(b"\r\nset-cookie: b\r\na: 1\r\nset-cookie: a\r\n",),
    ),
    Case(
        "hop-by-hop response headers are taken out",
        answer=response(
            b"Connection: X-Hop, keep-alive", b"X-Hop: 1", b"Keep-Alive: 5", b"y: 1", b"Content-Length: 2", body=b"ok"
        ),
        lacks=(b"X-Hop", b"Keep-Alive"),
    ),
    Case(
        "a response in chunks",
        answer=response(b"Transfer-Encoding: chunked", body=b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
        returns=(b"abc",),
    ),
    Case(
        "response trailers",
        answer=response(b"Trailer: X-Sum", b"Transfer-Encoding: chunked", body=b"1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n"),
        returns=(b"\r\nTrailer: X-Sum\r\n", b"\r\n0\r\nX-Sum: 1\r\n\r\n"),
    ),
    Case("a response until the end of the connection", answer=response(body=b"abc"), returns=(b"abc",), closes=True),
    Case(
        "compressed bodies",
        answer=response(b"Content-Encoding: gzip", b"Content-Length: 4", body=b"\x1f\x8b\0\1"),
        returns=(b"\r\n\r\n\x1f\x8b\0\1",),
    ),
    Case(
        "204",
        answer=b"HTTP/1.1 204 No Content\r\n\r\n",
        returns=(b"HTTP/1.1 204 No Content\r\n",),
        lacks=(b"ransfer-",),
    ),
    Case(
        "304 with a length",
        answer=b"HTTP/1.1 304 Not Modified\r\nETag: 1\r\nContent-Length: 9\r\n\r\n",
        returns=(b"HTTP/1.1 304", b"9"),
    ),
    Case(
        "HEAD",
        b"HEAD / HTTP/1.1\r\nHost: shop\r\n\r\n",
        (b"HEAD / ",),
        answer=response(b"Content-Length: 9"),
        returns=(b"9",),
    ),
    Case(
        "103 and the 200 after it",
        answer=b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
        returns=(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n",),
    ),
    Case(
        "HTTP/1.0",
        b"GET /old HTTP/1.0\r\nA: 1\r\n\r\n",
        (b"GET /old HTTP/1.1\r\n", b"\r\nHost: "),
        answer=response(b"Transfer-Encoding: chunked", body=b"1\r\na\r\n0\r\n\r\n"),
        returns=(b"\r\n\r\na",),
        lacks=(b"ransfer-",),
    ),
)
HUGE_CHUNKS = tuple(
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%b\r\na\r\n0\r\n\r\n" % size
    for size in (b"1000000000000001", b"1;%b" % (b"x" * 5000))
)
BAD = (
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    (b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET /%FF HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX(: a\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n", 400),
    (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400),
    (b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3 3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %b\r\n\r\nabc" % (b"9" * 25), 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 501),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n", 501),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
    (b"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nb\r\na\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", 400),
    *(
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%b\r\na\r\n0\r\n\r\n" % size, 400)
        for size in (
            b"+1",
            b" 1",
            b"1 ",
            b"1\t",
            b"1_0",
            b"\xef\xbc\x91",
            b"",
            b";x",
            b"1;a\0b",
            b"1\r",
        )
    ),
    *((sent, 400) for sent in HUGE_CHUNKS),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: a\r\n b\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX : a\r\n\r\n", 400),
    (b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"a" * 20_000), 414),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n" % (b"a" * 70_000), 431),
    (b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 501),
)
"""What two servers may read differently, or what is too long, and the status it is refused with."""

UNSEEN_BY_ENDPOINT = (
    b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
    b"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n",
    *HUGE_CHUNKS,
)
"""What an ASGI server does not let an application see, or handles itself; what it lets pass is framed anew."""
