"""The responses of the admin listener."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from strangler_gateway.admin.messages import Refusal


def answered(value: object, status: int = 200) -> Response:
    """Return a JSON response with a value."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def refused(status: int, error: str, remedy: str | None = None) -> Response:
    """Return a response that says why nothing was done."""
    return answered(Refusal(error, remedy), status)
