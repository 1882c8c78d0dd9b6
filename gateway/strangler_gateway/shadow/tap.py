"""Keeps a response while it is sent to its client, to compare it afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable

from strangler_gateway.requests.downstream import Downstream
from strangler_gateway.shadow.answer import Answer
from strangler_gateway.shadow.counts import ShadowCounts
from strangler_gateway.shadow.memory import Memory
from strangler_gateway.transport.response_head import ResponseHead

logger = logging.getLogger(__name__)

PARTIAL_STATUSES = (206, 304, 412, 416)
"""Statuses of responses that depend on what the client has already."""


class Tap:
    """Keeps the response to one request, up to `bound` bytes of body, and passes it to `offer` when it is complete.

    No method raises, because it is called between an upstream and its client. `close` must be called in any case.
    """

    __slots__ = ("_bound", "_counts", "_head", "_memory", "_offer", "_open", "_parts", "held")

    def __init__(
        self, memory: Memory, bound: int, counts: ShadowCounts, offer: Callable[[Tap, Downstream], None]
    ) -> None:
        self.held = 0
        self._memory = memory
        self._bound = bound
        self._counts = counts
        self._offer = offer
        self._open = True
        self._head: ResponseHead | None = None
        self._parts: list[bytes] = []

    @property
    def answer(self) -> Answer | None:
        """The response as far as it was kept, None before its head arrived."""
        head = self._head
        return head and Answer(head.status, head.headers, b"".join(self._parts))

    def begin(self, head: ResponseHead) -> None:
        """Take the head."""
        self._head = head
        if head.status in PARTIAL_STATUSES or head.status < 200:
            self._counts.partial += 1
            self.drop()
        elif head.length is not None and head.length > self._bound:
            self._counts.too_large += 1
            self.drop()

    def more(self, body: bytes) -> None:
        """Take the next part of the body."""
        if not self._open:
            return
        size = len(body)
        if self.held + size > self._bound:
            self._counts.too_large += 1
            self.drop()
        elif not self._memory.take(size):
            self._counts.dropped += 1
            self.drop()
        else:
            self.held += size
            self._parts.append(body)

    def finished(self, client: Downstream) -> None:
        """Note that the response is complete, and is on its way to the client."""
        if not self._open:
            return
        try:
            self._offer(self, client)
        except Exception:
            # The client has its response; an error in shadowing must not fail it.
            logger.exception("%s %s cannot be shadowed", client.request.method, client.request.path)
            self._counts.dropped += 1
        self.drop()

    def kept(self) -> int:
        """Return the number of bytes held and hand the responsibility for them over to the caller."""
        held, self.held = self.held, 0
        return held

    def drop(self) -> None:
        """Drop what was kept, and keep nothing more."""
        self._open = False
        self._memory.give(self.kept())
        self._parts = []

    def close(self) -> None:
        """End the tap; counts the response as cut off unless it was complete or dropped."""
        if self._open:
            self._counts.cut_off += 1
            self.drop()
