"""A service that keeps its document, over real sockets; what it answers can be spoilt on the way out."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import jsonschema_rs

from strangler.contracts.export.openapi import openapi
from tests.contracts.documents import REVIEWS, reviews_library

_ERROR = '"422": { type: "shop.common.v0.models.generic_error" }'
KEPT = REVIEWS.replace(
    'responses: { "200": { type: "[review]" } },', f'responses: {{ "200": {{ type: "[review]" }}, {_ERROR} }},', 1
).replace(
    '          method: "DELETE", path: "/{id}"',
    """          method: "GET", path: "/{id}", description: "One review.", parameters: [{ name: "id", type: "uuid" }],
          responses: { "200": { type: "review" }, "404": { type: "unit" } },
        },
        {
          method: "DELETE", path: "/{id}\"""",
    1,
)
"""The document of the reviews with everything its service answers."""
_FIRST = "8f14e45f-ceea-467f-9b3c-000000000001"


@dataclass(frozen=True)
class Said:
    """An answer before it is sent: `sent` is how much of the body is, of all that was announced."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    sent: int | None = None
    is_held: bool = False

    def with_json(self, change: Callable[[dict[str, Any]], None]) -> Said:
        """The answer with each review in it changed; others as they are."""
        if not self.body:
            return self
        content: Any = json.loads(self.body)
        items: list[Any] = [content] if "code" in content or "id" in content else content
        for item in items:
            if "stars" in item:
                change(item)
        return replace(self, body=json.dumps(content).encode())


Spoil = Callable[[str, Said], Said]
"""Changes the answer to ``GET /reviews``, as the request line has it."""


class KeptService:
    """The reviews, in memory. `asked` are the request lines it has seen."""

    def __init__(self) -> None:
        library = reviews_library(KEPT)
        exported = json.loads(json.dumps(openapi(library.document("reviews"), library)))
        schema = {"$ref": "#/components/schemas/review_form", "components": exported["components"]}
        self.form = jsonschema_rs.Draft202012Validator(schema)
        self.asked: list[str] = []
        self.reviews: dict[str, dict[str, Any]] = {}
        self.spoil: Spoil = lambda _, said: said
        self.release = threading.Event()
        self.reset()

    def reset(self) -> None:
        """One review, nothing spoilt."""
        self.reviews = {_FIRST: _review(_FIRST, 4)}
        self.asked, self.spoil = [], lambda _, said: said
        self.release.clear()

    def answer(self, method: str, target: str, body: bytes) -> Said:
        """What the document says."""
        parts = urlsplit(target)
        match method, parts.path.strip("/").split("/"):
            case "GET", ["_internal_", "healthcheck"]:
                return _json(200, {"status": "healthy"})
            case "GET", ["reviews"]:
                return self._many(parse_qs(parts.query, keep_blank_values=True))
            case "POST", ["reviews"]:
                return self._add(body)
            case "GET", ["reviews", key]:
                return _json(200, self.reviews[key]) if key in self.reviews else Said(404)
            case "DELETE", ["reviews", key]:
                return Said(404) if self.reviews.pop(key, None) is None else Said(204)
            case _:
                return Said(404)

    def _many(self, query: dict[str, list[str]]) -> Said:
        try:
            keys = [str(UUID(text)) for text in query.get("id", [])]
            limit, offset = int(query.get("limit", ["25"])[0]), int(query.get("offset", ["0"])[0])
        except ValueError:
            return _refusal()
        if not 1 <= limit <= 100 or not 0 <= offset < 2**31 or len(keys) > 100:
            return _refusal()
        return _json(200, [*self.reviews.values()][offset : offset + limit])

    def _add(self, body: bytes) -> Said:
        try:
            form = json.loads(body)
        except ValueError:
            return _refusal()
        if not self.form.is_valid(form):
            return _refusal()
        key = str(UUID(int=len(self.reviews) + 2))
        self.reviews[key] = _review(key, form["stars"])
        return _json(201, self.reviews[key])


def _review(key: str, stars: int) -> dict[str, Any]:
    return {"id": key, "stars": stars, "status": "shown", "created_at": "2026-11-30T12:00:00Z"}


def _json(status: int, content: object) -> Said:
    return Said(status, json.dumps(content).encode(), {"Content-Type": "application/json"})


def _refusal() -> Said:
    return _json(422, {"code": "invalid", "messages": ["it is not valid"]})


@contextmanager
def serving(service: KeptService) -> Generator[str]:
    """Serve it; give its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            line = f"{self.command} {self.path}"
            service.asked.append(line)
            said = service.spoil(line, service.answer(self.command, self.path, body))
            if said.is_held:
                service.release.wait(10)
            if said.sent == 0:
                self.close_connection = True
                return
            self.send_response_only(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if said.status != 204:
                self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body[: said.sent])
            self.close_connection = said.sent is not None

        do_GET = do_POST = do_DELETE = _handle  # noqa: N815 - as http.server calls them

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            service.release.set()
            server.shutdown()
            thread.join()
