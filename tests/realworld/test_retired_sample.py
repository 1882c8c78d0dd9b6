"""The sample monolith, rewritten, cut over, then retired: what goes is what is dead, and its tests pass."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from strangler.cli.main import run
from strangler.cli.saved_graph import load_project_graph
from strangler.demo.processes import Process, Processes
from strangler.demo.shop import SEED_SECONDS
from strangler.demo.stage import SCRUBBED, SERVICE, Databases, Stage, build_stage
from strangler.demo.stored import authority_in
from strangler.model.authority import Side
from strangler.model.errors import ExitCode
from strangler.project_reader import load_project
from tests.cli.git_repository import commit_all, git
from tests.sample_monolith import copy_sample

pytestmark = pytest.mark.realworld

SECONDS = 240
ORDERS = 30
TOKEN = re.compile(r'(?<=csrfmiddlewaretoken" value=")\w+')
PLAIN = {key: value for key, value in os.environ.items() if not key.startswith(SCRUBBED)}

GONE = [
    "shop/api/reviews.py",
    "shop/reviews/forms.py",
    "shop/reviews/queries.py",
    "shop/reviews/views.py",
    "shop/reviews_port/__init__.py",
    "shop/reviews_port/client.py",
    "shop/reviews_port/entities.py",
    "shop/reviews_port/identity.py",
    "shop/reviews_port/port.py",
    "shop/reviews_port/side.py",
    "shop/reviews_port/switch.py",
    "shop/reviews_port/v1.py",
    "shop/reviews_port/v2.py",
    "shop/reviews_port/values.py",
    "shop/templates/reviews/moderation_detail.html",
    "shop/templates/reviews/moderation_queue.html",
    "shop/templates/reviews/review_form.html",
    "shop/templates/reviews/review_list.html",
]
"""The files of which nothing is left: views of both faces, their forms, queries and templates, and the port."""

CHANGED = {
    "shop/api/urls.py": """
-from shop.api import carts, orders, products, reviews, sessions, staff
+from shop.api import carts, orders, products, sessions, staff
-review_routes = [
-    path("<int:pk>", reviews.ReviewView.as_view(), name="review"),
-    path("<int:pk>/votes", reviews.votes, name="votes"),
-    path("<int:pk>/flag", reviews.flag, name="flag"),
-    path("<int:pk>/moderation", reviews.moderation, name="moderation"),
-]
+review_routes = []
-    path("me/reviews", reviews.my_reviews, name="my-reviews"),
-    path(
-        "products/<int:product_id>/reviews",
-        reviews.ProductReviewsView.as_view(),
-        name="product-reviews",
-    ),
""",
    "shop/reviews/urls.py": """
-
-from shop.reviews import views
+from django.views import View
-    path("", views.ReviewListView.as_view(), name="list"),
-    path("new", views.ReviewCreateView.as_view(), name="create"),
-    path("<int:pk>/edit", views.ReviewUpdateView.as_view(), name="edit"),
-    path("<int:pk>/delete", views.delete_review, name="delete"),
-    path("<int:pk>/vote", views.vote, name="vote"),
-    path("<int:pk>/flag", views.flag, name="flag"),
+    path("", View.as_view(), name="list"),
+    path("new", View.as_view(), name="create"),
+    path("<int:pk>/edit", View.as_view(), name="edit"),
+    path("<int:pk>/delete", View.as_view(), name="delete"),
+    path("<int:pk>/vote", View.as_view(), name="vote"),
+    path("<int:pk>/flag", View.as_view(), name="flag"),
""",
    "shop/reviews/moderation_urls.py": """
-
-from shop.reviews import views
+from django.views import View
-    path("", views.ModerationQueueView.as_view(), name="queue"),
-    path("bulk", views.moderate_bulk, name="bulk"),
-    path("<int:pk>", views.moderate_review, name="decide"),
+    path("", View.as_view(), name="queue"),
""",
    "shop/reviews/management/commands/recalculate_ratings.py": """
