"""The service of the reviews: that it keeps to the rules of its readers, runs, and answers its own client."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from zipfile import ZipFile

import httpx
import psycopg
import pytest

from strangler.cli.main import run
from strangler.contracts.generation.blueprint import Blueprint
from strangler.contracts.generation.folder import compare, write
from strangler.contracts.generation.service_code import service_code
from strangler.contracts.library import Library
from strangler.demo.processes import free_port
from tests.contracts.documents import COMMON, REVIEWS, library_of, reviews_library
from tests.waiting import until

LIST_REFUSES = REVIEWS.replace(
    'responses: { "200": { type: "[review]" } }',
    'responses: { "200": { type: "[review]" }, "422": { type: "shop.common.v0.models.generic_error" } }',
)
"""The document of the reviews, which says that a list may be refused."""
_COMMAND = ("-m", "reviews_service")
_BIN = Path(sys.executable).parent
_HANDLERS = """
from reviews_service.generated.models import Review, ReviewForm, ReviewStatus
from reviews_service.generated.port import UnwrittenReviews
from reviews_service.generated.reply import Refusal, Reply
import datetime, uuid

class Handlers(UnwrittenReviews):
    def __init__(self):
        self.reviews = {}

    async def get_reviews(self, *, id, limit, offset, sort):
        return [*self.reviews.values()][offset : offset + limit]

    async def delete_reviews_by_id(self, *, id):
        if self.reviews.pop(id, None) is None:
            raise Refusal(404)

    async def post_reviews(self, *, body):
        review = Review(id=uuid.uuid4(), stars=body.stars, created_at=datetime.datetime.now(datetime.UTC))
        self.reviews[review.id] = review
        return Reply(review, headers={"Location": f"/reviews/{review.id}"})
"""
_SCRIPT = """
import sys
from reviews_service.generated.client import ReviewsClient
from reviews_service.generated.connection import RefusedError, UnreachableError
from reviews_service.generated.models import GenericError, ReviewForm, ReviewStatus

with ReviewsClient(sys.argv[1]) as client:
    review = client.post_reviews(body=ReviewForm(stars=5))
    assert review.status is ReviewStatus.SHOWN
    assert client.get_reviews() == client.get_reviews(limit=1, id=[review.id]) == [review]
    assert client.get_reviews(offset=1) == []
    try:
        client.post_reviews(body=ReviewForm(stars=9))
    except RefusedError as error:
        assert error.status == 422
        assert error.problem == GenericError(code="invalid_body", messages=["stars: Expected `int` <= 5"])
    else:
        raise AssertionError
    assert client.delete_reviews_by_id(id=review.id) is None
    try:
        client.delete_reviews_by_id(id=review.id)
    except RefusedError as error:
        assert (error.status, error.problem) == (404, None)
    else:
        raise AssertionError
with ReviewsClient("http://127.0.0.1:1") as client:
    try:
        client.get_reviews()
    except UnreachableError:
        print("all as it should be")
"""


def _generated(folder: Path, service: str, library: Library) -> Path:
    code = service_code(Blueprint(service, library.document(service), library))
    write(folder, code, compare(folder, code), force=False)
    return folder


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the reviews."""
    return _generated(tmp_path_factory.mktemp("services"), "reviews", reviews_library(LIST_REFUSES))


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate a service whose document has everything that documents may have."""
    text = (Path(__file__).parent / "orders.json5").read_text(encoding="utf-8")
    return _generated(tmp_path_factory.mktemp("services"), "orders", library_of({"orders": text}, "orders"))


@pytest.fixture(scope="module")
def address(service: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Run the service, some of whose handlers are written, as its README says; the value is its address."""
    (service / "reviews_service" / "handlers.py").write_text(_HANDLERS)
    port = free_port()
    environment = {**os.environ, "PORT": str(port)}
    with (
        (tmp_path_factory.mktemp("log") / "log").open("wb") as log,
        subprocess.Popen([sys.executable, *_COMMAND], cwd=service, env=environment, stdout=log, stderr=log) as process,
    ):
        url = f"http://127.0.0.1:{port}"
        try:
            until(lambda: _is_healthy(url))
            yield url
        finally:
            process.terminate()


def _is_healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_internal_/healthcheck").json() == {"status": "healthy"}
    except httpx.TransportError:
        return False


def test_the_generated_code_keeps_to_the_rules_of_its_project_and_its_tests_pass(orders: Path) -> None:
    """As it was generated: formatted, linted, tested."""
    for command in (["ruff", "format", "--check", "."], ["ruff", "check", "."], ["pytest", "-q"]):
        _assert_passes(orders, *command)


@pytest.mark.realworld
@pytest.mark.parametrize("name", ["service", "orders"])
def test_the_types_of_the_generated_code_fit(name: str, request: pytest.FixtureRequest) -> None:
    """In pyright's strict mode, handlers that are not written and tests included."""
    _assert_passes(request.getfixturevalue(name), "pyright", "--pythonpath", sys.executable, ".")


