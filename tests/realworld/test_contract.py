"""The sample's reviews against their document: v1 in the monolith and v2 by itself, as they are."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import jwt
import pytest

from strangler.cli.main import run
from strangler.demo.processes import Processes, free_port
from strangler.demo.service import FOLDER, ReviewsService
from strangler.demo.shop import Shop
from strangler.demo.stage import SCRUBBED
from tests.sample_monolith import copy_sample

pytestmark = pytest.mark.realworld

DOCUMENT = Path(__file__).parent / "samples" / "reviews_api.json5"
KEY = "a key for tests that is long enough"
PLAIN = {key: value for key, value in os.environ.items() if not key.startswith(SCRUBBED)}
SEED_SECONDS = 120.0
REPLICAS = (
    "INSERT INTO product VALUES (1, 'skillet', 'Skillet', true)",
    "INSERT INTO customer VALUES (11, 101)",
    "INSERT INTO purchase VALUES (1, 11, 1)",
)
MANY = "GET /api/products/{product_id}/reviews"
WRITES = ("POST /api/products/{product_id}/reviews", "PUT /api/reviews/{id}")
BOTH = {
    *(("accepted-invalid", MANY, f"query parameter page is {what}") for what in (
        "no number", "no whole number", "too large, 2147483648", "too small, 0",
    )),
    *(("accepted-invalid", MANY, f"query parameter page_size is {what}") for what in (
        "no number", "no whole number", "too large, 101", "too small, 0",
    )),
    *(("accepted-invalid", name, f"body: {field} is no text") for name in WRITES for field in ("text", "title")),
    *(("content-type", name, "status 404 content-type") for name in (
        MANY, "GET /api/reviews/{id}", "DELETE /api/reviews/{id}", *WRITES,
    )),
}  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Give what the command says of each side; both run on SQLite, v1 with its seed."""
    folder = tmp_path_factory.mktemp("contract")
    sample = copy_sample(folder)
    (folder / "design").mkdir()
    shutil.copy(DOCUMENT, folder / "design/reviews.json5")
    (folder / "strangler.toml").write_text('[services.reviews]\ndesign = "design/reviews.json5"\n')
    with Processes(folder / "logs") as processes:
        shop = _shop(processes, sample, f"sqlite:///{folder / 'shop.sqlite3'}")
        service = _service(processes, sample, folder / "reviews.sqlite3")
        return {
            "v1": _told(folder, shop.url, "Authorization: Token demo-token-1"),
            "v2": _told(folder, service.url, f"X-Strangler-Identity: {_identity()}"),
        }


def _shop(processes: Processes, sample: Path, database: str) -> Shop:
    shop = Shop(sample, database, free_port(), {**PLAIN, "SHOP_ALLOWED_HOSTS": "*"}, workers=1)
    shop.migrate(processes)
    assert shop.start_seed(processes, 40).wait(SEED_SECONDS) == 0
    shop.serve(processes)
    return shop


def _service(processes: Processes, sample: Path, database: Path) -> ReviewsService:
    told = {**PLAIN, "STRANGLER_IDENTITY_KEY": KEY, "REVIEWS_DATABASE_URL": f"sqlite:///{database}"}
    service = ReviewsService(sample / FOLDER, free_port(), told)
    service.create_schema(processes)
    with sqlite3.connect(database) as connection:
        for statement in REPLICAS:
            connection.execute(statement)
    connection.close()
    service.wait_until_healthy(service.serve(processes))
    return service


def _identity() -> str:
    who = {"customer_id": 11, "name": "Ada", "email": "ada@example.com", "is_staff": False}
    claims = {"iss": "strangler", "aud": "reviews", "exp": time.time() + 600, "who": who}
    return jwt.encode(claims, KEY)


def _told(folder: Path, url: str, header: str) -> dict[str, Any]:
    output = folder / "told.json"
    rows = ("--parameter", "product_id=1", "--rate", "1000")
    arguments = ["contract", "test", "reviews", "--url", url, "--header", header, *rows, "--write", "--json"]
    with output.open("w") as stream, redirect_stdout(stream):
        run([*arguments, "--config", str(folder)])
    return json.loads(output.read_text())


def _findings(told: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    return {(item["rule"], item["operation"], item["subject"]) for item in told["findings"]}


def test_what_both_sides_do_is_found_on_both(told: dict[str, dict[str, Any]]) -> None:
    """They accept what their forms clamp or convert, and answer a path that no route has with a page."""
    for side, page in told.items():
        assert _findings(page) >= BOTH, side
        statuses = {item["operation"]: item["statuses"] for item in page["operations"]}
        assert statuses["DELETE /api/reviews/{id}"] == {"204": 1, "404": 2}, side
        unproven = [item["unproven"] for item in page["operations"] if item["operation"].endswith("/votes")]
        assert unproven == ["answered 403"], side  # nobody votes for a review of their own


def test_what_one_side_does_is_found_there_only(told: dict[str, dict[str, Any]]) -> None:
    """The monolith fails on a key that is larger than any; it has no health check, and the service says more in its."""
    assert _findings(told["v1"]) - BOTH == {
        ("server-error", MANY, "status 500"),
        ("server-error", "GET /api/reviews/{id}", "status 500"),
        ("health", "GET /_internal_/healthcheck", "health"),
    }
    assert _findings(told["v2"]) - BOTH == {("unknown-field", "GET /_internal_/healthcheck", "status 200 /checks")}
