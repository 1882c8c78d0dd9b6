"""The application: settings, database and routes put together."""

import logging
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from reviews_service import api, backoffice, pages
from reviews_service.answer_headers import AnswerHeaders
from reviews_service.config import Config
from reviews_service.engines import database_at
from reviews_service.errors import IdentityError, UnavailableError
from reviews_service.health import healthcheck
from reviews_service.identity import IdentityCheck
from reviews_service.moments import now
from reviews_service.rendering import rendered
from reviews_service.requests import Service

logger = logging.getLogger(__name__)


def create_app(config: Config | None = None) -> Starlette:
    """The service for ``config``, by default that of the environment."""
    config = config or Config.from_environment(os.environ)
    service = Service(database_at(config.database_url), IdentityCheck(config.identity_key), now)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        await service.database.open()
        try:
            yield
        finally:
            await service.database.close()

    app = Starlette(
        routes=[
            *api.routes,
            *pages.routes,
            *backoffice.routes,
            Route("/_internal_/healthcheck", healthcheck),
        ],
        middleware=[Middleware(AnswerHeaders)],
        exception_handlers={
            UnavailableError: unavailable,
            IdentityError: not_known,
            404: nothing_here,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.service = service
    return app


async def unavailable(request: Request, problem: Exception) -> Response:
    logger.error("%s %s: %s", request.method, request.url.path, problem)
    answer = api.error(503, "reviews are not available at the moment")
    answer.headers["Retry-After"] = "1"
    return answer


async def nothing_here(_: Request, __: Exception) -> Response:
    return HTMLResponse(rendered("404.html"), 404)


async def not_known(_: Request, problem: Exception) -> Response:
    return api.error(401, str(problem))
