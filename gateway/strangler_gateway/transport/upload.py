"""Sends the body of a request to an upstream, which may answer before it has the whole body."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Callable

from strangler_gateway.transport.body_framing import BodyFraming
from strangler_gateway.transport.errors import UpstreamClosedError


class Outlet(ABC):
    """The connection to an upstream, as the sender of a request sees it."""

    __slots__ = ()

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Write a part of the request; UpstreamClosedError when the connection is closing."""

    @abstractmethod
    async def drained(self) -> None:
        """Wait until the upstream has accepted enough of the bytes written."""

    @abstractmethod
    def abort(self) -> None:
        """Close at once; an exchange in progress fails."""


class Uploading(ABC):
    """The exchange an upload belongs to."""

    __slots__ = ()

    @abstractmethod
    def is_over(self) -> bool:
        """Whether the rest of the body is no longer wanted: the response is complete, or there will be none."""

    @abstractmethod
    def upload_went_on(self) -> None:
        """Note that the upstream got another part of the request."""

    @abstractmethod
    def uploaded(self) -> None:
        """Note that the upstream has the whole request."""

    @abstractmethod
    def fail(self, error: BaseException) -> None:
        """End the exchange; whoever awaits it gets `error`."""


class Upload:
    """Sends a body as it arrives from the client; `waits_for_client` while it waits for the next part."""

    __slots__ = ("_exchange", "_outlet", "_task", "_wanted", "waits_for_client")

    def __init__(self, exchange: Uploading, outlet: Outlet) -> None:
        self._exchange = exchange
        self._outlet = outlet
        self._wanted: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self.waits_for_client = False

    def begin(
        self, source: AsyncIterable[bytes], framing: BodyFraming, patience: float, trailers: Callable[[], bytes]
    ) -> None:
        """Begin to send; `patience` is the seconds to wait for a 100, 0 for none."""
        loop = asyncio.get_running_loop()
        if patience:
            # Created here, not in the task, because the response may arrive before the task runs.
            self._wanted = loop.create_future()
        self._task = loop.create_task(self._send(source, framing, patience, trailers))

    def want(self) -> None:
        """Stop waiting for a 100."""
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)

    def cancel(self) -> None:
        """Stop sending."""
        if self._task is not None and not self._task.done():
            self._task.cancel()

    async def _send(
        self, source: AsyncIterable[bytes], framing: BodyFraming, patience: float, trailers: Callable[[], bytes]
    ) -> None:
        exchange, outlet = self._exchange, self._outlet
        try:
            if self._wanted is not None:
                await asyncio.wait((self._wanted,), timeout=patience)
                if exchange.is_over():
                    return
            self.waits_for_client = True
            async for data in source:
                self.waits_for_client = False
                if exchange.is_over():
                    return
                if data:
                    outlet.write(framing.frame(data))
                    await outlet.drained()
                    exchange.upload_went_on()
                self.waits_for_client = True
            self.waits_for_client = False
            outlet.write(framing.end(trailers()))
            exchange.upload_went_on()
        except asyncio.CancelledError:
            raise
        except UpstreamClosedError:
            # The connection reports its end itself, with a response that may have arrived before.
            return
        except BaseException as error:  # noqa: BLE001 - told to the task that waits for the response
            exchange.fail(error)
            outlet.abort()
            return
        exchange.uploaded()
