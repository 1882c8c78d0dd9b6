"""What is tried with every other proxy, whichever it is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from strangler.model.forwarding import UpstreamFields
from strangler.project import Address, StickyKey, StickySource
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.routing.plan import Plan, Route, ServicePlan
from strangler_gateway.routing.route_table import RouteTable
from strangler_gateway.transport.httpx_transport import HttptoolsTransport
from strangler_gateway.transport.origin import Origin
from tests.gateway.routing.test_route_table import requests, rules
from tests.gateway.running import Side, served

LIES = {
    "X-Forwarded-For": "6.6.6.6", "X_Forwarded_Host": "evil", "X-Forwarded-Host": "evil",
    "Forwarded": "for=6.6.6.6", "X-Real-IP": "6.6.6.6", "X-Strangler-Identity": "root",
    "X_Strangler_Identity": "root", "X-Strangler-Shadow": "1", "X-Request-ID": "mine", "Kept": "yes",
}  # fmt: skip
"""Fields by which a client would say who it is, where it is, or what the gateway is to do."""
BY_USER = StickyKey(StickySource.HEADER, "x-user")


def origins(address: Address, name: str | None = None) -> tuple[Origin, ...]:
    """Return a host that is asked for by some name."""
    return (Origin.of(f"http://{address}", fields=UpstreamFields(host=name)),)


def plan(v1: Address, v2: Address, *routes: Route) -> Plan:
    """Return a plan for one service."""
    first = origins(v1)
    return Plan(first, {"reviews": ServicePlan("reviews", first, origins(v2))}, routes)


def client(address: Address) -> httpx.AsyncClient:
    """Return a client of a proxy."""
    return httpx.AsyncClient(base_url=f"http://{address}", transport=HttptoolsTransport())


async def sides_of(address: Address, users: Sequence[int]) -> dict[int, str]:
    """Return which side each user reads from."""
    async with client(address) as asking:
        return {user: (await asking.get("/reviews", headers={"X-User": str(user)})).text for user in users}


@dataclass(frozen=True, slots=True)
class DrawnRules:
    """Random rules, each of a service of its own, and random requests; all hosts are one application."""

    plan: Plan
    requests: Sequence[RequestFacts]
    application: Side

    async def check(self, front: Address) -> None:
        """Send every request, and see that the proxy finds the rule our table finds."""
        async with client(front) as asking:
            rules = RouteTable(self.plan.routes)
            for request in self.requests:
                found = rules.find(request.method, request.path, request)
                target = request.path + (f"?{request.query.decode()}" if request.query else "")
                headers = [(name.decode(), value.decode()) for name, value in request.headers]
                await asking.request(request.method, target, headers=headers)
                reached = self.application.seen[-1][2]["host"]
                assert reached == (found.service if found else "monolith"), (request.headers, target, found)


@asynccontextmanager
async def drawn_rules() -> AsyncGenerator[DrawnRules]:
    """Draw some, and run the application."""
    drawn: list[Route] = []
    asked: list[RequestFacts] = []

    @settings(max_examples=1, phases=[Phase.generate], database=None)
    @given(st.lists(rules, min_size=40, max_size=60), st.lists(requests(), min_size=150, max_size=200))
    def draw(some: list[Route], others: list[RequestFacts]) -> None:
        drawn[:] = some
        asked[:] = others

    draw()
    numbered = tuple(replace(rule, service=f"s{number}", v2=100, stateless=True) for number, rule in enumerate(drawn))
    application = Side("any")
    async with served(application) as address:
        monolith = origins(address, "monolith")
        services = {
            rule.service: ServicePlan(rule.service, monolith, origins(address, rule.service)) for rule in numbered
        }
        yield DrawnRules(Plan(monolith, services, numbered), asked, application)
