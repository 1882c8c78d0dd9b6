"""Finds the identity of each request's client, for the services that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import msgspec

from strangler.model.identity import IdentityTerms, Otherwise
from strangler.secret import Secret
from strangler_gateway.identity.answer import SendQuestion, UnknownIdentityError
from strangler_gateway.identity.asking import Asking
from strangler_gateway.identity.known import Known
from strangler_gateway.identity.token import Signer
from strangler_gateway.requests.downstream import Downstream, ResponseTap
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.requests.refusal import Refusal
from strangler_gateway.transport.grammar import Headers
from strangler_gateway.transport.response_head import ResponseHead

_UNKNOWN = Refusal(503, "it could not be found out who is asking; try again", retry_after=1)
# Not 401, which has to carry a challenge (RFC 9110, section 15.5.2).
_NOBODY = Refusal(403, "only somebody the application knows may ask for this")


class WithoutIdentityError(Exception):
    """A request must not go to its service, because its client's identity is unknown or anonymous.

    `otherwise` says what to do with it instead; `refusal` is the response where that is to refuse it.
    """

    def __init__(self, reason: str, otherwise: Otherwise, refusal: Refusal) -> None:
        super().__init__(reason)
        self.otherwise = otherwise
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Settled:
    """The identity header of a request that need not wait: its value, or None for no header."""

    header: bytes | None


_NO_HEADER = Settled(None)


class ServiceIdentity:
    """Finds the identity of one service's clients, and signs it."""

    def __init__(self, asking: Asking, signer: Signer, clock: Callable[[], float]) -> None:
        self._asking = asking
        self._signer = signer
        self._clock = clock

    def at_once(self, request: RequestFacts) -> Settled | None:
        """Return the request's header when it is known already; None when the monolith has to be asked first."""
        question = self._asking.question(request)
        known = self._asking.known.get(question.digest) if question is not None else None
        if known is not None and known.who is not None:
            token = known.tokens.get(self._signer.service)
            return Settled(token) if token is not None else None
        if (question is None or known is not None) and self._asking.terms.nobody is Otherwise.ANONYMOUS:
            return _NO_HEADER
        return None

    async def header(self, request: RequestFacts) -> bytes | None:
        """Return the identity header, None for no header; WithoutIdentityError when the request must not go there."""
        terms = self._asking.terms
        try:
            known = await self._known(request)
            token = self._token(known) if known is not None else None
        except UnknownIdentityError as error:
            raise WithoutIdentityError(str(error), terms.unknown, _UNKNOWN) from error
        if token is None and terms.nobody is not Otherwise.ANONYMOUS:
            raise WithoutIdentityError("nobody is asking", terms.nobody, _NOBODY)
        return token

    async def user(self, request: RequestFacts) -> bytes | None:
        """Return what distinguishes the user: the ``id`` of the identity as JSON, or all of it where it has none.

        None for an anonymous client; UnknownIdentityError when the monolith does not say.
        """
        known = await self._known(request)
        who = known.who if known is not None else None
        return msgspec.json.encode(who.get("id", who), order="sorted") if who is not None else None

    async def _known(self, request: RequestFacts) -> Known | None:
        question = self._asking.question(request)
        return await self._asking.ask(question) if question is not None else None

    def _token(self, known: Known) -> bytes | None:
        if known.who is None:
            return None
        service = self._signer.service
        token = known.tokens.get(service)
        if token is None:
            # Cached with the answer, which expires before the token does.
            token = known.tokens[service] = self._signer.token(known.who, self._clock())
        return token


class Identities:
    """The identities of one gateway; `terms` has for each service how they are found and the key that signs them.

    Tokens are issued by `clock`, in unix seconds; answers are cached by `monotonic`, which nobody sets.
    """

    def __init__(
        self,
        terms: Mapping[str, tuple[IdentityTerms, Secret]],
        send: SendQuestion,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self.terms = dict(terms)
        self._asking = {asked: Asking(asked, send, monotonic) for asked, _ in self.terms.values()}
        self._services = {
            service: ServiceIdentity(self._asking[asked], Signer(service, key, asked.token_seconds), clock)
            for service, (asked, key) in self.terms.items()
        }

    def of(self, service: str | None) -> ServiceIdentity | None:
        """Return what finds the identity of a service's clients, None when the service does not ask for it."""
        return self._services.get(service or "")

    def at_once(self, service: str | None, request: RequestFacts) -> Settled | None:
        """Return the header of a request to a service when it is known; None when the monolith has to be asked."""
        identity = self._services.get(service or "")
        return identity.at_once(request) if identity is not None else _NO_HEADER

    def watching(self, request: RequestFacts, tap: ResponseTap | None) -> ResponseTap:
        """Return a tap for the response to a request, since one that sets cookies may end a session."""
        return CookieWatch(self._asking.values(), request, tap)


class CookieWatch:
    """Passes a response on to `tap`, and first forgets the client's cached identity when the response sets cookies."""

    __slots__ = ("_asking", "_request", "_tap")

    def __init__(self, asking: Collection[Asking], request: RequestFacts, tap: ResponseTap | None) -> None:
        self._asking = asking
        self._request = request
        self._tap = tap

    def begin(self, head: ResponseHead) -> None:
        """Take the head, before any of it is sent."""
        if b"\r\nset-cookie:" in head.lower:
            cookies: Headers = [field for field in head.headers if field[0].lower() == b"set-cookie"]
            for asking in self._asking:
                asking.changed(self._request, cookies)
        if self._tap is not None:
            self._tap.begin(head)

    def more(self, body: bytes) -> None:
        """Take the next part of the body."""
        if self._tap is not None:
            self._tap.more(body)

    def finished(self, client: Downstream) -> None:
        """Note that the response is complete."""
        if self._tap is not None:
            self._tap.finished(client)
