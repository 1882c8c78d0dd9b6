"""``strangler retire``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.model.generated_code import ABOUT
from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import save_facts
from tests.cli.git_repository import commit_all, git
from tests.sample_monolith import copy_sample, sample_facts


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the sample monolith, analysed and committed; it is the current folder."""
    folder = copy_sample(tmp_path)
    monkeypatch.chdir(folder)
    save_facts(ArtefactStore.beside(folder), sample_facts())
    (folder / ".gitignore").write_text(".strangler/\n")
    commit_all(folder, "as it was")
    return folder


def test_the_list_says_what_is_dead_what_stays_and_why(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It also says what still reaches v1: nothing has been cut over here."""
    rules = shop / "strangler.toml"
    rules.write_text(rules.read_text().replace(', "PUT"] }', "] }"))  # a method that nobody thought of
    assert run(["retire", "reviews"]) == 0
    text = capsys.readouterr().out
    assert "Too early: v1 is still reached\n  gateway: " in text
    assert (
        "  shop/reviews/views.py:114:1 function shop.reviews.views:vote:"
        " answers only POST /products/{slug}/reviews/{pk}/vote, which reviews does now\n"
    ) in text
    assert "  shop/reviews/models.py:111:1 shop.reviews.models:Vote: " in text
    assert "function shop.reviews.services:moderate_many: only tests use it: tests.test_commands:JobsTest." in text
    assert (
        "  shop/reviews/views.py:58:1 shop.reviews.views:ReviewCreateView: answers PUT /products/{slug}/reviews/new\n"
        in text
    )


def test_json_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """Items with kind, place, reason and confidence; files; conditions; SQL."""
    assert run(["retire", "reviews", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {
        "kind": "function",
        "name": "shop.api.reviews:flag",
        "place": {"file": "shop/api/reviews.py", "line": 98, "column": 1},
        "reason": "answers only ANY /api/reviews/{pk}/flag, which reviews does now",
        "confidence": "certain",
    } in found["dead"]
    assert [condition["name"] for condition in found["missing"]] == ["gateway", "authority"]
    assert {"file": "shop/api/reviews.py", "result": "removed", "calls": 0, "reason": None, "left": []} in found[
        "files"
    ]
    assert found["sql"] == ""


def test_nothing_is_removed_while_v1_is_reached(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Or while nobody can say that it is not."""
    assert run(["retire", "reviews", "--write"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: service reviews: too early to retire: gateway: ")
    assert error.endswith("; strangler retire reviews lists what stands in the way; --force removes all the same\n")
    assert git(shop, "status", "--porcelain") == ""


def test_a_service_without_code_on_the_map_is_refused(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All that only its own code uses would look dead; where a module of it is left, the others may be retired."""
    rules = shop / "strangler.toml"
    declared = rules.read_text()
    rules.write_text(declared.replace('modules = ["shop.reviews"]', 'modules = ["shop.revews"]'))
    assert run(["retire", "reviews"]) == 3
    assert "the map has no module shop.revews; did you mean shop.reviews? " in capsys.readouterr().err
    rules.write_text(declared.replace('modules = ["shop.reviews"]', 'modules = ["shop.reviews", "shop.votes"]'))
    assert run(["retire", "reviews"]) == 0


def test_nothing_is_removed_over_changes_that_are_not_committed(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Git could not take the one back without the other."""
    (shop / "notes.txt").write_text("mine")
    assert run(["retire", "reviews", "--write", "--force"]) == 3
    assert "has changes that are not committed: ?? notes.txt" in capsys.readouterr().err


def test_nothing_is_removed_that_git_ignores(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tree looks clean, and nobody could bring it back."""
    (shop / ".gitignore").write_text(".strangler/\nshop/reviews/forms.py\n")
    git(shop, "rm", "--quiet", "--cached", "shop/reviews/forms.py")
    commit_all(shop, "without forms")
    assert (shop / "shop/reviews/forms.py").exists()
    assert run(["retire", "reviews", "--write", "--force"]) == 3
    assert "forms.py: git does not keep this file" in capsys.readouterr().err
    assert git(shop, "status", "--porcelain") == ""


def test_a_patch_is_what_writing_does(shop: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Files that go are in it."""
    assert run(["retire", "reviews", "--diff"]) == 0
    patch = shop.parent / "retire.patch"
    patch.write_bytes(capfdbinary.readouterr().out)
    git(shop, "apply", str(patch))
    commit_all(shop, "by the patch")
    applied = git(shop, "rev-parse", "HEAD^{tree}")
    git(shop, "reset", "--quiet", "--hard", "HEAD^")
    save_facts(ArtefactStore.beside(shop), sample_facts())
    assert run(["retire", "reviews", "--write", "--force"]) == 0
    commit_all(shop, "by the command")
    assert git(shop, "rev-parse", "HEAD^{tree}") == applied


@pytest.mark.parametrize("option", ["--diff", "--write", "--json"])
def test_a_map_older_than_the_source_removes_nothing(
    shop: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its lines are those of other statements now: live routes went with a line that was added above them."""
    urls = shop / "shop" / "api" / "urls.py"
    urls.write_text("# A line more.\n" + urls.read_text())
    commit_all(shop, "a line more")
    before = git(shop, "rev-parse", "HEAD^{tree}")
    before_that = urls.stat().st_mtime - 1
    os.utime(ArtefactStore.beside(shop).graph_path, (before_that, before_that))
    assert run(["retire", "reviews", option, *(["--force"] if option == "--write" else [])]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "error: the map is older than shop/" in captured.err
    assert captured.err.endswith("; run: strangler analyze\n")
    assert (git(shop, "status", "--porcelain"), git(shop, "rev-parse", "HEAD^{tree}")) == ("", before)


def test_settings_in_folders_name_code(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What deploys the monolith, or schedules its work, seldom lies at the top."""
    (shop / "deploy").mkdir()
    (shop / "deploy" / "jobs.yaml").write_text("run: shop.reviews.views.vote\n")
    assert run(["retire", "reviews", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "shop.reviews.views:vote" not in [item["name"] for item in found["dead"]]
    used = {item["name"]: item["used_by"] for item in found["kept"]}
    assert used["shop.reviews.views:vote"] == "text:deploy/jobs.yaml"


def test_what_is_excluded_from_the_map_uses_code(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody looked into it, and it may import what would go."""
    (shop / "vendor").mkdir()
    (shop / "vendor" / "jobs.py").write_text("from shop.reviews.views import vote\n")
    project = shop / "strangler.toml"
    project.write_text(project.read_text().replace("[monolith]\n", '[monolith]\nexclude = ["vendor"]\n', 1))
    commit_all(shop, "jobs of others")
    assert run(["retire", "reviews", "--json"]) == 0
    used = {item["name"]: item["used_by"] for item in json.loads(capsys.readouterr().out)["kept"]}
    assert used["shop.reviews.views:vote"] == "text:vendor/jobs.py"


def test_what_is_written_of_a_generated_service_uses_code(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is no part of the map, and its handlers may import what would go; what is generated imports nothing of v1."""
    package = shop / "services" / "reviews" / "reviews_service"
    (package / "generated").mkdir(parents=True)
    (package / "generated" / "__init__.py").write_text(f"# {ABOUT}\n'shop.reviews.views.reviews_of_product'\n")
    (package / "handlers.py").write_text("from shop.reviews.views import vote\n")
    commit_all(shop, "a service")
    assert run(["retire", "reviews", "--json"]) == 0
    used = {item["name"]: item["used_by"] for item in json.loads(capsys.readouterr().out)["kept"]}
    assert used["shop.reviews.views:vote"] == "text:services/reviews/reviews_service/handlers.py"
    assert "text:services/reviews/reviews_service/generated/__init__.py" not in used.values()


@pytest.mark.parametrize("options", [["--diff", "--write"], ["--diff", "--json"]])
def test_options_that_contradict_each_other_are_refused(options: list[str]) -> None:
    """None wins silently."""
    assert run(["retire", "reviews", *options]) == 2


def test_a_place_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the pen must not let code go, nor be taken for done."""
    assert run(["retire", "reviews", "--despite", "shop/nothing.py:3"]) == 2
    assert "--despite shop/nothing.py:3: there is no such file in the map" in capsys.readouterr().err
