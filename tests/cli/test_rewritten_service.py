"""The sample monolith, rewritten and on v2: a part of its tests with the service running; all are in `realworld`."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.demo.processes import Processes
from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import save_facts
from tests.cli.git_repository import commit_all
from tests.rewritten_sample import OPERATIONS, asked, fill_in, passed, rewritten_shops
from tests.sample_monolith import copy_sample, sample_facts


def test_the_api_is_answered_by_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each operation of the port, by a process with a database of its own; the monolith's tests find no difference."""
    shop = copy_sample(tmp_path)
    monkeypatch.chdir(shop)
    save_facts(ArtefactStore.beside(shop), sample_facts())
    (shop / ".gitignore").write_text(".strangler/\n")
    commit_all(shop, "as it was")
    assert run(["rewrite", "reviews", "--write", "--quiet"]) == 0
    fill_in(shop)
    with Processes(tmp_path / "logs") as processes:
        shops = rewritten_shops(tmp_path, processes)
        shops.serve(shop)
        tests = ("manage.py", "test", "tests.test_reviews_api", "--testrunner", "replica.ReplicaRunner")
        said = shops.manage(shop, "tests", *tests, **shops.on_v2)
    assert passed(said) >= 22
    assert {request.rpartition("/")[2] for request in asked(said)} == OPERATIONS
