"""``strangler generate``: a service's folder on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.planner.map_age import newer_than
from strangler.project_reader import load_project
from tests.contracts.documents import COMMON, REVIEWS

GENERATED = Path("services/reviews/reviews_service/generated")
HANDLERS = Path("services/reviews/reviews_service/handlers.py")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project whose service is generated; its folder is the current one."""
    (tmp_path / "design").mkdir()
    (tmp_path / "design" / "common.json5").write_text(COMMON)
    (tmp_path / "design" / "reviews.json5").write_text(REVIEWS)
    (tmp_path / "strangler.toml").write_text('[services.reviews]\ndesign = "design/reviews.json5"\n[services.orders]\n')
    monkeypatch.chdir(tmp_path)
    assert run(["generate", "reviews"]) == 0
    return tmp_path


def _change_document(old: str, new: str) -> None:
    document = Path("design/reviews.json5")
    text = document.read_text()
    assert old in text
    document.write_text(text.replace(old, new, 1))


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_was_generated_is_told(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    """With the handlers that are to be written; generating again changes nothing."""
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("services/reviews: ")
    assert told[0].endswith(" generated files written, 0 files unchanged")
    assert "reviews_service/handlers.py" in told[1]
    assert told[2:4] == ["handlers to be written (3):", "  get_reviews  reviews_service/handlers.py:17"]
    before = _files(shop)
    readme = Path("services/reviews/README.md").read_text()
    assert "`reviews.json5`" in readme
    assert "`strangler generate reviews`" in readme
    assert run(["generate", "reviews"]) == run(["generate", "reviews", "--check"]) == 0
    assert _files(shop) == before


@pytest.mark.usefixtures("shop")
def test_a_change_of_the_document_changes_what_is_generated_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Hand-written files stay as they are, also where one was taken away; --check writes nothing."""
    HANDLERS.write_text(HANDLERS.read_text().replace("raise NotImplementedError", "return []", 1))
    Path("services/reviews/Dockerfile").unlink()
    written = HANDLERS.read_bytes()
    _change_document('method: "DELETE", path: "/{id}"', 'method: "PUT", path: "/{id}"')
    before = _files(GENERATED)
    capsys.readouterr()
    assert run(["generate", "reviews", "--check"]) == 1
    assert "  outdated: reviews_service/generated/port.py" in capsys.readouterr().out.splitlines()
    assert _files(GENERATED) == before
    assert run(["generate", "reviews"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "handlers that are missing (1):",
        "  put_reviews_by_id",
        "handlers to be written (1):",
        "  post_reviews  reviews_service/handlers.py:28",
        "handlers that no operation asks for any more (1):",
        "  delete_reviews_by_id  reviews_service/handlers.py:32",
    ]
    assert HANDLERS.read_bytes() == written
    assert not Path("services/reviews/Dockerfile").exists()
    assert run(["generate", "reviews", "--check"]) == 0
    assert "they do not count here; --strict fails for them" in capsys.readouterr().out
    assert run(["generate", "reviews", "--check", "--strict"]) == 1
    assert "do not count" not in capsys.readouterr().out
    HANDLERS.write_text(HANDLERS.read_text().replace("delete_reviews_by_id", "put_reviews_by_id"))
    HANDLERS.write_text(HANDLERS.read_text().replace("raise NotImplementedError", "return None"))
    assert run(["generate", "reviews", "--check", "--strict"]) == 0


@pytest.mark.usefixtures("shop")
def test_comments_and_order_of_keys_change_nothing() -> None:
    """The stamp is of what the document says."""
    _change_document("{\n  name:", "// reviewed\n{\n\n  name:")
    assert run(["generate", "reviews", "--check"]) == 0


@pytest.mark.usefixtures("shop")
def test_what_gets_no_table_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A key that is called otherwise is none of a table; the health check never has one."""
    assert "tables.sql has no table" not in capsys.readouterr().out
    _change_document('{ name: "id", type: "uuid"', '{ name: "review_id", type: "uuid"')
    run(["generate", "reviews", "--check"])
    assert "tables.sql has no table for review: no field is called id, and is required\n" in capsys.readouterr().out


@pytest.mark.usefixtures("shop")
def test_tables_that_changed_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """As what is there already has to be migrated, by hand; a second run has nothing to tell."""
    _change_document(
        '{ name: "created_at", type: "date-time-iso8601" },',
        '{ name: "created", type: "date-time-iso8601" }, { name: "votes", type: "long" },',
    )
    _change_document('name: "stars", type: "integer", minimum: 1, maximum: 5', 'name: "stars", type: "integer"')
    capsys.readouterr()
    assert run(["generate", "reviews", "--check"]) == 1
    told = [
        "tables that changed: write a migration (1):",
        "  review: + created, + votes, - created_at, stars changed",
    ]
    assert "\n".join(told) in capsys.readouterr().out
    assert run(["generate", "reviews"]) == 0
    assert "\n".join(told) in capsys.readouterr().out
    assert run(["generate", "reviews"]) == 0
    assert "migration" not in capsys.readouterr().out


@pytest.mark.usefixtures("shop")
def test_an_edited_file_is_not_overwritten_unless_forced(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is anything else then; other ends of lines are no edit."""
    port, models = GENERATED / "port.py", GENERATED / "models.py"
    models.write_bytes(models.read_bytes().replace(b"\n", b"\r\n"))
    assert run(["generate", "reviews", "--check"]) == 0
    port.write_text(port.read_text().replace("limit: int", "limit: float"))
    _change_document("Many reviews.", "All reviews.")
    before = _files(GENERATED)
    capsys.readouterr()
    assert run(["generate", "reviews"]) == 3
    assert capsys.readouterr().err == (
        "error: services/reviews: reviews_service/generated/port.py was edited, and generating would overwrite it;"
        " move what was written there to a file of your own, then: --force\n"
    )
    assert _files(GENERATED) == before
    assert run(["generate", "reviews", "--check"]) == 1
    assert run(["generate", "reviews", "--force"]) == run(["generate", "reviews", "--check"]) == 0


@pytest.mark.usefixtures("shop")
def test_what_is_generated_no_more_goes_unless_somebody_wrote_it() -> None:
    """A file without a stamp is somebody's."""
    old, own = GENERATED / "old.py", GENERATED / "own.py"
    old.write_bytes((GENERATED / "port.py").read_bytes())
    assert run(["generate", "reviews", "--check"]) == 1
    assert run(["generate", "reviews"]) == 0
    assert not old.exists()
    own.write_text("x = 1\n")
    assert run(["generate", "reviews"]) == 3
    assert own.exists()


@pytest.mark.usefixtures("shop")
def test_a_run_that_was_cut_off_is_gone_on_with() -> None:
    """What was there by then is whole; handlers that were begun by then are kept."""
    (GENERATED / "__init__.py").unlink()
    (GENERATED / "routes.py").unlink()
    Path("services/reviews/pyproject.toml").unlink()
    HANDLERS.write_text(f"{HANDLERS.read_text()}\n\nWRITTEN = True\n")
    assert run(["generate", "reviews"]) == run(["generate", "reviews", "--check"]) == 0
    assert Path("services/reviews/pyproject.toml").exists()
    assert "WRITTEN" in HANDLERS.read_text()


@pytest.mark.usefixtures("shop")
def test_the_result_is_there_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """And handlers that are no Python are told."""
    HANDLERS.write_text("def (")
    capsys.readouterr()
    assert run(["generate", "reviews", "--to", "services/reviews", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["folder"], record["package"], record["current"]) == ("services/reviews", "reviews_service", True)
    assert set(record["states"].values()) == {"unchanged"}
    assert record["tables"] == []
    assert record["handlers"]["missing"] == ["get_reviews", "post_reviews", "delete_reviews_by_id"]
    assert record["handlers"]["unread"] == ["reviews_service/handlers.py"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["orders"], 3, "[services.orders] names no design document"),
        (["reviews", "--check", "--force"], 2, "--check writes nothing, and --force overwrites"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_what_can_not_be_generated_is_told(
    arguments: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to do."""
    assert run(["generate", *arguments]) == status
    assert message in capsys.readouterr().err


def test_a_service_in_the_source_of_the_monolith_is_no_part_of_its_map(
    capsys: pytest.CaptureFixture[str], shop: Path
) -> None:
    """It is left out by itself, which is told once; generating again makes no map too old."""
    (shop / "shop").mkdir()
    (shop / "shop" / "models.py").write_text("")
    capsys.readouterr()
    assert run(["analyze", "--json", "--progress", "none"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["skipped"] == [
        {"file": "services/reviews", "reason": "a service that strangler generate has written"}
    ]
    assert "shop/models.py" not in str(summary["skipped"])
    HANDLERS.touch()
    assert newer_than(Path(".strangler/graph.json"), load_project(Path())) == []
