"""``strangler rewrite``."""

from __future__ import annotations

import json
import subprocess
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


def git(*arguments: str) -> str:
    """Run git in the current folder."""
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    return subprocess.run(["git", *who, *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def committed(shop: Path) -> Path:
    """Commit the copy."""
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "as it was")
    return shop


def test_check_tells_what_would_change_and_what_not(capsys: pytest.CaptureFixture[str]) -> None:
    """Files, operations with the side that answers, then each place that stays, with a reason and a recipe."""
    assert run(["rewrite", "reviews", "--check"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("reviews: 89 seams (11 function, 2 class, ")
    assert "  shop/api/reviews.py (11 calls)\n" in text
    assert "  product_summary (reads) v2: GET /api/products/{product_id}/reviews\n" in text
    assert "  flag_review (writes) v2: POST /_port_/flag_review\n" in text
    assert (
        "signal: a signal does not leave its process\n"
        "  recipe: an event, written to an outbox in the sender's transaction; the receiver becomes its consumer\n"
    ) in text


def test_json_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """Seams with kind, place, use, reason and recipe; operations; files."""
    assert run(["rewrite", "reviews", "--json"]) == 0
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
    assert {
        "name": "product_summary",
        "function": "shop.reviews.queries:product_summary",
        "reads": True,
        "request": "GET /api/products/{product_id}/reviews",
        "reason": None,
    } in found["operations"]
    assert {"file": "shop/api/reviews.py", "result": "changed", "calls": 11, "reason": None, "left": []} in found[
        "files"
    ]


def test_a_patch_is_what_writing_does(committed: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Git applies the one, and finds the other clean."""
    assert run(["rewrite", "reviews", "--diff"]) == 0
    patch = committed.parent / "port.patch"
    patch.write_bytes(capfdbinary.readouterr().out)
    git("apply", str(patch))
    git("add", "--all")
    git("commit", "--quiet", "--message", "by the patch")
    applied = git("rev-parse", "HEAD^{tree}")
    git("reset", "--quiet", "--hard", "HEAD^")
    assert run(["rewrite", "reviews", "--write"]) == 0
    git("add", "--all")
    git("commit", "--quiet", "--message", "by the command")
    assert git("rev-parse", "HEAD^{tree}") == applied


@pytest.mark.usefixtures("committed")
def test_only_lines_with_calls_and_imports_change() -> None:
    """Eleven calls and one import."""
    assert run(["rewrite", "reviews", "--write", "--quiet"]) == 0
    assert git("diff", "--numstat") == "12\t12\tshop/api/reviews.py\n"
    assert git("status", "--porcelain", "--untracked-files=normal").endswith("?? shop/reviews_port/\n")


@pytest.mark.usefixtures("committed")
def test_a_second_run_says_that_nothing_is_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """It does not announce changes that are none."""
    assert run(["rewrite", "reviews", "--write", "--only", "shop/catalog"]) == 0
    assert "\nWritten\n" in capsys.readouterr().out
    assert run(["rewrite", "reviews", "--check", "--only", "shop/catalog"]) == 0
    said = capsys.readouterr().out
    assert "\nNothing would change\n" in said
    assert "Would change" not in said


@pytest.mark.usefixtures("committed")
def test_only_what_was_asked_for_is_rewritten(capsys: pytest.CaptureFixture[str]) -> None:
    """The port is written all the same."""
    assert run(["rewrite", "reviews", "--write", "--only", "shop/catalog"]) == 0
    assert "shop/api/reviews.py" not in capsys.readouterr().out.partition("Operations")[0]
    assert git("diff", "--numstat") == ""
    assert run(["rewrite", "reviews", "--only", "shop/nowhere"]) == 2
    assert "there is no shop/nowhere" in capsys.readouterr().err


def test_nothing_is_written_over_changes_that_are_not_committed(
    committed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Git could not take the one back without the other."""
    (committed / "notes.txt").write_text("mine")
    assert run(["rewrite", "reviews", "--write"]) == 3
    assert "has changes that are not committed: ?? notes.txt; commit or stash them first" in capsys.readouterr().err
    assert not (committed / "shop/reviews_port").exists()


def test_nothing_is_written_without_git(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing could take it back."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path.cwd().parent))
    assert run(["rewrite", "reviews", "--write"]) == 3
    assert "is in no git repository" in capsys.readouterr().err


def test_a_service_without_code_can_not_be_rewritten(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message says what to declare, and who proposes it."""
    (shop / "strangler.toml").write_text('[services.reviews]\nupstreams = ["http://127.0.0.1:1"]\nmodules = []\n')
    assert run(["rewrite", "reviews", "--check"]) == 2
    assert capsys.readouterr().err == (
        "error: no code belongs to the service reviews; name its modules in strangler.toml: [services.reviews]"
        ' modules = ["..."]; strangler suggest proposes some\n'
    )


def test_a_module_that_the_map_does_not_have_is_refused(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without its code, the boundary would be another one: every use inside the service would count as a seam."""
    rules = shop / "strangler.toml"
    rules.write_text(rules.read_text().replace('modules = ["shop.reviews"]', 'modules = ["shop.api", "shop.revews"]'))
    assert run(["rewrite", "reviews", "--check"]) == 3
    assert capsys.readouterr().err == (
        "error: [services.reviews] modules: the map has no module shop.revews; did you mean shop.reviews? correct the"
        " line in strangler.toml, or if the code is newer than the map, run: strangler analyze\n"
    )


@pytest.mark.parametrize("options", [["--check", "--diff"], ["--diff", "--write"], ["--diff", "--json"]])
def test_options_that_contradict_each_other_are_refused(options: list[str]) -> None:
    """None wins silently."""
    assert run(["rewrite", "reviews", *options]) == 2
