"""`strangler dependencies`, with pip and an index on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.model.errors import ExitCode
from tests.upkeep.package_index import package_index

PROJECT = """[monolith]
root = "app"

[services.reviews]
source = "services/reviews"

[services.mail]
modules = ["app.mail"]

[dependencies]
hold = { Held_Back = "until the LTS ends", typo = "nobody needs it" }
"""


@pytest.fixture
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    files = {
        "strangler.toml": PROJECT,
        "app/requirements.txt": "web==1.0\nheld.back==1.0\nown==9\n",
        "services/reviews/pyproject.toml": '[project]\ndependencies = ["web>=1"]\n',
        "services/reviews/uv.lock": '[[package]]\nname = "web"\nversion = "2.0"\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with package_index({"web": ("1.0", "1.5", "2.0", "3.0rc1"), "held-back": ("1.0", "2.0")}) as address:
        monkeypatch.setenv("PIP_INDEX_URL", address)
        monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
        yield


@pytest.mark.usefixtures("_shop")
def test_what_is_behind_is_told_with_its_owner_and_the_command_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """Held packages with their reason, packages nobody has, versions that differ; and as JSON."""
    assert run(["dependencies", "packages", "--progress", "none"]) == ExitCode.FINDINGS
    output = capsys.readouterr()
    assert output.out.splitlines() == [
        "monolith (app): 3 packages, 1 behind",
        "  held-back  1.0  -> 2.0  held: until the LTS ends  requirements.txt",
        "  own        9            not in the index          requirements.txt",
        "  web        1.0  -> 2.0  2 releases behind         requirements.txt",
        "",
        "reviews (services/reviews): 1 package, 0 behind",
        "",
        "In different versions:",
        "  web: monolith 1.0, reviews 2.0",
        "",
    ]
    assert "[dependencies] hold: typo is not behind, or nothing needs it; take it out" in output.err
    assert 'mail: not looked at; name the folder of its code: source = "services/mail"' in output.err

    assert run(["dependencies", "packages", "reviews", "--all", "--json", "--progress", "none"]) == ExitCode.OK
    (owner,) = json.loads(capsys.readouterr().out)["owners"]
    assert (owner["name"], owner["folder"]) == ("reviews", "services/reviews")
    assert [(each["name"], each["standing"], each["files"]) for each in owner["packages"]] == [
        ("web", "current", ["uv.lock"])
    ]


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["mail"], ExitCode.USAGE, 'write source = "FOLDER" into [services.mail]'),
        (["nobody"], ExitCode.USAGE, "there is no service nobody"),
        (["--python", "nowhere/python"], ExitCode.ENVIRONMENT, "--python .venv/bin/python"),
    ],
)
def test_what_can_not_be_asked(
    arguments: list[str], status: ExitCode, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that says how to mend it."""
    assert run(["dependencies", "packages", "--progress", "none", *arguments]) == status
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("_shop")
def test_a_python_without_pip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As uv makes environments."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho $0: No module named pip >&2; exit 1\n")
    python.chmod(0o755)
    assert run(["dependencies", "packages", "--python", str(python)]) == ExitCode.ENVIRONMENT
    assert "has no pip, which knows the package index; give the application's Python" in capsys.readouterr().err


@pytest.mark.usefixtures("_shop")
def test_an_index_that_answers_nothing_is_no_good_news(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing would be behind then."""
    with package_index({}) as address:
        monkeypatch.setenv("PIP_INDEX_URL", address)
        assert run(["dependencies", "packages", "reviews", "--progress", "none"]) == ExitCode.ENVIRONMENT
    assert "the package index knows none of 1 package" in capsys.readouterr().err


@pytest.mark.usefixtures("_shop")
def test_an_index_that_is_not_reached_is_told_although_others_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pip goes on with a folder of wheels, and would call the rest unknown."""
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "web-9.0-py3-none-any.whl").touch()
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    assert run(["dependencies", "packages", "reviews", "--progress", "none"]) == ExitCode.ENVIRONMENT
    assert "the package index does not say which web there are: http://127.0.0.1:9/web/" in capsys.readouterr().err
