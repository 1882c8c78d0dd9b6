"""Reads the orders in requests to the admin listener."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.requests import Request

from strangler.model.errors import InputError

MAX_BODY = 1024 * 1024

T = TypeVar("T")


async def read_order(request: Request, kind: type[T]) -> T:
    """Return the order in a request's JSON body; InputError when it is too long or not such an order."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise InputError("the request is too long")
    try:
        order = msgspec.json.decode(bytes(body), type=kind)
    except msgspec.DecodeError as error:
        raise InputError(f"the request cannot be read: {error}") from error
    request.scope["strangler.order"] = msgspec.json.encode(order).decode()
    return order
