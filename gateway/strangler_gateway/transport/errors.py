"""What may go wrong between the gateway and an upstream.

::

    UpstreamError
    ├── UpstreamUnreachableError   no connection could be made: nothing was sent
    ├── UpstreamClosedError        the connection ended before the response was complete
    ├── UpstreamProtocolError      what came back is not HTTP/1.1, or not what can be passed on
    ├── UpstreamTimeoutError       nothing happened for too long
    └── UpstreamRefusedError       it was not asked, because it has failed again and again

These stay inside the gateway, where they become 502, 503 and 504.
"""

from __future__ import annotations


class UpstreamError(Exception):
    """Base of the failures of one exchange with an upstream."""


class UpstreamUnreachableError(UpstreamError):
    """No connection could be made, so nothing was sent."""


class UpstreamClosedError(UpstreamError):
    """The connection ended before the response was complete."""


class UpstreamProtocolError(UpstreamError):
    """The response is malformed, or framed in a way that can not be passed on."""


class UpstreamTimeoutError(UpstreamError):
    """The upstream took too long to connect, to read, or to answer."""


class UpstreamRefusedError(UpstreamError):
    """The upstream failed again and again, so it is left alone for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it failed again and again and is left alone for {seconds:.1f} s")
        self.seconds = seconds
