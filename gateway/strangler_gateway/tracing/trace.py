"""What is known of traces where none of their libraries is: they are an optional part, and cost nothing when off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from strangler_gateway.in_flight import Ticket
from strangler_gateway.transport.origin import Origin


class Trace(Protocol):
    """One request's part in a trace."""

    @property
    def fields(self) -> bytes:
        """What tells the application which call it answers, as a block of header fields."""
        ...

    def call(self, origin: Origin) -> None:
        """Begin a call of an upstream; one that is under way has failed then."""
        ...

    def called_off(self) -> None:
        """Take note that the call that was begun was never made."""
        ...

    def called(self, status: int) -> None:
        """Take note of the end of a call by which the request does not end, `status` 0 when there was no answer."""
        ...

    def end(self, ticket: Ticket, status: int) -> None:
        """Take note of the end of the response, `status` 0 when there was none."""
        ...


class Traced(Protocol):
    """What a trace has to know of a request."""

    @property
    def method(self) -> str:
        """Its method."""
        ...

    @property
    def path(self) -> str:
        """Its path, decoded."""
        ...

    def client(self) -> bytes:
        """Return the address it comes from."""
        ...

    def values(self, name: bytes) -> Sequence[bytes]:
        """Return all values of a header field, its name in lower case."""
        ...


class Tracing(Protocol):
    """Begins traces, or goes on with those that clients are in."""

    def begin(self, request: Traced, waited: float) -> Trace:
        """Return the part of a request that came `waited` seconds ago."""
        ...

    def close(self) -> None:
        """Hand on what was not handed on yet."""
        ...
