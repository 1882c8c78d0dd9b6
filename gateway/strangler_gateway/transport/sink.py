"""Where a response goes while it arrives."""

from __future__ import annotations

from abc import ABC, abstractmethod

from strangler_gateway.transport.response_head import ResponseHead


class Sink(ABC):
    """Takes a response in the callbacks of the connection it arrives on; nothing of it may raise."""

    __slots__ = ()

    @abstractmethod
    def interim(self, head: ResponseHead) -> None:
        """Take an interim response, but 100."""

    @abstractmethod
    def begin(self, head: ResponseHead, body: bytes, *, complete: bool) -> None:
        """Take the head, and what has arrived of the body; nothing follows when it is `complete`."""

    @abstractmethod
    def more(self, body: bytes, *, complete: bool) -> None:
        """Take a further part of the body."""

    @abstractmethod
    def failed(self, error: BaseException) -> None:
        """Learn that the rest will never arrive, or nothing at all."""

    @abstractmethod
    def upstream_writable(self, *, writable: bool) -> None:
        """Learn whether the upstream takes more at present."""
