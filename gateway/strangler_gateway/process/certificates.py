"""The TLS certificate the gateway presents to its clients, reloaded without a restart."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from strangler.model.errors import ConfigurationError
from strangler.model.tls import ServerTls
from strangler_gateway.transport.tls import ALPN


class Certificates:
    """One TLS context for the life of a listener, with the certificate loaded last; equal files have equal digests.

    The constructor and `renew` raise ConfigurationError when the files cannot be used.
    """

    def __init__(self, tls: ServerTls) -> None:
        self.context = _loaded(tls)
        self.tls = tls
        self.digest = _digest(tls)

    def renew(self, tls: ServerTls | None) -> None:
        """Present the files' present content from the next handshake on; open connections stay as they are.

        Files that cannot be used change nothing.
        """
        if tls is None:
            raise ConfigurationError("the gateway speaks TLS until it is started again", where="[gateway.tls]")
        # Load into another context first: a key that does not match would leave this one with half of each pair.
        _loaded(tls)
        self.context.load_cert_chain(tls.certificate, tls.key)
        self.tls = tls
        self.digest = _digest(tls)


def certificates_of(tls: ServerTls | None) -> Certificates | None:
    """Return the certificates of a gateway that speaks TLS, None for one that does not."""
    return Certificates(tls) if tls is not None else None


def renew(certificates: Certificates | None, tls: ServerTls | None) -> None:
    """Follow a project file that was read again; ConfigurationError when it turns TLS on or off, or is unusable."""
    if certificates is not None:
        certificates.renew(tls)
    elif tls is not None:
        raise ConfigurationError(
            "the gateway does not speak TLS until it is started again", where=tls.where, remedy="restart the gateway"
        )


def watched(config: Path, certificates: Certificates | None) -> Callable[[], tuple[Path, ...]]:
    """Return a function that lists the files whose changes a gateway follows."""

    def files() -> tuple[Path, ...]:
        return (config, certificates.tls.certificate, certificates.tls.key) if certificates else (config,)

    return files


def _loaded(tls: ServerTls) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(list(ALPN))
    try:
        context.load_cert_chain(tls.certificate, tls.key)
    except (OSError, ssl.SSLError) as error:
        what = f"{tls.certificate} and {tls.key} cannot be used: {_reason(error)}"
        raise ConfigurationError(what, where=tls.where, remedy="name two PEM files that fit") from error
    return context


def _digest(tls: ServerTls) -> str:
    return sha256(tls.certificate.read_bytes() + tls.key.read_bytes()).hexdigest()[:16]


def _reason(error: OSError) -> str:
    """Return what is wrong, without the position in OpenSSL's source."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return error.strerror or str(error)
