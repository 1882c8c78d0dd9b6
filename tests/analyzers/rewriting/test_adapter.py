"""The service's half of a port: operations with rows of Django, asked over HTTP by the monolith's half."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from strangler.model.identity import IdentityTerms
from strangler.model.progress import SilentProgress
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.rewriting.answering import Answering, Signing
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.file_results import Skipped, Unchanged
from strangler_analyzers.rewriting.operations import Asked, Local
from strangler_analyzers.rewriting.plan import RewritePlan, plan_rewrite
from tests.analyzers.rewriting.rewritten import apply, result_of
from tests.analyzers.source_tree import write

BOUNDARY = Boundary("reviews", ("app.reviews",), frozenset({"reviews_review"}))
SOURCES = {
    "manage.py": "import os\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'app.settings')\n",
    "app/settings.py": """
        SECRET_KEY = "x"
        INSTALLED_APPS = ["app.people", "app.reviews"]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        ROOT_URLCONF = "app.urls"
        MIDDLEWARE = ["app.reviews_port.side.DjangoMiddleware"]
        ALLOWED_HOSTS = ["*"]
        USE_TZ = True
    """,
    "app/people/models.py": """
        from django.db import models

        class Person(models.Model):
            name = models.TextField()
    """,
    "app/reviews/models.py": """
        from django.db import models
        from app.people.models import Person

        class Review(models.Model):
            person = models.ForeignKey(Person, on_delete=models.CASCADE)
            text = models.TextField()
            stars = models.IntegerField(default=3)
            price = models.DecimalField(max_digits=6, decimal_places=2, null=True)
            written = models.DateTimeField(null=True)
            legacy = models.TextField(default="old")

            def is_good(self):
                return self.stars > 3
    """,
    "app/errors.py": """
        class BadInput(ValueError):
            def __init__(self, errors: dict[str, str]) -> None:
                super().__init__("; ".join(errors))
                self.errors = errors
    """,
    "app/reviews/services.py": """
        from typing import Any
        from app.errors import BadInput
        from app.people.models import Person
        from app.reviews.models import Review

        class Refused(Exception):
            pass

        def checked(data: dict[str, Any]) -> str:
            if not data.get("text"):
                raise BadInput({"text": "required"})
            return str(data["text"])

        def submit(person: Person, data: dict[str, Any]) -> Review:
            if not person.name:
                raise Refused("nobody")
            return Review.objects.create(person=person, text=checked(data))

        def improve(review: Review) -> None:
            review.stars += 1
            review.save()

        def copied(review: Review, person: Person | None) -> tuple[Review, bool]:
            good = review.is_good()
            review = Review.objects.get(pk=review.pk)
            review.pk = None
            review.save()
            return review, good

        def erase(review: Review | None) -> None:
            if review is not None:
                review.delete()

        def latest(limit: int) -> list[Review]:
            return list(Review.objects.order_by("-pk")[:limit])

        def shouted(text: str) -> str:
            return text.upper()

        def author(review: Review) -> Person:
            return review.person

        def change(data: dict[str, Any]) -> None:
            data["text"] = "changed"

        def improve_all(reviews: list[Review]) -> None:
            for review in reviews:
                improve(review)

        def again(review: Review) -> int:
            try:
                return int(review.text)
            except ValueError as error:
                raise error

        def with_row(review: Review) -> int:
            raise Refused(review)

        def handed_on(data: dict[str, Any]) -> int:
            return keep(data)

        def keep(data: dict[str, Any]) -> int:
            global kept
            kept = data
            return 1
    """,
    "app/web.py": """
        from app.reviews import services

        def page(person, review, data):
            services.submit(person, data)
            services.improve(review)
            services.copied(review, person)
            services.erase(review)
            services.latest(3)
            services.shouted("a")
            services.author(review)
            services.change(data)
            services.improve_all([review])
            services.again(review)
            services.with_row(review)
            services.handed_on(data)
    """,
    "app/urls.py": """
        from django.http import JsonResponse
        from django.urls import path
        from app import people, web

        def whoami(request):
            token = request.headers.get("Authorization")
            return JsonResponse({"user": {"id": 5, "token": token}}, status=200 if token else 401)

        def shout(request):
            from app.reviews_port.switch import reviews_port
            return JsonResponse({"text": reviews_port.shouted("hey")})

        urlpatterns = [path("whoami", whoami), path("shout", shout)]
    """,
    "app/people/__init__.py": "",
    "app/reviews/__init__.py": "",
}
SCRIPT = """
import json, os, sys
os.environ |= {"DJANGO_SETTINGS_MODULE": "app.settings", "REVIEWS_SIDE": "v2", "IDENTITY_KEY": "k" * 32}
import django
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from datetime import datetime, timezone
from decimal import Decimal
import jwt
from django.test import Client as Browser
from starlette.applications import Starlette
from starlette.testclient import TestClient
from app import errors
from app.people.models import Person
from app.reviews import services
from app.reviews.models import Review
from app.reviews_port.client import AsyncClient, Client, ServiceError, ServiceRefused
from app.reviews_port.switch import reviews_port
from app.reviews_port.v2 import ReviewsV2
from service.port.operations import BadInput, Refused, ReviewsOperations
from service.port.routes import routes

