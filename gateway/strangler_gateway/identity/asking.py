"""Asks the monolith who clients are, once for all requests that wait for the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from strangler.model.identity import IdentityTerms
from strangler_gateway.identity.answer import SendQuestion, UnknownIdentityError, Who, who_of
from strangler_gateway.identity.known import Known, KnownIdentities
from strangler_gateway.identity.question import Question, cookie_names, question_about
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.transport.errors import UpstreamError
from strangler_gateway.transport.grammar import Headers

AT_ONCE = 64
"""The most concurrent questions; the clients' own requests need the monolith too."""


class Asking:
    """Asks the monolith through `send`, as `terms` say, and caches the answers; `clock` is the time in seconds."""

    def __init__(self, terms: IdentityTerms, send: SendQuestion, clock: Callable[[], float]) -> None:
        self.terms = terms
        self.known = KnownIdentities(terms, clock)
        self._send = send
        self._tasks: dict[bytes, asyncio.Task[Known]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)
        self._cookies = cookie_names(terms)

    def question(self, request: RequestFacts) -> Question | None:
        """Return the question about a request, None for one without credentials."""
        return question_about(request, self.terms)

    async def ask(self, question: Question) -> Known:
        """Return the answer, a cached one while it is valid; UnknownIdentityError when there is none."""
        digest = question.digest
        known = self.known.get(digest)
        if known is not None:
            return known
        task = self._tasks.get(digest)
        if task is None:
            task = self._tasks[digest] = asyncio.get_running_loop().create_task(self._found(question))
            task.add_done_callback(lambda task: self._ended(digest, task))
        # A client that disconnects must not cancel the question for the others that wait for its answer.
        return await asyncio.shield(task)

    def changed(self, request: RequestFacts, cookies: Headers) -> None:
        """Forget the identity behind a request's credentials, since its response sets `cookies` (Set-Cookie fields).

        An answer that is still on its way may be older than this response: the requests that wait for it get it, later
        ones do not.
        """
        names = self._cookies
        if names is not None and not any(value.partition(b"=")[0].strip(b" \t") in names for _, value in cookies):
            return
        question = self.question(request)
        if question is not None:
            self.known.forget(question.digest)
            self._tasks.pop(question.digest, None)

    async def _found(self, question: Question) -> Known:
        task = asyncio.current_task()
        who = await self._who(question)
        if self._tasks.get(question.digest) is task:
            return self.known.put(question.digest, who)
        return Known(who, 0)

    def _ended(self, digest: bytes, task: asyncio.Task[Known]) -> None:
        if self._tasks.get(digest) is task:
            del self._tasks[digest]
        if not task.cancelled():
            # All clients may have gone. Reading the exception keeps asyncio from logging it as never retrieved.
            task.exception()

    async def _who(self, question: Question) -> Who | None:
        terms = self.terms
        try:
            async with asyncio.timeout(terms.patience), self._places:
                answer = await self._send(question.request)
        except UpstreamError as error:
            raise UnknownIdentityError(f"{terms.whoami}: {error}") from error
        except TimeoutError as error:
            raise UnknownIdentityError(f"{terms.whoami} gave no answer in {terms.patience:g} s") from error
        return who_of(terms, answer)
