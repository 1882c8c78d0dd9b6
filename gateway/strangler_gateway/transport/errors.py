"""The failures of an exchange between the gateway and an upstream.

::

    UpstreamError
    ├── UpstreamUnreachableError   no connection could be made: nothing was sent
    ├── UpstreamClosedError        the connection ended before the response was complete
    ├── UpstreamProtocolError      the response is not HTTP/1.1, or cannot be passed on
    ├── UpstreamTimeoutError       nothing happened for too long
    └── UpstreamRefusedError       the upstream was not asked, because it failed again and again

They stay inside the gateway, where they become 502, 503 and 504.
"""

from __future__ import annotations


class UpstreamError(Exception):
    """Base of the failures of one exchange with an upstream."""


class UpstreamUnreachableError(UpstreamError):
    """No connection could be made, so nothing was sent."""


class UpstreamClosedError(UpstreamError):
    """The connection ended before the response was complete."""


class UpstreamProtocolError(UpstreamError):
    """The response is malformed, or framed in a way that cannot be passed on."""


class UpstreamTimeoutError(UpstreamError):
    """The upstream took too long to connect, to read, or to answer."""


class UpstreamRefusedError(UpstreamError):
    """The upstream failed again and again, so it gets no requests for another `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it failed again and again and is left alone for {seconds:.1f} s")
        self.seconds = seconds
