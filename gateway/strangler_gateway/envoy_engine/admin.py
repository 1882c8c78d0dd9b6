"""A client of Envoy's admin interface: the configuration it follows, its counts, and its shutdown."""

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
    """Asks one Envoy, over a socket that only its own user may open.

    Every method but `ready` and `there` raises UnavailableError when Envoy does not answer.
    """

    def __init__(self, socket: Path) -> None:
        self._client = httpx.AsyncClient(
            base_url="http://envoy", transport=httpx.AsyncHTTPTransport(uds=str(socket)), timeout=SECONDS
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ready(self) -> bool:
        """Whether Envoy takes requests; False when there is no Envoy."""
        try:
            return (await self._client.get("/ready")).status_code == _OK
        except httpx.HTTPError:
            return False

    async def there(self) -> bool:
        """Whether there is an Envoy at all, even one that is slow to answer."""
        try:
            await self._client.get("/ready")
        except httpx.ConnectError:
            return False
        except httpx.HTTPError:
            return True
        return True

    async def followed(self) -> Followed:
        """Return the versions of the configuration that Envoy follows."""
        names = "|".join([*(rf"{root}\.({_VERSION}|{_REFUSED})" for root in _ROOTS.values()), _WARMING])
        return Followed(_values(await self._text("/stats", filter=f"^({names})$", type="All")))

    async def metrics(self) -> str:
        """Return all metrics in Prometheus' text format."""
        return await self._text("/stats/prometheus")

    async def under_way(self, *, reads: bool) -> str:
        """Return the counts of requests in flight in Prometheus' text format, on request with those that tell `reads`.

        Those of reads come first: an end that is not counted yet then makes a read too many, never one too few.
        """
        told = await self._text("/stats/prometheus", filter=BEGINNINGS_AND_ENDS) if reads else ""
        return told + await self._text("/stats/prometheus", filter=WRITES_UNDER_WAY)

    async def active(self, clusters: Collection[str]) -> Mapping[str, int]:
        """Return how many requests are in flight to some clusters, or wait for a connection to them."""
        text = await self._text("/stats", filter=r"^cluster\..*\.upstream_rq(_pending)?_active$")
        found = dict.fromkeys(clusters, 0)
        for name, value in _values(text).items():
            cluster = name.removeprefix("cluster.").rpartition(".")[0]
            if cluster in found:
                found[cluster] += int(value)
        return found

    async def threads(self) -> int:
        """Return the number of threads that take requests."""
        return int(_values(await self._text("/stats", filter=r"^server\.concurrency$"))["server.concurrency"])

    async def connections(self) -> Mapping[str, int]:
        """Return the number of open connections at the `THREADS` listener for each thread that has ever had one."""
        values = _values(await self._text("/stats", filter=rf"^listener\.{THREADS}\.worker_\d+\.downstream_cx_active$"))
        return {name: int(value) for name, value in values.items()}

    async def requests(self) -> int:
        """Return the number of clients' requests in flight."""
        values = _values(await self._text("/stats", filter=r"^http\.clients\.downstream_rq_active$"))
        return sum(int(value) for value in values.values())

    async def drain(self) -> None:
        """Accept no new connections, and close kept ones with their next response."""
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
    """The versions of the configuration that Envoy says it follows."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def version(self, kind: Kind) -> str:
        """Return the version of the resources it follows, empty for none."""
        return self._values.get(f"{_ROOTS[kind]}.{_VERSION}", "")

    def refused(self, kind: Kind) -> int:
        """Return how often it has refused resources."""
        return int(self._values.get(f"{_ROOTS[kind]}.{_REFUSED}", "0"))

    @property
    def warming(self) -> int:
        """The number of clusters that are not in use yet: their hosts are being resolved or health-checked."""
        return int(self._values.get(_WARMING, "0"))


def _values(text: str) -> dict[str, str]:
    """Read lines of the form ``name: value``, with texts in quotes."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name: value.strip('"') for name, _, value in pairs}
