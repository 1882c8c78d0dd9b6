"""Where a request goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.gateway.running import Side, plan, running_gateway, served

pytestmark = pytest.mark.anyio


async def test_undeclared_routes_are_refused_where_the_plan_says_so() -> None:
    """With a problem of RFC 9457; the monolith hears of nothing but what is declared."""
    monolith = Side("v1")
    async with served(monolith) as address:
        base = replace(plan(f"http://{address}"), refuse_undeclared=True)
        async with running_gateway(base) as gateway:
            answer = await gateway.client.get("/admin?x=1")
            assert await gateway.get("/reviews") == "v1"
            assert [path for _, path, _, _ in monolith.seen] == ["/reviews"]
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
            assert answer.json() == {
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "no route is declared for GET /admin",
            }