rows = {}
seen = []

class Answers(ReviewsOperations):
    def __init__(self, request):
        seen.append(request.headers.get("X-Strangler-Identity"))

    async def submit(self, person, data):
        if person == 2:
            raise Refused("nobody")
        if not data.get("text"):
            raise BadInput({"text": "required"})
        rows[7] = {"id": 7, "person_id": person, "text": data["text"], "stars": 3, "price": Decimal("1.50"),
                   "written": datetime(2026, 1, 2, tzinfo=timezone.utc), "unknown": 1}
        return rows[7]

    async def improve(self, review):
        rows[review]["stars"] += 1

    async def copied(self, review, person):
        return rows[review], person is None

    async def erase(self, review):
        rows.pop(review, None)

    async def latest(self, limit):
        return [{"text": "no key"}] if limit == 9 else list(rows.values())[:limit]

    async def review_as_it_is(self, key):
        return rows.get(key)

service = TestClient(Starlette(routes=routes(Answers)))
reviews_port.__dict__["_v2"] = ReviewsV2(
    Client("http://reviews", transport=service._transport), AsyncClient("http://reviews")
)
ada, nobody = Person.objects.create(name="Ada"), Person.objects.create(name="")
said = {}
review = reviews_port.submit(ada, {"text": "good"})
said["submit"] = [type(review).__name__, review.pk, review.person.name, str(review.price), review.written.isoformat()]
said["nothing here"] = Review.objects.count()
Review.objects.create(pk=7, person=ada, text="as it was")
said["left out"] = review.legacy
for name, person, data in (("bad", ada, {}), ("refused", nobody, {"text": "x"}), ("no json", ada, {"text": {1, 2}})):
    try:
        reviews_port.submit(person, data)
    except Exception as error:
        said[name] = [type(error) in (errors.BadInput, services.Refused, ServiceError), repr(error)]
reviews_port.improve(review)
said["improved"] = review.stars
copy, alone = reviews_port.copied(review, None)
said["copied"] = [copy == review, alone]
said["latest"] = [item.pk for item in reviews_port.latest(5)]
for name, call in (("no key", lambda: reviews_port.latest(9)), ("not there yet", lambda: reviews_port.shouted("x"))):
    try:
        call()
    except ServiceError as error:
        said[name] = str(error)
reviews_port.erase(review)
said["erased"] = review.pk
reviews_port.erase(None)
answer = service.post("/_port_/improve", json={"review": "7"})
said["asked wrongly"] = [answer.status_code, answer.json()["error"]]
seen.clear()
async def shouted(self, text):
    return text.upper()
