"""``strangler init``."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.cli.init import render
from strangler.cli.main import run
from strangler.detection import Detection
from strangler.project_reader import load_project, parse_project
from tests.cli.closed_folder import close
from tests.test_detection import MANAGE


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a small Django project, which is the current folder."""
    folder = tmp_path / "my-shop"
    (folder / "app" / "shop").mkdir(parents=True)
    (folder / "app" / "manage.py").write_text(MANAGE)
    (folder / "app" / "shop" / "settings.py").write_text('ROOT_URLCONF = "shop.urls"\n')
    monkeypatch.chdir(folder)
    return folder


def test_init_writes_what_it_found(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file reads at once, and the output says what was found where."""
    assert run(["init"]) == 0
    assert capsys.readouterr() == (
        (
            "wrote strangler.toml\n"
            "  framework  django (app/manage.py)\n"
            "  settings   shop.settings (app/manage.py)\n"
            "  urlconf    shop.urls (app/shop/settings.py)\n"
            "  database   ${MY_SHOP_DATABASE_URL}\n"
        ),
        "next: look it over, then run: strangler analyze\n",
    )
    assert load_project(shop).source_root == shop / "app"
    assert (shop / "strangler.toml").read_text().splitlines()[3:11] == [
        "[monolith]",
        'root = "app"',
        "# Detected on each run; uncomment a line to settle it.",
        '# framework = "django"',
        '# settings = "shop.settings"',
        '# urlconf = "shop.urls"',
        'database = "${MY_SHOP_DATABASE_URL}"',
        'upstreams = ["http://127.0.0.1:8000"]',
    ]


@pytest.mark.usefixtures("shop")
def test_init_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The same for programs."""
    assert run(["init", "--json"]) == 0
    assert capsys.readouterr().out == (
        """{
  "path": "strangler.toml",
  "detected": {
    "root": "app",
    "framework": "django",
    "settings": "shop.settings",
    "urlconf": "shop.urls",
    "engine": null,
    "database_variable": null
  }
}
"""
    )


def test_init_never_overwrites_without_force(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the user wrote is the user's."""
    file = shop / "strangler.toml"
    file.write_text("# mine\n")
    assert run(["init"]) == 2
    assert capsys.readouterr().err == "error: strangler.toml: already exists; use --force to overwrite it\n"
    assert file.read_text() == "# mine\n"
    assert run(["init", "--force"]) == 0
    assert file.read_text() != "# mine\n"


@pytest.mark.parametrize(("text", "status"), [("[gateway]\nread_only = true\n", 3), ("", 4)])
def test_init_overwrites_nothing_that_is_made_elsewhere(shop: Path, text: str, status: int) -> None:
    """Not by force either: the file says that it is read-only, or nobody may write it."""
    file = shop / "strangler.toml"
    file.write_text(text)
    if not text:
        file.chmod(0o444)
    assert run(["init", "--force"]) == status
    assert file.read_text() == text


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("path", "message"),
    [("nowhere", "nowhere: there is no such folder"), ("app/manage.py", "app/manage.py: is not a folder")],
)
def test_init_needs_a_folder(path: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that is no folder is bad input."""
    assert run(["init", path]) == 3
    assert capsys.readouterr().err == f"error: {message}\n"


@pytest.mark.parametrize(
    ("path", "reason"), [("closed", "Permission denied"), ("x" * 5_000, "File name too long")], ids=["closed", "long"]
)
def test_init_says_why_it_can_not_look(
    path: str, reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A closed folder and a path too long for the system are bad input, no bug."""
    close(monkeypatch, "closed")
    assert run(["init", path]) == 3
    assert capsys.readouterr().err == f"error: {path}: cannot be read: {reason}\n"


def test_init_finds_nothing_in_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown framework is said, not guessed."""
    monkeypatch.chdir(tmp_path)
    assert run(["init", "-q"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "wrote strangler.toml",
        "  framework  not found: set it by hand",
    ]


def test_the_commented_part_is_valid_once_uncommented() -> None:
    """Users take the comment signs away section by section; each example then reads."""
    text = render(Detection(), "shop")
    begin = text.index("# The gateway in front")
    examples = [
        line.removeprefix("# ") for line in text[begin:].splitlines() if line.startswith("# [") or " = " in line
    ]
    project = parse_project(text[:begin] + "\n".join(examples))
    assert project.services["reviews"].tables == ("reviews_review", "reviews_vote")
    assert project.routes[0].traffic.v2 == 5
    assert [mapping.target for mapping in project.etl["reviews"]] == ["review"]
    assert str(project.gateway.listen) == "0.0.0.0:8080"


@pytest.mark.parametrize("name", ['we"ird', "{braces}", "ünïcode", "42"])
def test_any_folder_name_gives_a_valid_file(name: str) -> None:
    """Names end up in strings and in the name of a variable."""
    project = parse_project(render(Detection(root=name), name))
    assert project.monolith.root == name
    assert project.monolith.database is not None
    assert len(project.monolith.database.names) == 1
