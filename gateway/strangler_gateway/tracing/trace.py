"""What is known of traces where none of their libraries is: they are an optional part, and cost nothing when off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from strangler_gateway.in_flight import Ticket


class Trace(Protocol):
    """One request's part in a trace."""

    @property
    def fields(self) -> bytes:
        """What tells the application which trace it is in, as a block of header fields."""
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
