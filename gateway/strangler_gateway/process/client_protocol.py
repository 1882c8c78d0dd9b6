"""The protocol that turns clients' bytes into ASGI requests."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class ClientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, but requests get only the header fields of their head.

    uvicorn appends trailer fields after a chunked body to the header fields. A gateway that passed them on as such
    would let a client set fields that only the gateway may set, after the head was checked (RFC 9110, section 6.5.1).
    """

    def on_headers_complete(self) -> None:
        """Begin the request; fields after its body are no longer added to its header fields."""
        super().on_headers_complete()
        self.headers = []
