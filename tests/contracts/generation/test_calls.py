"""How a generated service reads requests and answers them: a document with everything that documents may have."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Generator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.contracts.generation.runtime.sent_values import text_for_number
from strangler.contracts.importing.openapi_draft import openapi_draft
from strangler.contracts.importing.openapi_source import OpenApi
from tests.contracts.documents import everything, library_of
from tests.contracts.generation.generated_package import GeneratedPackage, generated_package

ORDERS = (Path(__file__).parent / "orders.json5").read_text(encoding="utf-8")
KEY = "8f14e45f-ceea-467f-9b3c-4d0c5e1a7b21"
ORDER = {"id": KEY, "total": 10, "placed_on": "2026-01-31", "count": 1}


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Generator[GeneratedPackage]:
    """Import the generated service."""
    with generated_package(library_of({"reviews": ORDERS}, "reviews"), tmp_path_factory.mktemp("orders")) as package:
        yield package


def answered(
    orders: GeneratedPackage,
    name: str,
    handler: Callable[..., Awaitable[object]],
    request: str,
    body: object = None,
    *,
    is_raised: bool = False,
) -> httpx.Response:
    """The answer to a request whose operation a handler answers; what the application lets through may be raised."""
    (unwritten,) = (item for key, item in vars(orders.port).items() if key.startswith("Unwritten"))
    port, (method, path) = unwritten(), request.split(" ")
    setattr(port, name, handler)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=orders.app.create_app(port), raise_app_exceptions=is_raised)
        async with httpx.AsyncClient(base_url="http://orders", transport=transport) as http:
            return await http.request(method, path, json=body, headers={"If-Match": "a"})

    return asyncio.run(ask())


def asked(orders: GeneratedPackage, query: str) -> dict[str, Any] | tuple[int, dict[str, Any]]:
    """What the handler of the list is given; or the status and error of the answer."""
    given: dict[str, Any] = {}

    async def get_orders(**arguments: object) -> list[Any]:
        given.update(arguments)
        return []

    response = answered(orders, "get_orders", get_orders, f"GET /orders?{query}")
    return given if response.status_code == 200 else (response.status_code, response.json())


def test_parameters_are_read_as_values_of_their_types(orders: GeneratedPackage) -> None:
    """Texts and times as they are, numbers, booleans and objects as JSON, defaults where they are left out."""
    found = asked(orders, 'min_total=1.10&class=2nd&class=Old&from=2026-01-31&open=true&filter={"a":[1]}')
    assert isinstance(found, dict)
    assert (found["min_total"], str(found["min_total"]), found["limit"]) == (Decimal("1.10"), "1.10", 10)
    assert [str(item) for item in found["class_"]] == ["2nd", "Old"]
    assert (found["from_"].day, found["open"], found["filter"]) == (31, True, {"a": [1]})
    assert found["x_request_id"] is orders.routes.UNSET


@pytest.mark.parametrize(
    ("query", "about"),
    [
        ("", "min_total"),
        *(
            (f"min_total={text}", "min_total")
            for text in ("NaN", "1_0", "-1", "+1", "01", "", "%20", "1.", "Infinity", "٣")
        ),
        *((f"min_total=1&limit={text}", "limit") for text in ("0", "101", "1.5", "null", '"1"', "x", "99999999999")),
        *((f"min_total=1&open={text}", "open") for text in ("1", "True", "yes")),
        ("min_total=1&class=other", "class[0]"),
        ("min_total=1&from=31.1.2026", "from"),
        ("min_total=1&filter=[1]", "filter"),
        ("min_total=1&limit=1&limit=2", "limit"),
        ('min_total=1&filter={"a":"\\u0000"}', "filter.a: a text has U+0000 in it"),
    ],
)
def test_a_parameter_that_is_not_of_its_type_is_refused(orders: GeneratedPackage, query: str, about: str) -> None:
    """With 400, as the document declares no 422 there, in the shape of its error."""
    found = asked(orders, query)
    assert isinstance(found, tuple)
    status, error = found
    assert (status, error["code"], error["status"]) == (400, "invalid_parameter", 400)
    assert about in error["message"]


def test_arrays_in_paths_have_commas(orders: GeneratedPackage) -> None:
    """And a path whose parameter is none of its type is not there."""

    async def by_ids(*, ids: list[int], **_: object) -> dict[str, list[int]]:
        return {str(item): [] for item in ids}

    assert answered(orders, "get_orders_by_by_ids", by_ids, "GET /orders/by/1,-2").json() == {"1": [], "-2": []}
    assert answered(orders, "get_orders_by_by_ids", by_ids, "GET /orders/by/1,x").status_code == 404


def test_the_status_is_said_where_the_document_declares_several(orders: GeneratedPackage) -> None:
    """One that it does not declare is a fault of the handler; headers of requests are parameters, too."""

    def putting(status: int | None) -> Callable[..., Awaitable[object]]:
        async def put(*, body: object, if_match: str, **_: object) -> object:
            assert if_match == "a"
            return orders.reply.Reply(body, status=status)

        return put

    for status, wanted in ((201, 201), (200, 200), (202, 500), (None, 500)):
        response = answered(orders, "put_orders_by_id", putting(status), f"PUT /orders/{KEY}", ORDER)
        assert response.status_code == wanted
        assert response.json()["class" if wanted < 300 else "code"] == (
            "2nd" if wanted < 300 else "internal_server_error"
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"total": "10"}, "total: Expected `decimal`, got `str`"),
        ({"total": -1}, "total must be at least 0"),
        ({"prices": {"a": "1"}}, "prices.a: Expected `decimal`, got `str`"),
        ({"payment": {"kind": "gold"}}, "payment.kind: Invalid value 'gold'"),
        ({"parent": {**ORDER, "total": "1"}}, "parent.total: Expected `decimal`, got `str`"),
        ({"class": None}, "class: Expected `str`, got `null`"),
        ({"tags": ["a", "b\x00"]}, "tags[1]: a text has U+0000 in it"),
        ({"notes": {"a\x00": [1]}}, "notes: a text has U+0000 in it"),
    ],
)
def test_a_body_that_is_not_of_its_type_is_refused(
    orders: GeneratedPackage, change: dict[str, Any], message: str
) -> None:
    """With where it is wrong."""
    response = answered(orders, "unused", asyncio.sleep, f"PUT /orders/{KEY}", {**ORDER, **change})
    assert (response.status_code, response.json()["message"]) == (400, message)


def test_a_refusal_has_the_shape_of_its_status(orders: GeneratedPackage) -> None:
    """A body of its own where the declared one needs more than a code and messages, headers where HTTP wants them."""

    async def refuse(**_: object) -> object:
        raise orders.reply.Refusal(409, body={"title": "taken", "at": "2026-01-31T12:00:00Z"})

    async def unknown(**_: object) -> object:
        raise orders.reply.Refusal(401, "who is it?", headers={"WWW-Authenticate": "Token"})

    conflict = answered(orders, "put_orders_by_id", refuse, f"PUT /orders/{KEY}", ORDER)
    assert (conflict.status_code, conflict.json()["title"]) == (409, "taken")
    nobody = answered(orders, "get_orders_latest", unknown, "GET /orders/latest")
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, "Token")
    assert nobody.json() == {"code": "unauthorized", "message": "who is it?", "status": 401}


def test_a_text_that_no_database_keeps_is_refused_and_what_only_looks_like_it_is_not(orders: GeneratedPackage) -> None:
    """In a path there is no such thing; escaped backslashes are backslashes, however deep they stand."""

    async def echo(*, body: object, **_: object) -> object:
        return orders.reply.Reply(body, status=200)

    deep: object = "\\u0000"
    for _ in range(200):
        deep = [deep]
    assert answered(orders, "put_orders_by_id", echo, f"PUT /orders/{KEY}", {**ORDER, "notes": deep}).status_code == 200
    assert (
        answered(orders, "put_orders_by_id", echo, f"PUT /orders/{KEY}", {**ORDER, "notes": "\x00"}).status_code == 400
    )
    assert (
        answered(orders, "unused", asyncio.sleep, "PUT /orders/kinds/%00", {"street": "a", "number": 1}).status_code
        == 404
    )


class ReadOnlyError(Exception):
    """As psycopg and asyncpg tell an error of PostgreSQL."""

    sqlstate = "25006"


FENCE = "strangler: the table order may not be written here now: the other side of its service does"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReadOnlyError(f"{FENCE}\nHINT: strangler status says"), "fenced"),
        (sqlite3.IntegrityError(f"{FENCE}; strangler status says"), "fenced"),
        (ReadOnlyError("cannot execute INSERT in a read-only transaction"), "read_only"),
        (ExceptionGroup("tasks", [ValueError(), ReadOnlyError(FENCE)]), "fenced"),
    ],
)
def test_a_write_where_nothing_may_be_written_can_be_tried_again(
    orders: GeneratedPackage, error: Exception, code: str
) -> None:
    """Also where a library has made another error of it; any other error is a fault."""

    async def plain(**_: object) -> object:
        raise error

    async def wrapped(**_: object) -> object:
        try:
            await plain()
        except Exception as cause:
            raise RuntimeError("not stored") from cause

    for handler in (plain, wrapped):
        response = answered(orders, "get_orders_latest", handler, "GET /orders/latest")
        assert (response.status_code, response.json()["code"]) == (503, code)
        assert int(response.headers["Retry-After"]) > 0

    async def faulty(**_: object) -> object:
        raise ValueError(FENCE.replace("strangler", "somebody"))

    assert answered(orders, "get_orders_latest", faulty, "GET /orders/latest").status_code == 500


def test_a_handler_that_fails_costs_nobody_a_connection(orders: GeneratedPackage) -> None:
    """A server closes it behind whatever is raised to it, and the request that follows on it gets no answer."""

    async def faulty(**_: object) -> object:
        raise ValueError("a fault")

    assert answered(orders, "get_orders_latest", faulty, "GET /orders/latest", is_raised=True).status_code == 500


def test_errors_of_an_imported_document_say_what_is_wrong(tmp_path: Path) -> None:
    """FastAPI declares errors in an error, none of whose fields is one of code and messages."""
    content = (Path(__file__).parents[1] / "fastapi_shop.json").read_bytes()
    draft = openapi_draft("reviews", None, OpenApi.read(content, "openapi.json"), everything)
    with generated_package(library_of({"reviews": draft.text}, "reviews"), tmp_path) as shop:
        request = "POST /items"
        invalid = answered(shop, "unused", asyncio.sleep, request, {"name": 1})
        unknown = answered(shop, "unused", asyncio.sleep, "GET /nowhere")
    for response, status, code, message in (
        (invalid, 422, "invalid_body", "name: Expected `str`, got `int`"),
        (unknown, 404, "not_found", "Not Found"),
    ):
        assert response.status_code == status
        assert response.json() == {"detail": [{"loc": [], "msg": message, "type": code}]}


def test_a_client_says_what_a_service_that_failed_has_said(orders: GeneratedPackage) -> None:
    """Which is no answer outside the document: whoever reads the alert is to look at the service."""

    def transport(status: int) -> httpx.MockTransport:
        return httpx.MockTransport(lambda _: httpx.Response(status, text="out of\n  memory"))

    for status, error, told in (
        (502, orders.connection.FailedError, r"PUT http://orders/orders/kinds/2nd: answered with 502: out of memory"),
        (418, orders.connection.UnexpectedAnswerError, "the document does not declare 418"),
    ):
        (make,) = (orders.client.__dict__[name] for name in vars(orders.client) if name.startswith("Reviews"))
        client = make("http://orders", transport=transport(status))
        address = orders.models.Address(street="a", number=1)
        with client, pytest.raises(error, match=told):
            client.put_orders_kinds_by_class(class_="2nd", body=address)


def test_paths_without_parameters_come_first(orders: GeneratedPackage) -> None:
    """HEAD has its own handler; its answer has no body, whatever the document says."""

    async def head(**_: object) -> None:
        return None

    assert answered(orders, "head_orders", head, "HEAD /orders").status_code == 200
    assert answered(orders, "unused", asyncio.sleep, "GET /orders/latest").status_code == 501


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=5,
)


@given(_JSON)
def test_what_is_read_as_it_was_sent_has_no_text_for_a_number(value: object) -> None:
    """Whatever it is."""
    assert text_for_number(value, value) is None
