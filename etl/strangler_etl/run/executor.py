"""Who copies the chunks of a run: this process, or the workers of a Dask cluster."""

from __future__ import annotations

from dataclasses import dataclass

DASK = "dask"


@dataclass(frozen=True, slots=True)
class DaskExecutor:
    """The scheduler at `address`, ``tcp://host:port``; a cluster on this machine, for this run, where it is None."""

    address: str | None = None


def parse_executor(text: str) -> DaskExecutor:
    """Read ``dask``, ``dask://host:port`` or ``dask+tls://host:port``; ValueError for anything else."""
    scheme, separator, place = text.partition("://")
    transport = {DASK: "tcp", f"{DASK}+tls": "tls"}.get(scheme)
    host, colon, port = place.rpartition(":")
    if transport is not None and separator and host and colon and port.isdigit():
        return DaskExecutor(f"{transport}://{place}")
    if text == DASK:
        return DaskExecutor()
    raise ValueError(f"is dask, dask://HOST:PORT or dask+tls://HOST:PORT, not {text}")
