"""Interfaces of tracing without its libraries, which are optional; tracing costs nothing when it is off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from strangler_gateway.in_flight import Ticket
from strangler_gateway.transport.origin import Origin


class Trace(Protocol):
    """One request's part in a distributed trace."""

    @property
    def fields(self) -> bytes:
        """The trace context for the upstream, as a block of header fields that each begin with CR LF."""
        ...

    def call(self, origin: Origin) -> None:
        """Begin a call of an upstream; a call that is still open counts as failed."""
        ...

    def called_off(self) -> None:
        """Note that the call that was begun was never made."""
        ...

    def called(self, status: int) -> None:
        """Note the end of a call that does not end the request; `status` is 0 when there was no response."""
        ...

    def end(self, ticket: Ticket, status: int) -> None:
        """Note the end of the response; `status` is 0 when there was none."""
        ...


class Traced(Protocol):
    """What a trace needs to know about a request."""

    @property
    def method(self) -> str:
        """Its method."""
        ...

    @property
    def path(self) -> str:
        """Its path, decoded."""
        ...

    def client(self) -> bytes:
        """Return the client's address."""
        ...

    def values(self, name: bytes) -> Sequence[bytes]:
        """Return all values of a header field, its name in lower case."""
        ...


class Tracing(Protocol):
    """Begins traces, or continues those of clients."""

    def begin(self, request: Traced, waited: float) -> Trace:
        """Return the trace of a request that arrived `waited` seconds ago."""
        ...

    def close(self) -> None:
        """Export what remains."""
        ...
