"""``strangler rewrite``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import save_facts
from tests.sample_monolith import copy_sample, sample_facts


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the sample monolith, analysed; it is the current folder."""
    folder = copy_sample(tmp_path)
    monkeypatch.chdir(folder)
    save_facts(ArtefactStore.beside(folder), sample_facts())
    return folder


def test_check_tells_what_a_port_takes_and_what_not(capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers by kind, then each place; what stays has a reason and a recipe."""
    assert run(["rewrite", "reviews", "--check"]) == 0
    text = capsys.readouterr().out
    assert "  function 11\n" in text
    assert "  shop/api/reviews.py:21:19 shop.reviews.queries:product_summary\n" in text
    assert (
        "signal: a signal does not leave its process\n"
        "  recipe: an event, written to an outbox in the sender's transaction; the receiver becomes its consumer\n"
    ) in text


def test_json_has_every_seam(capsys: pytest.CaptureFixture[str]) -> None:
    """With kind, place, use, reason and recipe."""
    assert run(["rewrite", "reviews", "--check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["port"] == "shop.reviews_port"
    assert {
        "kind": "function",
        "file": "shop/api/reviews.py",
        "line": 21,
        "column": 19,
        "used": "shop.reviews.queries:product_summary",
        "why": None,
        "recipe": None,
    } in found["seams"]


def test_a_service_without_code_can_not_be_rewritten(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message says what to declare."""
    (shop / "strangler.toml").write_text('[services.reviews]\nupstreams = ["http://127.0.0.1:1"]\n')
    assert run(["rewrite", "reviews", "--check"]) == 2
    assert "name its modules in strangler.toml: [services.reviews] modules" in capsys.readouterr().err
