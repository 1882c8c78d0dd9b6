"""The receiver of a response while it arrives."""

from __future__ import annotations

from abc import ABC, abstractmethod

from strangler_gateway.transport.response_head import ResponseHead


class Sink(ABC):
    """Takes a response in the callbacks of the connection it arrives on; no method may raise."""

    __slots__ = ()

    @abstractmethod
    def interim(self, head: ResponseHead) -> None:
        """Take an interim response other than 100."""

    @abstractmethod
    def begin(self, head: ResponseHead, body: bytes, *, complete: bool) -> None:
        """Take the head and what has arrived of the body; nothing follows when the response is `complete`."""

    @abstractmethod
    def more(self, body: bytes, *, complete: bool) -> None:
        """Take the next part of the body."""

    @abstractmethod
    def failed(self, error: BaseException) -> None:
        """Note that the rest of the response, or all of it, will never arrive."""

    @abstractmethod
    def upstream_writable(self, *, writable: bool) -> None:
        """Note whether the upstream accepts more bytes now."""
