"""The origin of an upstream: where it listens, and how it is reached."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from strangler.model.forwarding import UPSTREAM_FIELDS, UPSTREAM_HOST, UpstreamFields
from strangler.model.tls import UPSTREAM_TLS, UpstreamTls

DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin:
    """Scheme (``http`` or ``https``), host and port; immutable.

    `tls` are its TLS terms, None for the default ones and for ``http``. `fields` are the changes to the header fields
    to and from it, None for no changes.
    """

    __slots__ = ("_hash", "fields", "host", "port", "scheme", "tls")

    def __init__(
        self,
        scheme: str,
        host: str,
        port: int,
        tls: UpstreamTls | None = None,
        fields: UpstreamFields | None = None,
    ) -> None:
        self.scheme: Final = scheme
        self.host: Final = host
        self.port: Final = port
        self.tls: Final = tls
        self.fields: Final = fields
        self._hash: Final = hash((scheme, host, port, tls))

    def __hash__(self) -> int:
        """Return the hash computed at construction: every request looks up the pool of an origin."""
        return self._hash

    def __eq__(self, other: object) -> bool:
        """Whether all attributes are equal."""
        if not isinstance(other, Origin):
            return False
        return (self.scheme, self.host, self.port, self.tls, self.fields) == (
            other.scheme,
            other.host,
            other.port,
            other.tls,
            other.fields,
        )

    def __repr__(self) -> str:
        return f"Origin({self.identity!r})"

    @classmethod
    def of(cls, url: str, tls: UpstreamTls = UPSTREAM_TLS, fields: UpstreamFields = UPSTREAM_FIELDS) -> Origin:
        """Read the origin of a URL; ValueError when it is none, or has a path, query or user."""
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError(f"the upstream {url} must be http://host:port or https://host:port")
        if parts.path not in ("", "/") or parts.query or parts.username:
            raise ValueError(f"the upstream {url} must end after the port")
        chosen = fields if fields != UPSTREAM_FIELDS else None
        own = tls if parts.scheme == "https" and tls != UPSTREAM_TLS else None
        return cls(parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme], own, chosen)

    @property
    def authority(self) -> bytes:
        """The value of Host for this origin."""
        return str(self).partition("://")[2].encode()

    @property
    def host_chosen(self) -> bytes | None:
        """The Host that requests to it get; None to keep that of the client."""
        if self.fields is None or self.fields.host is None:
            return None
        return self.authority if self.fields.host == UPSTREAM_HOST else self.fields.host.encode()

    @property
    def identity(self) -> str:
        """A text that identifies the origin with its terms, the same on every machine."""
        shown = "" if self.tls is None else f" {self.tls.verify} {self.tls.ca} {self.tls.server_name}"
        return f"{self}{shown}" if self.fields is None else f"{self}{shown} {self.fields}"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"
