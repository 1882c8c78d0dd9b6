"""The sample monolith, rewritten: its own tests and its pages on v1, and on v2 with the real service."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.demo.processes import Processes, Program, free_port
from strangler.demo.service import FOLDER, ReviewsService
from strangler.demo.stage import SCRUBBED
from tests.sample_monolith import copy_sample

pytestmark = pytest.mark.realworld

SAMPLES = Path(__file__).parent / "samples"
SECONDS = 240.0
OPERATIONS = {
    "alive_review", "cast_vote", "edit_review", "flag_review", "moderate", "product_page", "remove_review", "reviews",
    "submit_review", "withdraw_vote",
}  # fmt: skip
"""All of the port; ``reviews`` is the request of the service's API that answers ``product_summary``."""
PLAIN = {key: value for key, value in os.environ.items() if not key.startswith(SCRUBBED)}


@dataclass(frozen=True)
class Shops:
    """The shop as it was, and a rewritten copy; both use one seeded database."""

    before: Path
    after: Path
    processes: Processes
    environment: dict[str, str]

    def manage(self, folder: Path, name: str, *arguments: str, **variables: str) -> str:
        """Run Python in a shop's folder."""
        program = Program(name, (sys.executable, *arguments), folder, {**self.environment, **variables})
        process = self.processes.run(program, SECONDS)
        assert process.status == 0, process.said()[-3000:]
        return process.said()

    def pages(self, folder: Path, name: str, **variables: str) -> dict[str, dict[str, str]]:
        """What visitors get, and how often the service was asked."""
        file = folder.parent / f"{name}.json"
        self.manage(folder, name, "-m", "replica", str(file), **variables)
        return json.loads(file.read_text())


def test_tests_and_pages_are_the_same_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`rewrite reviews --write`; then every test of the shop passes, and every page has the bytes it had."""
    before, after = copy_sample(tmp_path / "before"), copy_sample(tmp_path / "after")
    monkeypatch.chdir(after)
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "as it was"]):
        subprocess.run([*git, *command], check=True)
    assert run(["analyze", "--quiet"]) == 0
    assert run(["rewrite", "reviews", "--write", "--quiet"]) == 0
    assert run(["analyze", "--quiet"]) == 0
    changed = subprocess.run(["git", "diff", "--numstat"], check=True, capture_output=True, text=True).stdout
    assert changed == "12\t12\tshop/api/reviews.py\n"
    _fill_in(after)

    database, replica, port = tmp_path / "shop.sqlite3", tmp_path / "reviews.sqlite3", free_port()
    environment = {
        **PLAIN,
        "DATABASE_URL": f"sqlite:///{database}",
        "PYTHONPATH": os.pathsep.join((str(SAMPLES), ".")),
        "SHOP_ALLOWED_HOSTS": "*",
        "STRANGLER_IDENTITY_KEY": "a key for tests that is long enough",
    }
    key = {
        "STRANGLER_IDENTITY_KEY": environment["STRANGLER_IDENTITY_KEY"],
        "REVIEWS_DATABASE_URL": f"sqlite:///{replica}",
    }
    v2 = {"REVIEWS_SIDE": "v2", "REVIEWS_URL": f"http://127.0.0.1:{port}", "REVIEWS_REPLICA": str(replica)}
    with Processes(tmp_path / "logs") as processes:
        service = ReviewsService(after / FOLDER, port, {**PLAIN, **key})
        service.create_schema(processes)
        service.serve(processes)
        shops = Shops(before, after, processes, environment)
        shops.manage(before, "migrate", "manage.py", "migrate", "--verbosity", "0")
        shops.manage(before, "seed", "manage.py", "seed", "--orders", "300")

        expected = shops.pages(before, "before")
        on_v1 = shops.pages(after, "v1", REVIEWS_SIDE="v1")
        on_v2 = shops.pages(after, "v2", **v2)
        assert on_v1["pages"] == expected["pages"]
        assert on_v2["pages"] == expected["pages"]
        assert on_v1["asked"] == {}
        assert on_v2["asked"] == {"GET /api/products/N/reviews": 25, "POST /_port_/product_page": 25}

        tests = ("manage.py", "test", "tests")
        passed = [
            _passed(shops.manage(before, "tests-before", *tests)),
            _passed(shops.manage(after, "tests-v1", *tests, REVIEWS_SIDE="v1")),
            _passed(said := shops.manage(after, "tests-v2", *tests, "--testrunner", "replica.ReplicaRunner", **v2)),
        ]
    asked = re.search(r"asked the service (.*)", said)
    assert asked is not None
    assert {request.rpartition("/")[2] for request in json.loads(asked[1])} == OPERATIONS
    assert len(set(passed)) == 1
    print(f"{passed[0]} tests on each side, {len(expected['pages'])} pages, asked {asked[1]}")  # noqa: T201


def _fill_in(shop: Path) -> None:
    """What its people do by hand: install the middleware, and answer what the monolith asks of the service."""
    settings = shop / "shop/settings.py"
    text = settings.read_text()
    settings.write_text(
        text.replace("MIDDLEWARE = [", 'MIDDLEWARE = [\n    "shop.reviews_port.side.DjangoMiddleware",', 1)
    )
    service = shop / FOLDER / "reviews_service"
    shutil.copy(SAMPLES / "reviews_service/answers.py", service)
    app = service / "app.py"
    text = app.read_text().replace(
        "            *api.routes,", "            *api.routes,\n            *routes(Answers),", 1
    )
    imports = "from reviews_service.answers import Answers\nfrom reviews_service.port.routes import routes\n"
    app.write_text(text.replace("from reviews_service.config", f"{imports}from reviews_service.config", 1))


def _passed(said: str) -> int:
    match = re.search(r"Ran (\d+) tests", said)
    assert match is not None, said[-2000:]
    assert re.search(r"(?m)^OK$", said), said[-2000:]
    return int(match[1])
