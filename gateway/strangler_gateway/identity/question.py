"""What the monolith is asked about a request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from strangler.model.identity import Credential, IdentityTerms
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.transport.grammar import Headers
from strangler_gateway.transport.request import Request


@dataclass(frozen=True, slots=True)
class Question:
    """A request to the monolith; `digest` tells it from every other one, so that no answer is given to another."""

    request: Request
    digest: bytes


def question_about(request: RequestFacts, terms: IdentityTerms) -> Question | None:
    """Return what to ask, None for a request without credentials: it is nobody's."""
    credentials = list(_credentials(request, terms.send))
    if not credentials:
        return None
    headers = [(b"Host", request.header(b"host") or b""), *_ADDED, *credentials]
    headers += [(name.encode(), value.encode()) for name, value in terms.add]
    return Question(Request(b"GET", terms.whoami.encode(), headers), digest_of(headers))


def digest_of(headers: Headers) -> bytes:
    """Return the same for the same headers only: the length of each part goes before it."""
    digest = blake2b(digest_size=16)
    for field in headers:
        for part in field:
            digest.update(b"%d:" % len(part))
            digest.update(part)
    return digest.digest()


def cookie_names(terms: IdentityTerms) -> frozenset[bytes] | None:
    """Return the cookies an identity depends on; None when it may be any."""
    if any(not one.cookie and one.name.lower() == "cookie" for one in terms.send):
        return None
    return frozenset(one.name.encode() for one in terms.send if one.cookie)


def _credentials(request: RequestFacts, send: tuple[Credential, ...]) -> Iterator[tuple[bytes, bytes]]:
    cookies: list[bytes] = []
    for credential in send:
        name = credential.name.encode()
        if credential.cookie:
            # Of two cookies of one name applications read either: the monolith is to see both, as it would.
            cookies += (pair for pair in _pairs(request) if pair.partition(b"=")[0].rstrip() == name)
        else:
            for value in request.values(name.lower()):
                yield name, value
    if cookies:
        yield b"Cookie", b"; ".join(cookies)


def _pairs(request: RequestFacts) -> Iterator[bytes]:
    for value in request.values(b"cookie"):
        for pair in value.split(b";"):
            yield pair.strip(b" \t")


_ADDED: Headers = [(b"Accept", b"application/json")]
