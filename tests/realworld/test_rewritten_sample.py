"""The sample monolith, rewritten: its own tests and its pages on v1, and on v2 with the real service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.demo.processes import Processes
from tests.cli.git_repository import commit_all, git
from tests.rewritten_sample import OPERATIONS, RewrittenShops, asked, fill_in, passed, rewritten_shops
from tests.sample_monolith import copy_sample

pytestmark = pytest.mark.realworld


def test_tests_and_pages_are_the_same_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`rewrite reviews --write`; then every test of the shop passes, and every page has the bytes it had."""
    before, after = copy_sample(tmp_path / "before"), copy_sample(tmp_path / "after")
    monkeypatch.chdir(after)
    commit_all(after, "as it was")
    assert run(["analyze", "--quiet"]) == 0
    assert run(["rewrite", "reviews", "--write", "--quiet"]) == 0
    assert run(["analyze", "--quiet"]) == 0
    assert git(after, "diff", "--numstat") == "12\t12\tshop/api/reviews.py"
    fill_in(after)

    with Processes(tmp_path / "logs") as processes:
        shops = rewritten_shops(tmp_path, processes)
        shops.serve(after)
        shops.manage(before, "migrate", "manage.py", "migrate", "--verbosity", "0")
        shops.manage(before, "seed", "manage.py", "seed", "--orders", "300")
        expected = _pages(shops, before, "before")
        on_v1 = _pages(shops, after, "v1", REVIEWS_SIDE="v1")
        on_v2 = _pages(shops, after, "v2", **shops.on_v2)
        assert on_v1["pages"] == expected["pages"]
        assert on_v2["pages"] == expected["pages"]
        assert on_v1["asked"] == {}
        assert on_v2["asked"] == {"GET /api/products/N/reviews": 25, "POST /_port_/product_page": 25}

        tests = ("manage.py", "test", "tests")
        said = shops.manage(after, "tests-v2", *tests, "--testrunner", "replica.ReplicaRunner", **shops.on_v2)
        numbers = {
            passed(shops.manage(before, "tests-before", *tests)),
            passed(shops.manage(after, "tests-v1", *tests, REVIEWS_SIDE="v1")),
            passed(said),
        }
    assert {request.rpartition("/")[2] for request in asked(said)} == OPERATIONS
    assert len(numbers) == 1
    print(f"{numbers} tests on each side, {len(expected['pages'])} pages, asked {asked(said)}")  # noqa: T201


def _pages(shops: RewrittenShops, shop: Path, name: str, **variables: str) -> dict[str, dict[str, str]]:
    """What visitors get, and how often the service was asked."""
    file = shops.folder / f"{name}.json"
    shops.manage(shop, name, "-m", "replica", str(file), **variables)
    return json.loads(file.read_text())
