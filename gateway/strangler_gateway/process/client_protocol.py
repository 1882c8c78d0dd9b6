"""How the bytes of clients become ASGI requests."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class ClientProtocol(HttpToolsProtocol):
    """That of uvicorn, whose requests have the header fields of their head only.

    uvicorn takes the fields after a chunked body for header fields. A gateway that passed them on as such would let a
    client write what only it may write, behind everything that looked at the head (RFC 9110, section 6.5.1).
    """

    def on_headers_complete(self) -> None:
        """Begin the request; what comes after its body is not added to it any more."""
        super().on_headers_complete()
        self.headers = []
