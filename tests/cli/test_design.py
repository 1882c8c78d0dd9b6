"""``strangler design``: documents of a project on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.model.design import DesignRule
from tests.contracts.documents import COMMON, REVIEWS


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project with the document of one service; its folder is the current one."""
    (tmp_path / "design").mkdir()
    (tmp_path / "design" / "common.json5").write_text(COMMON)
    (tmp_path / "design" / "reviews.json5").write_text(REVIEWS)
    (tmp_path / "strangler.toml").write_text('[services.reviews]\ndesign = "design/reviews.json5"\n[services.orders]\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def _change(folder: Path, old: str, new: str, file: str = "design/reviews.json5") -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


@pytest.mark.usefixtures("shop")
def test_documents_that_keep_the_rules_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """What they import is looked at with them."""
    assert run(["design", "lint"]) == 0
    assert capsys.readouterr().out == "nothing breaks a rule in 2 documents\n"


def test_findings_are_told_with_reason_and_remedy(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By rule, each with its place; the exit status is 1."""
    _change(shop, ', annotations: ["personal_data"]', "")
    assert run(["design", "lint", "reviews"]) == 1
    assert capsys.readouterr().out == (
        "1 finding in 2 documents\n"
        "\n"
        "personal-data (1): Whether a field is about a person is decided, not guessed: law depends on it.\n"
        "  review.email may be about a person, and nobody has decided  design/reviews.json5:10\n"
        '    remedy: decide: annotations: ["personal_data"] or ["not_personal_data"]\n'
    )
    assert run(["design", "lint", "--json", "--sarif", "lint.sarif"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["location"] == {"file": "design/reviews.json5", "line": 10}
    (result,) = json.loads((shop / "lint.sarif").read_text())["runs"][0]["results"]
    assert result["ruleId"] == "personal-data"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "design/reviews.json5"


def test_rules_are_chosen_in_the_project_file(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that is not there is told with its place."""
    _change(shop, ', annotations: ["personal_data"]', "")
    _change(shop, "[services.orders]", '[design.lint]\nexempt = { personal-data = ["review.email"] }', "strangler.toml")
    assert run(["design", "lint"]) == 0
    _change(shop, "personal-data", "personl-data", "strangler.toml")
    capsys.readouterr()
    assert run(["design", "lint"]) == 3
    assert capsys.readouterr().err == (
        "error: strangler.toml:4:12: there is no rule personl-data; did you mean personal-data?\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lint", "orders"], "[services.orders] names no design document"),
        (["lint", "revews"], "there is no service revews in strangler.toml; known services: reviews, orders"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_a_service_without_a_document_is_told(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to write where."""
    assert run(["design", *arguments]) in {2, 3}
    assert message in capsys.readouterr().err


def test_a_wrong_document_is_told_with_its_place(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the user would name the file."""
    _change(shop, "fields: [", "feilds: [")
    assert run(["design", "lint"]) == 3
    assert "error: design/reviews.json5:8:7: unknown key feilds in models.review; did you mean fields?" in (
        capsys.readouterr().err
    )


@pytest.mark.usefixtures("shop")
def test_every_rule_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """With its reason."""
    assert run(["design", "rules"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [*map(str, DesignRule)]
