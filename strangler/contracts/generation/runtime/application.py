"""The application made of the routes; all its errors are JSON."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from strangler.contracts.generation.runtime.call import Problems
from strangler.contracts.generation.runtime.reply import Refusal


def application(routes: Sequence[BaseRoute], problems: Problems) -> Starlette:
    """The application; it does not redirect between paths with and without a trailing slash."""

    async def refuse(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = {"Allow": ", ".join(_methods(request, routes))} if status == 405 else {}
        return problems.response(None, Refusal(status, headers=headers))

    app = Starlette(routes=routes, exception_handlers={HTTPException: refuse, Exception: refuse})
    app.router.redirect_slashes = False
    return app


def _methods(request: Request, routes: Sequence[BaseRoute]) -> list[str]:
    """All methods that the requested path allows (RFC 9110, section 10.2.1)."""
    here = [item for item in routes if isinstance(item, Route) and item.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for item in here for method in item.methods or ()})
