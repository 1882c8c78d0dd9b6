"""The question that asks the monolith who a request's client is."""

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
    """A request to the monolith; `digest` identifies it, so that no client gets the answer about another."""

    request: Request
    digest: bytes


def question_about(request: RequestFacts, terms: IdentityTerms) -> Question | None:
    """Return the question about a request; None for one without credentials, whose client is anonymous."""
    credentials = list(_credentials(request, terms.send))
    if not credentials:
        return None
    headers = [(b"Host", request.header(b"host") or b""), *_ADDED, *credentials]
    headers += [(name.encode(), value.encode()) for name, value in terms.add]
    return Question(Request(b"GET", terms.whoami.encode(), headers), digest_of(headers))


def digest_of(headers: Headers) -> bytes:
    """Return a digest of 16 bytes, equal only for equal headers: each part is hashed after its length."""
    digest = blake2b(digest_size=16)
    for field in headers:
        for part in field:
            digest.update(b"%d:" % len(part))
            digest.update(part)
    return digest.digest()


def cookie_names(terms: IdentityTerms) -> frozenset[bytes] | None:
    """Return the names of the cookies an identity depends on; None when it may depend on any."""
    if any(not one.cookie and one.name.lower() == "cookie" for one in terms.send):
        return None
    return frozenset(one.name.encode() for one in terms.send if one.cookie)


def _credentials(request: RequestFacts, send: tuple[Credential, ...]) -> Iterator[tuple[bytes, bytes]]:
    cookies: list[bytes] = []
    for credential in send:
        name = credential.name.encode()
        if credential.cookie:
            # Of two cookies with one name applications may read either, so the monolith gets both, as in the request.
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
