"""The admin API: JSON over HTTP on a listener of its own, for who shows the token."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from strangler.model.errors import InputError, StranglerError, UsageError
from strangler.secret import Secret
from strangler_gateway.admin_messages import (
    AuthorityRequest,
    HoldRequest,
    Refusal,
    ReleaseRequest,
    RollbackRequest,
    ShiftRequest,
    WatermarkRequest,
)
from strangler_gateway.control import Control
from strangler_gateway.hold import HoldTerms
from strangler_gateway.traffic import ConflictError

MAX_BODY = 1024 * 1024

T = TypeVar("T")


class TokenRequired:
    """Middleware that lets only who shows the token in, except to ``/healthcheck``."""

    def __init__(self, app: ASGIApp, token: Secret) -> None:
        self._app = app
        self._expected = b"Bearer " + token.reveal().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 without the token."""
        if scope["type"] == "http" and scope["path"] != "/healthcheck":
            shown = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(shown, self._expected):
                response = _refused(401, "the admin API needs the token: Authorization: Bearer ...")
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def create_admin_app(control: Control, token: Secret) -> ASGIApp:
    """Return the admin API of one gateway."""
    admin = _Admin(control)
    routes = [
        Route("/healthcheck", admin.healthcheck, methods=["GET"]),
        Route("/status", admin.status, methods=["GET"]),
        Route("/in-flight", admin.in_flight, methods=["GET"]),
        Route("/hold", admin.hold, methods=["POST"]),
        Route("/authority", admin.authority, methods=["POST"]),
        Route("/release", admin.release, methods=["POST"]),
        Route("/shift", admin.shift, methods=["POST"]),
        Route("/rollback", admin.rollback, methods=["POST"]),
        Route("/watermark", admin.watermark, methods=["POST"]),
    ]
    handlers: dict[Any, Callable[[Request, Exception], Response | Awaitable[Response]]] = {
        StranglerError: _told,
        404: lambda request, _: _refused(404, f"there is no {request.url.path}"),
        405: lambda request, _: _refused(405, f"{request.url.path} does not take {request.method}"),
    }
    return TokenRequired(Starlette(routes=routes, exception_handlers=handlers), token)


class _Admin:
    def __init__(self, control: Control) -> None:
        self._control = control

    async def healthcheck(self, _: Request) -> Response:
        return _json({"status": "ok"})

    async def status(self, _: Request) -> Response:
        return _json(self._control.status())

    async def in_flight(self, request: Request) -> Response:
        service = request.query_params.get("service")
        if service is None:
            raise UsageError("in-flight needs ?service=NAME")
        return _json(self._control.in_flight(service))

    async def hold(self, request: Request) -> Response:
        order = await _read(request, HoldRequest)
        terms = HoldTerms(order.epoch, order.limit, order.seconds, order.routes)
        return _json(self._control.hold(order.service, terms))

    async def authority(self, request: Request) -> Response:
        order = await _read(request, AuthorityRequest)
        return _json(await self._control.authority(order.service, order.side, order.epoch))

    async def release(self, request: Request) -> Response:
        order = await _read(request, ReleaseRequest)
        return _json(self._control.release(order.service, order.epoch))

    async def shift(self, request: Request) -> Response:
        order = await _read(request, ShiftRequest)
        return _json(await self._control.shift(order.service, order.v2, order.paths))

    async def rollback(self, request: Request) -> Response:
        order = await _read(request, RollbackRequest)
        return _json(await self._control.rollback(order.service))

    async def watermark(self, request: Request) -> Response:
        order = await _read(request, WatermarkRequest)
        return _json(self._control.watermark(order.service, order.applied_through))


async def _read(request: Request, kind: type[T]) -> T:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise InputError("the request is too long")
    try:
        return msgspec.json.decode(bytes(body), type=kind)
    except msgspec.DecodeError as error:
        raise InputError(f"the request can not be read: {error}") from error


def _told(_: Request, error: Exception) -> Response:
    assert isinstance(error, StranglerError)
    match error:
        case ConflictError():
            status = 409
        case UsageError():
            status = 400
        case InputError():
            status = 422
        case _:
            status = 500
    return _refused(status, error.what, error.remedy)


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


def _refused(status: int, error: str, remedy: str | None = None) -> Response:
    return Response(msgspec.json.encode(Refusal(error, remedy)), status, media_type="application/json")
