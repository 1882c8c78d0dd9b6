"""Forwards requests: at once when nothing has to be waited for, otherwise through the relay in a task."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

from strangler.model.authority import Side
from strangler_gateway.admission import Admission
from strangler_gateway.relay import FAILED, Relay, refusal_of
from strangler_gateway.resilience.sending import Try
from strangler_gateway.transport.errors import UpstreamTimeoutError
from strangler_gateway.transport.outbox import Outbox
from strangler_gateway.wire.client import WireClient

logger = logging.getLogger(__name__)

_V2: Final = Side.V2
"""Bound here because each access to an enumeration's member is a lookup of its own."""
_SOON: Final = 0.001
"""Seconds; the resolution of timers."""


class Dispatch:
    """Forwards the requests of one server to the applications, and handles tries that fail.

    `tasks` is the server's set of tasks, to which those of requests that have to wait are added.
    """

    __slots__ = ("_loop", "_outbox", "_relay", "_tasks")

    def __init__(self, relay: Relay, loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[None]]) -> None:
        self._relay = relay
        self._loop = loop
        self._outbox = Outbox.of(loop)
        self._tasks = tasks

    def begin(self, client: WireClient) -> None:
        """Relay a request."""
        relay = self._relay
        traffic = relay.traffic
        head = client.request
        if not client.body.read_whole or head.upgrade or (traffic.ready.by_user and traffic.needs_user(head)):
            self._start(client, relay.run(client))
            return
        admission = relay.admissions.at_once(head, self._outbox.time())
        if admission is None:
            self._start(client, relay.run(client))
        elif not self._sent_at_once(client, admission):
            self._go_on(client, admission)

    def end(self, client: WireClient) -> None:
        """Take a request that was sent at once out of the count."""
        admission, client.admission = client.admission, None
        if admission is not None:
            self._relay.admissions.end(admission, client.status, self._outbox.time())
        self._learn(client)

    def cancel(self, client: WireClient) -> None:
        """Give up a request whose client has disconnected."""
        if client.task is not None:
            client.task.cancel()
        else:
            self.end(client)
            if client.exchange is not None:
                client.exchange.close()

    def replaced(self, client: WireClient, status: int) -> bool:
        """Send a request that failed with `status` to another host or v1; False when there is none to try."""
        attempt, exchange = client.attempt, client.exchange
        if attempt is None or exchange is None:
            return False
        attempt.application.answered(attempt, status)
        if client.request.trace is not None:
            client.request.trace.called(status)
        if not self._tried_again(client):
            return False
        exchange.close()
        logger.warning("%s %s: %s says %d", client.request.method, client.request.path, attempt.host.origin, status)
        return True

    def time_left(self, client: WireClient) -> float:
        """Return the seconds an application still has for a request that was sent at once; none where v1 may answer.

        Asked once `first_seconds` have passed, because few requests take as long, and all would pay for an answer.
        """
        attempt, admission = client.attempt, client.admission
        if attempt is None or admission is None or client.begun:
            return 0.0
        application = attempt.application
        left = application.try_seconds - (self._outbox.time() - admission.arrived)
        if left < _SOON or self._relay.sender.replaceable(client, admission.ticket, application):
            return 0.0
        return left

    def gave_up(self, client: WireClient, error: BaseException) -> None:
        """Send a failed request again if its connection was just closed or another try is allowed, else refuse it."""
        admission = client.admission
        if admission is not None and client.may_repeat(error):
            # An idle connection that was closed says nothing about the application.
            self._hand_over(client, admission)
            return
        logger.warning("%s %s: %s", client.request.method, client.request.path, error)
        if client.attempt is not None:
            client.attempt.application.failed(client.attempt)
        if not self._tried_again(client, late=isinstance(error, UpstreamTimeoutError)):
            client.refuse(refusal_of(error))

    def _sent_at_once(self, client: WireClient, admission: Admission) -> bool:
        relay = self._relay
        ticket = admission.ticket
        application = relay.applications.of(ticket, relay.traffic.plan)
        identity: bytes | None = None
        if ticket.side is _V2:
            if relay.identity is not None:
                settled = relay.identity.at_once(ticket.service, client.request)
                if settled is None:
                    return False
                identity = settled.header
            if not application.well and relay.sender.replaceable(client, ticket, application):
                return False
        attempt = application.choose()
        if attempt is None:
            return False
        origin = attempt.host.origin
        pool = relay.pools.of(origin)
        trace = client.request.trace
        if trace is not None:
            trace.call(origin)
        exchange = pool.send_at_once(client.outgoing(origin, identity), client)
        if exchange is None:
            if trace is not None:
                trace.called_off()
            # Keep the chosen host: choosing again would skip one host's turn each time.
            self._go_on(client, admission, Try(attempt, ()))
            return True
        client.exchange = exchange
        client.admission = admission
        client.attempt = attempt
        client.tap = admission.tap if relay.identity is None else relay.identity.watching(client.request, admission.tap)
        client.line.answer_within(application.first_seconds)
        return True

    def _go_on(self, client: WireClient, admission: Admission, second: Try | None = None) -> None:
        relay = self._relay

        def over(_: asyncio.Task[None]) -> None:
            # A task that is cancelled before its first step never reaches its own cleanup.
            relay.admissions.end_now(admission)
            if second is not None and second.attempt is not None:
                second.attempt.application.over(second.attempt)

        self._start(client, relay.go_on(client, admission, second)).add_done_callback(over)

    def _start(self, client: WireClient, relaying: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = client.task = self._loop.create_task(_relayed(client, relaying))
        tasks = self._tasks
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        task.add_done_callback(lambda _: relaying.close())
        client.line.relayed_by_task()
        return task

    def _tried_again(self, client: WireClient, *, late: bool = False) -> bool:
        """Try a failed request again at another host or v1, as the relay's rules allow; False when they do not.

        `late` means that its time was up.
        """
        admission, attempt = client.admission, client.attempt
        if admission is None or attempt is None:
            return False
        second = self._relay.sender.second(client, admission.ticket, attempt, late=late)
        if second is None:
            return False
        self._hand_over(client, admission, second)
        return True

    def _hand_over(self, client: WireClient, admission: Admission, second: Try | None = None) -> None:
        """Let the relay continue with a request whose first try, sent at once, failed."""
        self._learn(client)
        client.admission = None
        client.exchange = None
        self._go_on(client, admission, second)

    def _learn(self, client: WireClient) -> None:
        """Tell the application the outcome of a request that was sent at once."""
        attempt, client.attempt = client.attempt, None
        if attempt is not None:
            if client.status:
                attempt.application.answered(attempt, client.status)
            attempt.application.over(attempt)


async def _relayed(client: WireClient, relaying: Coroutine[Any, Any, None]) -> None:
    try:
        await relaying
    except Exception:
        logger.exception("%s %s", client.request.method, client.request.path)
        client.refuse(FAILED)
    client.line.relaying_ended(client)