-from django.db.models import Q, Sum
+from django.db.models import Sum
-
-
-def products_without_opinion() -> list[str]:
-    \"\"\"For a campaign that never happened.\"\"\"
-    quiet = Q(review_count=0) & Q(sold_count__gt=10)
-    return list(Product.objects.filter(quiet).values_list("sku", flat=True))
""",
}
"""What goes from other files of the shop, as a patch says it; names that others link to stay."""

TESTS = {"tests/test_reviews.py": 8, "tests/test_reviews_api.py": 21}
"""How many tests go from which file: those that ask for what the service answers."""

REMOVED = re.compile(r"shop\.(api\.reviews|reviews\.(forms|queries|views)|reviews_port)\b")


def test_what_goes_is_what_is_dead_and_the_tests_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`rewrite --write`, a cut-over as it is made in production, then `retire --write`, and once more."""
    shop = copy_sample(tmp_path)
    monkeypatch.chdir(shop)
    (shop / ".gitignore").write_text(".strangler/\n__pycache__/\n")
    commit_all(shop, "as it was")
    for arguments in (["analyze"], ["rewrite", "reviews", "--write"]):
        assert run([*arguments, "--quiet"]) == 0
    commit_all(shop, "through a port")
    environment = {**PLAIN, "DATABASE_URL": f"sqlite:///{tmp_path / 'tests.sqlite3'}"}
    before = _passed(shop, environment)

    databases = Databases(f"sqlite:///{tmp_path / 'shop.sqlite3'}", f"sqlite:///{tmp_path / 'reviews.sqlite3'}")
    with Processes(tmp_path / "logs") as processes:
        stage = build_stage(tmp_path / "stage", shop, processes, databases, os.environ)
        monolith, follower = _cut_over(stage)
        pages = _pages(stage)
        early = _called(stage, "retire", "reviews", "--write")
        assert early.status == ExitCode.FINDINGS
        assert "too early to retire: journal of v2" in early.said()
        follower.stop()
        following = ("journal", "follow", SERVICE, "--no-way-back")
        follower = stage.strangler(*following, name="follower-for-good")
        deadline = time.monotonic() + SECONDS
        while _called(stage, "retire", "reviews", "--write").status != 0:
            assert time.monotonic() < deadline, "the way back that nobody follows any more still is one"
        assert follower.running
        commit_all(shop, "without v1")
        monolith.stop()
        stage.shop.serve(processes)
        assert _pages(stage) == pages

    assert git(shop, "diff", "--diff-filter=D", "--name-only", "HEAD^").split() == GONE
    changed = git(shop, "diff", "--diff-filter=M", "--name-only", "HEAD^").split()
    assert changed == sorted({*CHANGED, *TESTS})
    assert {file: _patch(shop, file) for file in CHANGED} == {
        file: patch.strip("\n") for file, patch in CHANGED.items()
    }
    assert {file: _patch(shop, file).count("-    def test_") for file in TESTS} == TESTS

    assert run(["analyze", "--quiet"]) == 0
    facts = load_project_graph(load_project(Path())).facts
    edges = [(call.caller, call.callee) for call in facts.calls]
    edges += [(item.importer, item.imported) for item in facts.imports]
    edges += [(route.path, route.handler) for route in facts.routes]
    assert [edge for edge in edges if any(map(REMOVED.match, edge))] == []
    assert _passed(shop, environment) == before - sum(TESTS.values())
    assert run(["retire", "reviews", "--write", "--force"]) == 0  # the gateway is gone
    assert git(shop, "status", "--porcelain") == ""


def _cut_over(stage: Stage) -> tuple[Process, Process]:
    """Everything up to v2's authority, with rows of both sides; what serves the monolith, and what follows v2."""
    stage.write_project()
    stage.prepare_databases()
    assert stage.shop.start_seed(stage.processes, ORDERS).wait(SEED_SECONDS) == 0
    monolith = stage.shop.serve(stage.processes)
    service = stage.service.serve(stage.processes)
    stage.serve_gateway()
    for arguments in (
        ("analyze", str(stage.sample), "--output", str(stage.map_folder)),
        ("journal", "install", SERVICE),
        ("etl", "run", SERVICE),
    ):
        _expect(stage, *arguments)
    follower = stage.strangler("journal", "follow", SERVICE, name="follower")
    stage.service.wait_until_healthy(service)
    _expect(stage, "etl", "verify", SERVICE)
    _expect(stage, "cutover", SERVICE, "--accept-failing-routes")
    assert authority_in(stage.databases.shop, SERVICE) is Side.V2
    return monolith, follower


def _called(stage: Stage, *arguments: str) -> Process:
    process = stage.strangler(*arguments)
    process.wait(SECONDS)
    return process


def _expect(stage: Stage, *arguments: str) -> None:
    process = _called(stage, *arguments)
    assert process.status == 0, process.said()


def _pages(stage: Stage) -> dict[str, str]:
    """What a visitor gets of both sides, without the tokens the shop draws for forms."""
    with closing(sqlite3.connect(stage.databases.shop.removeprefix("sqlite:///"))) as database:
        slugs = [slug for (slug,) in database.execute("SELECT slug FROM catalog_product ORDER BY id LIMIT 5")]
    found: dict[str, str] = {}
    for path in [f"/products/{slug}/{rest}" for slug in slugs for rest in ("", "reviews/")]:
        answer = httpx.get(f"{stage.gateway_url}{path}", timeout=30)
        found[path] = f"{answer.status_code} {re.sub(TOKEN, 'token', answer.text)}"
    assert {text[:3] for text in found.values()} == {"200"}
    return found


def _patch(shop: Path, file: str) -> str:
    """The lines that go and come."""
    lines = git(shop, "diff", "--unified=0", "HEAD^", "--", file).splitlines()
    return "\n".join(line for line in lines if line[0] in "+-" and not line.startswith(("+++", "---")))


def _passed(shop: Path, environment: dict[str, str]) -> int:
    command = [sys.executable, "manage.py", "test", "tests"]
    done = subprocess.run(
        command, cwd=shop, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    match = re.search(r"Ran (\d+) tests", done.stderr)
    assert match is not None
    return int(match[1])
