"""Who is asking, from the client through the gateway to the service."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import jwt
import pytest

from strangler.model.authority import Side as Authority
from strangler.model.identity import Credential, Otherwise
from strangler.project_reader import parse_project
from strangler.secret import Secret
from strangler_gateway.identity.answer import UnknownIdentityError
from strangler_gateway.identity.token import Signer, key_id
from strangler_gateway.process.adoption import identity_of
from strangler_gateway.routing.plan import compile_plan
from strangler_gateway.traffic import Traffic
from strangler_gateway.transport.pool import ConnectionPools
from tests.gateway.running import IDENTITY_KEY, WHOAMI, RunningGateway, Side, two_sides

pytestmark = pytest.mark.anyio

HEADER = "x-strangler-identity"
SESSION = replace(WHOAMI, send=(Credential("s", cookie=True),))


def identities(side: Side) -> list[object]:
    """Return who asked a service, request by request; None for nobody."""
    return [
        jwt.decode(headers[HEADER], IDENTITY_KEY, ["HS256"], audience="reviews")["who"] if HEADER in headers else None  # pyright: ignore[reportUnknownMemberType]
        for _, _, headers, _ in side.seen
    ]


async def read(gateway: RunningGateway, cookie: str | None = "s=1", method: str = "GET") -> tuple[int, str]:
    """Read from v2's share and return status and body."""
    headers = {"Cookie": cookie} if cookie else {}
    response = await gateway.client.request(method, "/reviews", headers=headers)
    return response.status_code, response.text


async def test_what_is_known_goes_with_a_request_that_waits_for_nothing() -> None:
    """The monolith is asked once, and each request has the identity."""
    async with two_sides(share=100) as (gateway, v1, v2):
        for _ in range(5):
            assert await read(gateway) == (200, "v2")
        assert (v1.asked, identities(v2)) == (1, [{"id": 7}] * 5)
        assert len({headers[HEADER] for _, _, headers, _ in v2.seen}) == 1


@pytest.mark.parametrize(
    ("otherwise", "expected"),
    [(Otherwise.ANONYMOUS, (200, "v2")), (Otherwise.V1, (200, "v1"))],
)
async def test_nobody_goes_where_the_project_says(otherwise: Otherwise, expected: tuple[int, str]) -> None:
    """With credentials that are worth nothing, asked about and known, and with none."""
    async with two_sides(share=100, identity=replace(WHOAMI, nobody=otherwise)) as (gateway, v1, v2):
        v1.whoami = (401, b"")
        assert [await read(gateway), await read(gateway), await read(gateway, None)] == [expected] * 3
        assert v1.asked == 1
        assert not any(identities(v2))


async def test_nobody_can_be_refused() -> None:
    """With a problem of RFC 9457, before the service is asked."""
    async with two_sides(share=100, identity=replace(WHOAMI, nobody=Otherwise.REFUSE)) as (gateway, _, v2):
        response = await gateway.client.get("/reviews")
        assert (response.status_code, response.headers["content-type"]) == (403, "application/problem+json")
        assert v2.seen == []


async def test_where_the_monolith_is_silent_about_who_asks_v1_may_answer() -> None:
    """It knows by itself."""
    async with two_sides(share=100, identity=replace(WHOAMI, unknown=Otherwise.V1)) as (gateway, v1, v2):
        v1.whoami = (500, b"")
        assert await read(gateway) == (200, "v1")
        assert v2.seen == []


async def test_v1_answers_in_the_place_of_v2_only_where_it_may() -> None:
    """Once v2 has the authority the data of v1 is old, and a write has to be refused anyway."""
    terms = replace(WHOAMI, unknown=Otherwise.V1, nobody=Otherwise.V1)
    async with two_sides(identity=terms) as (gateway, v1, v2):
        await gateway.control.authority("reviews", Authority.V2, 1)
        v1.whoami = (500, b"")
        assert [(await read(gateway, method=method))[0] for method in ("GET", "POST")] == [503, 503]
        v1.whoami = (401, b"")
        assert [(await read(gateway, method=method))[0] for method in ("GET", "POST")] == [403, 403]
        assert v1.seen == v2.seen == []


