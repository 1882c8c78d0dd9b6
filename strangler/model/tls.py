"""The TLS settings of upstreams and of the gateway's own listener."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class UpstreamTls:
    """What an ``https`` upstream must present.

    A certificate for `server_name`, by default for the host in its address, from an authority in the PEM file `ca`
    (relative to `folder`), by default one the system trusts. Without `verify`, any certificate will do.
    """

    verify: bool = True
    ca: str | None = None
    server_name: str | None = None
    where: str = field(default="", compare=False)
    """The place of the setting, as in ``strangler.toml:3:1``."""
    folder: Path = Path()

    @property
    def ca_file(self) -> Path | None:
        """The path of `ca`."""
        return self.folder / self.ca if self.ca is not None else None


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What clients are shown: PEM files with the certificate chain, the gateway's own first, and its key."""

    certificate: Path
    key: Path
    where: str = field(default="", compare=False)


UPSTREAM_TLS = UpstreamTls()
