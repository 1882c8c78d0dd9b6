"""``GET /_internal_/healthcheck``: whether traffic may come."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from reviews_service import products
from reviews_service.api import JsonAnswer
from reviews_service.errors import UnavailableError
from reviews_service.requests import Service

UNKNOWN = {"product": False, "customer": False}


async def healthcheck(request: Request) -> Response:
    """200 when the database answers and products and customers were copied, 503 otherwise."""
    service: Service = request.app.state.service
    database: dict[str, Any] = {"ok": True}
    try:
        present = await service.database.read(products.replicas)
    except UnavailableError as problem:
        database, present = {"ok": False, "error": str(problem)}, UNKNOWN
    replicas = {"ok": all(present.values()), **present}
    healthy = database["ok"] and replicas["ok"]
    checks = {"database": database, "replicas": replicas}
    status = "ok" if healthy else "unavailable"
    return JsonAnswer({"status": status, "checks": checks}, 200 if healthy else 503)
