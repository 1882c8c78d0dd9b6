"""Where and as whom to log in to a MariaDB server, in the driver's terms."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from strangler.model.errors import ConfigurationError
from strangler.secret import DatabaseUrl, Secret

_PORT = 3306
_OPTIONS = ("charset", "ssl_ca", "unix_socket")


@dataclass(frozen=True, slots=True)
class Login:
    """Where and as whom to log in; `unix_socket` takes precedence over host and port."""

    host: str
    port: int
    user: str
    password: Secret
    database: str
    unix_socket: str | None = None
    tls: ssl.SSLContext | None = None


def login_of(url: DatabaseUrl) -> Login:
    """Parse ``mariadb://user:password@host:port/database?unix_socket=…&ssl_ca=…``.

    With ``ssl_ca``, a file or ``system``, the connection is encrypted, and the server must present a certificate of
    that authority for its name. Raises ConfigurationError for an unknown option, or without a database.
    """
    parts = urlsplit(url.reveal())
    options = dict(parse_qsl(parts.query))
    if unknown := sorted(set(options) - set(_OPTIONS)):
        raise ConfigurationError(
            f"has options nobody knows: {', '.join(unknown)}",
            where=str(url),
            remedy=f"there are: {', '.join(_OPTIONS)}",
        )
    database = unquote(parts.path.lstrip("/"))
    if not database:
        raise ConfigurationError(
            "names no database", where=str(url), remedy="write mariadb://user:password@host/DATABASE"
        )
    try:
        port = parts.port or _PORT
    except ValueError as error:
        raise ConfigurationError(f"is no address of a database: {error}", where=str(url)) from error
    return Login(
        host=parts.hostname or "127.0.0.1",
        port=port,
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
        database=database,
        unix_socket=options.get("unix_socket"),
        tls=_tls(options.get("ssl_ca")),
    )


def _tls(authority: str | None) -> ssl.SSLContext | None:
    if authority is None:
        return None
    return ssl.create_default_context(cafile=None if authority == "system" else authority)
