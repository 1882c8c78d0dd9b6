"""The status page, whose content security policy lets it run its own script and ask only its own listener."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGE_PATH = "/"


def page_route() -> Route:
    """Return the route of the page, which needs no token: it holds nothing but its script."""
    return Route(PAGE_PATH, _page, methods=["GET"])


async def _page(_: Request) -> Response:
    text, policy = status_page()
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text, media_type="text/html", headers=headers)


@cache
def status_page() -> tuple[str, str]:
    """Return the page and the content security policy for it."""
    text = (files("strangler_gateway.status_page") / "status.html").read_text("utf-8")
    policy = (
        "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        f"script-src '{_hash(text, 'script')}'; style-src '{_hash(text, 'style')}'"
    )
    return text, policy


def _hash(text: str, element: str) -> str:
    content = re.search(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
    assert content is not None
    return f"sha256-{base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()}"
