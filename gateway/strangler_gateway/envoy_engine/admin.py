"""Envoy's own admin interface: what it follows, what it has counted, and its end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import httpx

from strangler.model.errors import UnavailableError
from strangler_gateway.envoy_engine.counting import BEGINNINGS_AND_ENDS, WRITES_UNDER_WAY
from strangler_gateway.envoy_engine.resources import ROUTES, THREADS, Kind

SECONDS = 5.0
_OK = 200
_ROOTS = {
    Kind.CLUSTERS: "cluster_manager.cds",
    Kind.LISTENERS: "listener_manager.lds",
    Kind.ROUTES: f"http.clients.rds.{ROUTES}",
}
_VERSION = "version_text"
_REFUSED = "update_rejected"
_WARMING = "cluster_manager.warming_clusters"


class EnvoyAdmin:
    """Asks one Envoy, over the socket only its own user may open."""

    def __init__(self, socket: Path) -> None:
        self._client = httpx.AsyncClient(
            base_url="http://envoy", transport=httpx.AsyncHTTPTransport(uds=str(socket)), timeout=SECONDS
        )

    async def close(self) -> None:
        """Ask nothing more."""
        await self._client.aclose()

    async def ready(self) -> bool:
        """Whether Envoy takes requests; False where there is none."""
        try:
            return (await self._client.get("/ready")).status_code == _OK
        except httpx.HTTPError:
            return False

    async def there(self) -> bool:
        """Whether there is an Envoy at all, be it one that answers late."""
        try:
            await self._client.get("/ready")
        except httpx.ConnectError:
            return False
        except httpx.HTTPError:
            return True
        return True

    async def followed(self) -> Followed:
        """Return what Envoy follows; UnavailableError where it does not answer."""
        names = "|".join([*(rf"{root}\.({_VERSION}|{_REFUSED})" for root in _ROOTS.values()), _WARMING])
        return Followed(_values(await self._text("/stats", filter=f"^({names})$", type="All")))

    async def metrics(self) -> str:
        """Return what was counted, as Prometheus reads it."""
        return await self._text("/stats/prometheus")

    async def under_way(self, *, reads: bool) -> str:
        """Return what has begun and has not ended, as Prometheus reads it; where asked for, what `reads` are told by.

        Those first: an end that is not added up yet makes a read more, and never one less.
        """
        told = await self._text("/stats/prometheus", filter=BEGINNINGS_AND_ENDS) if reads else ""
        return told + await self._text("/stats/prometheus", filter=WRITES_UNDER_WAY)

    async def active(self, clusters: Collection[str]) -> Mapping[str, int]:
        """Return how many requests are on their way to some clusters, or wait for a connection to them."""
        text = await self._text("/stats", filter=r"^cluster\..*\.upstream_rq(_pending)?_active$")
        found = dict.fromkeys(clusters, 0)
        for name, value in _values(text).items():
            cluster = name.removeprefix("cluster.").rpartition(".")[0]
            if cluster in found:
                found[cluster] += int(value)
        return found

    async def threads(self) -> int:
        """Return how many threads take requests."""
        return int(_values(await self._text("/stats", filter=r"^server\.concurrency$"))["server.concurrency"])

    async def connections(self) -> Mapping[str, int]:
        """Return how many connections each thread has that has had one where it is asked what it follows."""
        values = _values(await self._text("/stats", filter=rf"^listener\.{THREADS}\.worker_\d+\.downstream_cx_active$"))
        return {name: int(value) for name, value in values.items()}

    async def requests(self) -> int:
        """Return how many requests of clients are on their way."""
        values = _values(await self._text("/stats", filter=r"^http\.clients\.downstream_rq_active$"))
        return sum(int(value) for value in values.values())

    async def drain(self) -> None:
        """Let no new connections come, and close those that are kept with their next response."""
        await self._post("/drain_listeners?graceful")

    async def quit(self) -> None:
        """End Envoy at once."""
        await self._post("/quitquitquit")

    async def _post(self, path: str) -> None:
        try:
            (await self._client.post(path)).raise_for_status()
        except httpx.HTTPError as error:
            raise UnavailableError(f"Envoy does not answer: {error}") from error

    async def _text(self, path: str, **query: str) -> str:
        try:
            answer = await self._client.get(path, params=query)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise UnavailableError(f"Envoy does not answer: {error}") from error
        return answer.text


class Followed:
    """What Envoy said it follows."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def version(self, kind: Kind) -> str:
        """Return the version of what it follows, empty for nothing."""
        return self._values.get(f"{_ROOTS[kind]}.{_VERSION}", "")

    def refused(self, kind: Kind) -> int:
        """Return how often it has refused something."""
        return int(self._values.get(f"{_ROOTS[kind]}.{_REFUSED}", "0"))

    @property
    def warming(self) -> int:
        """How many clusters are known and not used yet: their hosts are being looked up, or asked how they are."""
        return int(self._values.get(_WARMING, "0"))


def _values(text: str) -> dict[str, str]:
    """Read ``name: value`` lines; texts are quoted."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name: value.strip('"') for name, _, value in pairs}