Answers.shouted = shouted
said["for nobody"] = [Browser().get("/shout").json()["text"], seen.pop()]
Browser().get("/shout", headers={"Authorization": "Token a"})
claims = jwt.decode(seen.pop(), "k" * 32, ["HS256"], audience="reviews", issuer="strangler")
said["for somebody"] = [claims["who"], claims["exp"] - claims["iat"]]
print(json.dumps(said))
"""


def _plan(root: Path) -> RewritePlan:
    graph = SystemGraph(analyze(root, SilentProgress(), workers=1))
    answering = Answering(
        adapter="service/port", signing=Signing(IdentityTerms("/whoami", token_seconds=30), "IDENTITY_KEY")
    )
    return plan_rewrite(graph, BOUNDARY, lambda file: (root / file).read_bytes(), answering)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rewritten monolith, with the service's half of the port beside it."""
    folder = write(tmp_path_factory.mktemp("adapter"), SOURCES)
    apply(_plan(folder), folder)
    return folder


def test_rows_any_and_exceptions_cross_and_what_else_can_not_stays(tmp_path: Path) -> None:
    """Each with its reason; what an operation may change of its rows is known."""
    found = _plan(write(tmp_path, SOURCES)).operations.sorted
    asked = {item.name: item.answer for item in found if isinstance(item.answer, Asked)}
    assert {name: [parameter for parameter, _ in answer.refreshed] for name, answer in asked.items()} == {
        "copied": [],
        "erase": ["review"],
        "improve": ["review"],
        "latest": [],
        "shouted": [],
        "submit": [],
    }
    assert [(raised.module, raised.name) for raised in asked["submit"].raises] == [
        ("app.errors", "BadInput"),
        ("app.reviews.services", "Refused"),
    ]
    assert {item.name: item.answer.reason for item in found if isinstance(item.answer, Local)} == {
        "again": "no answer tells what it raises at app/reviews/services.py:54: error is no class it names",
        "author": "it returns Person, which is no row of the service",
        "change": "it may change the data it is given",
        "handed_on": "it may change the data it is given",
        "improve_all": "reviews holds rows: hand over their keys",
        "with_row": "no answer tells what it raises at app/reviews/services.py:57: "
        "Refused is made of more than texts and numbers",
    }


def test_the_monolith_gets_rows_exceptions_and_changes_as_from_its_own_code(root: Path) -> None:
    """By keys to the service, by columns back; who is asking goes along, signed."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "submit": ["Review", 7, "Ada", "1.50", "2026-01-02T00:00:00+00:00"],
        "nothing here": 0,
        "left out": "old",
        "bad": [True, "BadInput('text')"],
        "refused": [True, "Refused('nobody')"],
        "no json": [True, "ServiceError('{1, 2} is nothing that JSON has, and cannot be sent')"],
        "improved": 4,
        "copied": [True, True],
        "latest": [7],
        "no key": "the service answered {'text': 'no key'}, and not an object with id",
        "not there yet": 'the service answered 501: {"error":"reviews does not answer shouted yet: write it"}',
        "erased": None,
        "asked wrongly": [400, "the monolith sent '7', and not a whole number"],
        "for nobody": ["HEY", None],
        "for somebody": [{"user": {"id": 5, "token": "Token a"}}, 30],
    }


def test_a_second_run_changes_nothing_and_an_edited_half_is_kept(root: Path) -> None:
    """What is filled in lies in files of its own."""
    assert {type(result) for result in _plan(root).files} == {Unchanged}
    edited = root / "service/port/operations.py"
    before = edited.read_text()
    try:
        edited.write_text(f"{before}\n# mine\n")
        result = result_of(_plan(root), "service/port/operations.py")
        assert isinstance(result, Skipped)
        assert "somebody has edited it" in result.reason
    finally:
        edited.write_text(before)