@pytest.mark.parametrize("side", ["v1", "v2"])
async def test_a_session_that_ends_is_forgotten_with_the_answer_that_ends_it(side: str) -> None:
    """Whichever side ends it: the next request of this client is asked about again."""
    async with two_sides(share=100, identity=SESSION) as (gateway, v1, v2):
        assert (await read(gateway), v1.asked) == ((200, "v2"), 1)
        {"v1": v1, "v2": v2}[side].set_cookie = b"theme=dark"
        await gateway.get("/reviews", X_Strangler_Side=side, Cookie="s=1; theme=light")
        await read(gateway)
        assert v1.asked == 1
        {"v1": v1, "v2": v2}[side].set_cookie = b"s=; Max-Age=0"
        await gateway.get("/reviews", X_Strangler_Side=side, Cookie="s=1; theme=dark")
        v1.whoami = (401, b"")
        await read(gateway)
        assert (v1.asked, identities(v2)[-1]) == (2, None)


async def test_many_clients_at_once_are_each_themselves() -> None:
    """More of them than are remembered."""
    async with two_sides(share=100, identity=replace(WHOAMI, most=3)) as (gateway, v1, v2):

        async def whoami(cookie: str) -> None:
            await read(gateway, cookie)

        v1.echo_cookie = True
        await asyncio.gather(*(whoami(f"s={number % 7}") for number in range(70)))
        asked_as = [headers["cookie"] for _, _, headers, _ in v2.seen]
        assert identities(v2) == [{"id": cookie} for cookie in asked_as]
        assert len(asked_as) == 70


@pytest.mark.parametrize(
    "name", ["X-Strangler-Identity", "x_strangler_identity", "X_Strangler-Identity", "X.Strangler~Identity"]
)
async def test_no_client_can_say_who_it_is(name: str) -> None:
    """In whatever spelling a server might take for the header."""
    async with two_sides() as (gateway, _, v2):
        await gateway.client.get("/reviews", headers={name: "me", "X-Strangler-Side": "v2"})
        assert [value for _, _, headers, _ in v2.seen for value in headers.values() if value == "me"] == []


async def test_services_differ_in_what_is_asked_and_in_their_key() -> None:
    """What a service does not say is that of the gateway, and one may want to know nothing."""
    project = parse_project(
        """
        [monolith]
        upstreams = ["http://127.0.0.1:1"]
        [gateway.identity]
        whoami = "/whoami"
        key = "${KEY}"
        nobody = "v1"
        [services.reviews]
        [services.orders.identity]
        key = "${ORDERS_KEY}"
        send = ["cookie:sessionid"]
        [services.search.identity]
        off = true
        """
    )
    environment = {"KEY": "k" * 32, "ORDERS_KEY": "o" * 32}
    traffic = Traffic(compile_plan(project, environment), lambda: 0.0)
    found = identity_of(project, environment, traffic, ConnectionPools())
    assert found is not None
    common = replace(WHOAMI, nobody=Otherwise.V1)
    assert found.terms == {
        "reviews": (common, Secret("k" * 32)),
        "orders": (replace(common, send=(Credential("sessionid", cookie=True),)), Secret("o" * 32)),
    }


def test_a_key_is_told_by_its_id() -> None:
    """So a service can know two while one replaces the other."""
    keys = {key_id(key): key for key in ("old" * 11, "new" * 11)}
    for key in keys.values():
        token = Signer("reviews", Secret(key), 60).token({"id": 7}, 1.9).decode()
        assert keys[jwt.get_unverified_header(token)["kid"]] == key


def test_an_identity_that_fits_into_no_header_is_none() -> None:
    """A server would refuse the request, and nobody would know why."""
    with pytest.raises(UnknownIdentityError, match="name the claims"):
        Signer("reviews", Secret(IDENTITY_KEY), 60).token({"id": "x" * 8000}, 0)