def _assert_passes(folder: Path, program: str, *arguments: str) -> None:
    done = subprocess.run([_BIN / program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_generated_service_runs_and_answers_its_client(address: str, service: Path) -> None:
    """What is written is answered, errors are in the shape of the document, what is not written is told."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, address], cwd=service, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "all as it should be\n"), done.stderr
    with httpx.Client(base_url=address, timeout=60) as http:
        created = http.post("/reviews", json={"stars": 4, "unknown": True})
        assert (created.status_code, created.headers["Location"]) == (201, f"/reviews/{created.json()['id']}")
        refused = {
            "code": "invalid_body",
            "messages": ["stars: Expected `int` <= 5"],
        }
        assert http.post("/reviews", json={"stars": 6}).json() == refused
        assert [
            http.request(method, path, content=content, headers=headers).status_code
            for method, path, content, headers in (
                ("POST", "/reviews", b"{", {}),
                ("POST", "/reviews", b"stars=4", {"Content-Type": "application/x-www-form-urlencoded"}),
                ("POST", "/reviews", b" " * 2_000_000, {}),
                ("POST", "/reviews", b'{"stars": "4"}', {}),
                ("POST", "/reviews", b"\xff", {}),
                ("GET", "/reviews?limit=x", None, {}),
                ("GET", "/reviews?limit=101", None, {}),
                ("GET", "/reviews?limit=1&limit=2", None, {}),
                ("GET", "/reviews?id=1", None, {}),
                ("DELETE", "/reviews/1", None, {}),
                ("GET", "/reviews/", None, {}),
                ("GET", "/_internal_/readiness", None, {}),
            )
        ] == [422, 415, 413, 422, 422, 422, 422, 422, 422, 404, 404, 200]
        elsewhere = http.put("/reviews")
        assert (elsewhere.status_code, elsewhere.headers["Allow"]) == (405, "GET, HEAD, POST")
        assert elsewhere.json() == {"code": "method_not_allowed", "messages": ["Method Not Allowed"]}


def test_the_image_has_what_the_service_needs_and_starts_it_as_the_tests_do(service: Path, tmp_path: Path) -> None:
    """What is copied is there and not ignored, and is all that installs; the port is that of the settings."""
    lines = [line.partition(" ") for line in (service / "Dockerfile").read_text().splitlines()]
    copied = [parts.split()[0] for word, _, parts in lines if word == "COPY"]
    ignored = (service / ".dockerignore").read_text().split()
    for name in copied:
        assert name not in ignored
        copy = shutil.copytree if (service / name).is_dir() else shutil.copy
        copy(service / name, tmp_path / name)
    assert ("CMD", " ", json.dumps(["python", *_COMMAND])) in lines
    build = "import hatchling.build as build; print(build.build_wheel('.'))"
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info" not in name}
    wanted = (path for path in (service / "reviews_service").rglob("*.*") if "__pycache__" not in path.parts)
    assert held == {path.relative_to(service).as_posix() for path in wanted}
    settings = (
        "from reviews_service.settings import Settings as S; a = S.of({'HOST': '0.0.0.0'}); print(a.host, a.port)"
    )
    said = subprocess.run([sys.executable, "-c", settings], cwd=service, check=True, capture_output=True, text=True)
    exposed = next(parts for word, _, parts in lines if word == "EXPOSE")
    assert said.stdout == f"0.0.0.0 {exposed}\n"
    assert ("ENV", " ", "HOST=0.0.0.0") in lines


def test_a_generated_service_keeps_its_document(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a contract test sends: at all bounds, beyond them, of other types."""
    (tmp_path / "common.json5").write_text(COMMON)
    (tmp_path / "reviews.json5").write_text(LIST_REFUSES)
    (tmp_path / "strangler.toml").write_text('[services.reviews]\ndesign = "reviews.json5"\n')
    monkeypatch.chdir(tmp_path)
    arguments = ["--url", address, "--write", "--strict", "--rate", "1000"]
    assert run(["contract", "test", "reviews", *arguments]) == 0, capsys.readouterr().out
    assert "4 of 4 operations proven" in capsys.readouterr().out


@pytest.mark.postgres
def test_the_tables_are_created_and_keep_what_the_document_says(postgres_database: str, service: Path) -> None:
    """Defaults and keys that nobody sends are filled in, bounds and enums are kept."""
    statements = (service / "reviews_service" / "generated" / "tables.sql").read_text()
    insert = "INSERT INTO review (stars, created_at) VALUES (%s, now()) RETURNING status"
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute(statements.encode())
        assert connection.execute(insert, [5]).fetchone() == ("shown",)
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(insert, [6])
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("UPDATE review SET status = 'other'")
