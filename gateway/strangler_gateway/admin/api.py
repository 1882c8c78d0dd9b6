"""The admin API: JSON over HTTP on a listener of its own, protected by a bearer token."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from strangler.model.errors import InputError, StranglerError, UnavailableError, UsageError
from strangler.secret import Secret
from strangler_gateway.admin.answers import answered, refused
from strangler_gateway.admin.live_report import REPORT_PATH
from strangler_gateway.admin.messages import (
    AdoptRequest,
    AuthorityRequest,
    DrainRequest,
    HoldRequest,
    ReleaseRequest,
    RollbackRequest,
    ShadowRequest,
    ShiftRequest,
    WatermarkRequest,
)
from strangler_gateway.admin.order_reader import read_order
from strangler_gateway.admin.orders import Orders
from strangler_gateway.admin.read_only_routes import READY_PATH, read_only_routes
from strangler_gateway.hold import HoldTerms
from strangler_gateway.requests.facts import SAFE_METHODS
from strangler_gateway.status_page.page import PAGE_PATH, page_route
from strangler_gateway.traffic import ConflictError

OPEN_PATHS = frozenset(("/healthcheck", READY_PATH, PAGE_PATH, REPORT_PATH))
"""Paths that need no token: whether the gateway is alive and ready, and pages that ask for the token themselves."""

audit = logging.getLogger("strangler_gateway.audit")
"""Who ordered what; logged whatever the log level of the rest."""
_NO_TOKEN = ("the admin API needs the token: Authorization: Bearer ...",)
_ANOTHER = ("this is not the token that the gateway was started with", "correct it, or restart the gateway with it")
_WATERMARK_PATH = "/watermark"
"""A follower posts here several times a second, so these orders are logged only when they are refused."""


class Role(StrEnum):
    """What the holder of a token may do: READER only looks, OPERATOR also gives orders."""

    READER = "reader"
    OPERATOR = "operator"


class TokenRequired:
    """Middleware that requires a token except on `OPEN_PATHS`, and logs every order.

    `operator` and `reader` are the tokens of the two roles.
    """

    def __init__(self, app: ASGIApp, operator: Secret, reader: Secret | None = None) -> None:
        self._app = app
        self._expected = [(Role.OPERATOR, _bearer(operator))]
        if reader is not None:
            self._expected.append((Role.READER, _bearer(reader)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 without a valid token, and 403 to an order with the token of a reader."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        role = self._role(headers.get(b"authorization", b""))
        ordered = scope["method"] not in SAFE_METHODS
        if role is None:
            refusal = refused(401, *(_ANOTHER if b"authorization" in headers else _NO_TOKEN))
            await refusal(scope, receive, send)
        elif ordered and role is Role.READER:
            audit.warning("%s %s by %s: refused", scope["method"], scope["path"], role)
            refusal = refused(403, "this token is for looking only", "use the token of an operator")
            await refusal(scope, receive, send)
        elif ordered:
            await self._app(scope, receive, self._noting(scope, role, send))
        else:
            scope["strangler.role"] = role
            await self._app(scope, receive, send)

    def _role(self, shown: bytes) -> Role | None:
        # Both tokens are always compared, so that timing reveals nothing.
        matching = [role for role, expected in self._expected if hmac.compare_digest(shown, expected)]
        return matching[0] if matching else None

    def _noting(self, scope: Scope, role: Role, send: Send) -> Send:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                order, status = scope.get("strangler.order", ""), message["status"]
                level = logging.DEBUG if scope["path"] == _WATERMARK_PATH and status < 400 else logging.INFO
                audit.log(level, "%s %s by %s: %d %s", scope["method"], scope["path"], role, status, order)
            await send(message)

        return noting


def _bearer(token: Secret) -> bytes:
    return b"Bearer " + token.reveal().encode()


def create_admin_app(
    orders: Orders,
    token: Secret,
    reader: Secret | None = None,
    ready: Callable[[], bool] = lambda: True,
    further: Sequence[Route] = (),
) -> ASGIApp:
    """Return the admin API of one gateway.

    `ready` says whether requests are taken; `further` are routes that only some gateways have, see `adopt_route` and
    `report_routes`.
    """
    admin = _Admin(orders)
    routes = [
        *read_only_routes(orders, ready),
        page_route(),
        Route("/healthcheck", admin.healthcheck, methods=["GET"]),
        Route("/status", admin.status, methods=["GET"]),
        Route("/in-flight", admin.in_flight, methods=["GET"]),
        Route("/diffs", admin.diffs, methods=["GET"]),
        Route("/hold", admin.hold, methods=["POST"]),
        Route("/authority", admin.authority, methods=["POST"]),
        Route("/release", admin.release, methods=["POST"]),
        Route("/shift", admin.shift, methods=["POST"]),
        Route("/rollback", admin.rollback, methods=["POST"]),
        Route("/shadow", admin.shadow, methods=["POST"]),
        Route("/drain", admin.drain, methods=["POST"]),
        Route(_WATERMARK_PATH, admin.watermark, methods=["POST"]),
        *further,
    ]
    handlers: dict[Any, Callable[[Request, Exception], Response | Awaitable[Response]]] = {
        StranglerError: _told,
        404: lambda request, _: refused(404, f"there is no {request.url.path}"),
        405: lambda request, _: refused(405, f"{request.url.path} does not take {request.method}"),
    }
    return TokenRequired(Starlette(routes=routes, exception_handlers=handlers), token, reader)


class _Admin:
    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    async def healthcheck(self, _: Request) -> Response:
        return answered({"status": "ok"})

    async def status(self, _: Request) -> Response:
        return answered(await self._orders.status())

    async def in_flight(self, request: Request) -> Response:
        service = request.query_params.get("service")
        if service is None:
            raise UsageError("in-flight needs ?service=NAME")
        return answered(await self._orders.in_flight(service))

    async def diffs(self, _: Request) -> Response:
        return answered(await self._orders.diffs())

    async def hold(self, request: Request) -> Response:
        order = await read_order(request, HoldRequest)
        terms = HoldTerms(order.epoch, order.limit, order.seconds, order.routes)
        return answered(await self._orders.hold(order.service, terms))

    async def authority(self, request: Request) -> Response:
        order = await read_order(request, AuthorityRequest)
        return answered(await self._orders.authority(order.service, order.side, order.epoch))

    async def release(self, request: Request) -> Response:
        order = await read_order(request, ReleaseRequest)
        return answered(await self._orders.release(order.service, order.epoch))

    async def shift(self, request: Request) -> Response:
        order = await read_order(request, ShiftRequest)
        return answered(await self._orders.shift(order))

    async def rollback(self, request: Request) -> Response:
        order = await read_order(request, RollbackRequest)
        return answered(await self._orders.rollback(order.service))

    async def shadow(self, request: Request) -> Response:
        order = await read_order(request, ShadowRequest)
        return answered(await self._orders.shadow(order.service, order.share, order.paths))

    async def drain(self, request: Request) -> Response:
        return answered(await self._orders.drain(await read_order(request, DrainRequest)))

    async def watermark(self, request: Request) -> Response:
        order = await read_order(request, WatermarkRequest)
        return answered(await self._orders.watermark(order.service, order.moment))


def adopt_route(adopt: Callable[[str], Awaitable[None]]) -> Route:
    """Return the route by which a supervisor makes a worker follow the plan in a project file's text."""

    async def adopting(request: Request) -> Response:
        order = await read_order(request, AdoptRequest)
        await adopt(order.text)
        return answered(order)

    return Route("/adopt", adopting, methods=["POST"])


def _told(_: Request, error: Exception) -> Response:
    assert isinstance(error, StranglerError)
    match error:
        case ConflictError():
            status = 409
        case UsageError():
            status = 400
        case InputError():
            status = 422
        case UnavailableError():
            status = 503
        case _:
            status = 500
    return refused(status, error.what, error.remedy)
