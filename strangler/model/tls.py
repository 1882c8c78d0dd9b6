"""How connections are kept from those who listen in, and from those who are not who they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class UpstreamTls:
    """What an ``https`` upstream has to show.

    A certificate for `server_name`, or else the host it is reached by, from an authority in the PEM file `ca`, relative
    to `folder`, or else one the system trusts. Without `verify` it may be anybody.
    """

    verify: bool = True
    ca: str | None = None
    server_name: str | None = None
    where: str = field(default="", compare=False)
    """Where it is said, as ``strangler.toml:3:1``."""
    folder: Path = Path()

    @property
    def ca_file(self) -> Path | None:
        """Where `ca` is."""
        return self.folder / self.ca if self.ca is not None else None


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What is shown to clients: PEM files with the certificate, followed by those it is signed with, and its key."""

    certificate: Path
    key: Path
    where: str = field(default="", compare=False)


UPSTREAM_TLS = UpstreamTls()
