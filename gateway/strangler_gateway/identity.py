"""Tells a service who is asking: the monolith is asked with the client's own credentials, the answer is signed.

The header ``X-Strangler-Identity`` is a JSON Web Token (RFC 7519, HS256) with the claims ``iss`` "strangler", ``aud``
the service, ``iat``, ``exp`` and ``who``, the JSON object the monolith answered.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import jwt
import msgspec

from strangler.secret import Secret
from strangler_gateway.request_facts import RequestFacts
from strangler_gateway.transport.errors import UpstreamError
from strangler_gateway.transport.grammar import Headers
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.pool import ConnectionPools
from strangler_gateway.transport.request import Request

ISSUER = "strangler"
TOKEN_SECONDS = 60
KNOWN_SECONDS = 3.0
"""How long an answer of the monolith is believed."""
MOST_KNOWN = 10_000
MAX_ANSWER = 64 * 1024
ANONYMOUS_STATUSES = (401, 403)


class UnknownIdentityError(Exception):
    """The monolith did not say who is asking.

    The request is refused: passed on without identity, a user would silently become a stranger.
    """


@dataclass(frozen=True, slots=True)
class IdentityTerms:
    """The path to ask at, and the key to sign with."""

    whoami: str
    key: Secret


@dataclass(frozen=True, slots=True)
class _Known:
    who: Mapping[str, Any] | None
    until: float


class IdentitySource:
    """Asks one of `origins`; `clock` is the time in unix seconds."""

    def __init__(
        self,
        terms: IdentityTerms,
        origins: Callable[[], tuple[Origin, ...]],
        pools: ConnectionPools,
        clock: Callable[[], float],
    ) -> None:
        self.terms = terms
        self._origins = origins
        self._pools = pools
        self._clock = clock
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._asking: dict[bytes, asyncio.Task[Mapping[str, Any] | None]] = {}

    async def header(self, service: str, request: RequestFacts) -> bytes | None:
        """Return the value of the header; None for a request without credentials, or with worthless ones."""
        who = await self.who(request)
        if who is None:
            return None
        now = int(self._clock())
        claims = {"iss": ISSUER, "aud": service, "iat": now, "exp": now + TOKEN_SECONDS, "who": who}
        # Its type names that of a library which is not needed for HS256.
        token: str = jwt.encode(claims, self.terms.key.reveal(), algorithm="HS256")  # pyright: ignore[reportUnknownMemberType]
        return token.encode()

    async def user(self, request: RequestFacts) -> bytes | None:
        """Return what tells one user from another: the ``id`` of the answer, or all of it where it has none."""
        who = await self.who(request)
        return msgspec.json.encode(who.get("id", who), order="sorted") if who is not None else None

    async def who(self, request: RequestFacts) -> Mapping[str, Any] | None:
        """Return what the monolith says; UnknownIdentityError when it says nothing of use."""
        credentials = [field for field in request.all() if field[0] in (b"authorization", b"cookie")]
        if not credentials:
            return None
        host = request.header(b"host") or b""
        digest = _digest(credentials, host)
        known = self._known.get(digest)
        if known is not None and known.until > self._clock():
            self._known.move_to_end(digest)
            return known.who
        asking = self._asking.get(digest)
        if asking is None:
            asking = self._asking[digest] = asyncio.get_running_loop().create_task(self._ask(credentials, host))
            asking.add_done_callback(lambda task: self._answered(digest, task))
        # A client that goes away must not take the answer from the others who wait for it.
        return await asyncio.shield(asking)

    def _answered(self, digest: bytes, task: asyncio.Task[Mapping[str, Any] | None]) -> None:
        del self._asking[digest]
        if task.cancelled() or task.exception() is not None:
            return
        self._known[digest] = _Known(task.result(), self._clock() + KNOWN_SECONDS)
        self._known.move_to_end(digest)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    async def _ask(self, credentials: Headers, host: bytes) -> Mapping[str, Any] | None:
        headers = [(b"host", host), (b"accept", b"application/json"), *credentials]
        request = Request(b"GET", self.terms.whoami.encode(), headers)
        failure: UpstreamError | None = None
        for origin in self._origins():
            try:
                return await self._ask_at(origin, request)
            except UpstreamError as error:
                failure = error
        raise UnknownIdentityError(f"{self.terms.whoami}: {failure}") from failure

    async def _ask_at(self, origin: Origin, request: Request) -> Mapping[str, Any] | None:
        patience = self._pools.timeouts.read
        exchange = await self._pools.of(origin).send(request)
        try:
            body = bytearray()
            while data := await exchange.read(patience):
                body += data
                if len(body) > MAX_ANSWER:
                    raise UnknownIdentityError(f"{self.terms.whoami} answered too much")
        finally:
            exchange.close()
        if exchange.status in ANONYMOUS_STATUSES:
            return None
        if exchange.status != 200:
            raise UnknownIdentityError(f"{self.terms.whoami} answered {exchange.status}")
        try:
            return msgspec.json.decode(bytes(body), type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise UnknownIdentityError(f"{self.terms.whoami} answered no JSON object: {error}") from error


def _digest(credentials: Headers, host: bytes) -> bytes:
    digest = blake2b(digest_size=16)
    for part in (host, *(part for field in credentials for part in field)):
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.digest()
