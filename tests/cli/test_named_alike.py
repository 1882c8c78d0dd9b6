"""What is drafted, generated and copied of a service has one name for each table and one kind of key."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from strangler.cli.main import run
from strangler.project_reader import load_project
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from tests.contracts.documents import library_of
from tests.contracts.generation.generated_package import generated_package

_MODELS = """\
from django.db import models

class BadgeData(models.Model):
    slug = models.CharField(max_length=50, unique=True)
    awarded_count = models.PositiveIntegerField(default=0)

class Award(models.Model):
    badge = models.ForeignKey(BadgeData, on_delete=models.CASCADE)
    notified = models.BooleanField(default=False)
"""
_ROWS = """\
CREATE TABLE forum_badgedata (id integer PRIMARY KEY, slug varchar(50) NOT NULL UNIQUE, awarded_count integer NOT NULL);
CREATE TABLE forum_award (
    id integer PRIMARY KEY, badge_id bigint NOT NULL REFERENCES forum_badgedata, notified bool NOT NULL
);
INSERT INTO forum_badgedata VALUES (3, 'teacher', 1);
INSERT INTO forum_award VALUES (7, 3, TRUE);
"""
_PROJECT = """\
[monolith]
root = "app"
database = "${SOURCE}"

[services.badges]
modules = ["forum.models"]
tables = ["forum_badgedata", "forum_award"]
database = "${TARGET}"
"""
_NAMED = 'design = "design/badges.json5"\n'
_TAKEN_OVER = {"badge_data": {"id": 3, "slug": "teacher", "awarded_count": 1}, "award": {"id": 7, "badge_id": 3}}


@pytest.fixture
def forum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An analysed forum; its project is the current folder."""
    for name, text in {"manage.py": "", "forum/__init__.py": "", "forum/models.py": _MODELS}.items():
        (tmp_path / "app" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "app" / name).write_text(text)
    with closing(sqlite3.connect(tmp_path / "source.sqlite3")) as connection:
        connection.executescript(_ROWS)
    (tmp_path / "strangler.toml").write_text(_PROJECT + _NAMED)
    monkeypatch.setenv("SOURCE", f"sqlite:///{tmp_path / 'source.sqlite3'}")
    monkeypatch.chdir(tmp_path)
    assert run(["analyze", "--quiet"]) == 0
    return tmp_path


def _read_by_the_service(url: str, folder: Path) -> Mapping[str, Mapping[str, object]]:
    """The first row of each model's table, as what is generated from the document reads it."""
    library = library_of({"reviews": Path("design/badges.json5").read_text(encoding="utf-8")}, "reviews")
    found: dict[str, Mapping[str, object]] = {}
    with generated_package(library, folder) as package, open_database(DatabaseUrl(url)) as database:
        for name, model in (("badge_data", package.models.BadgeData), ("award", package.models.Award)):
            columns = [field.name for field in msgspec.structs.fields(model)]
            (row,) = database.rows(f'SELECT {", ".join(columns)} FROM "{name}"')
            found[name] = msgspec.structs.asdict(msgspec.convert(dict(zip(columns, row, strict=True)), model))
    return found


@pytest.mark.postgres
def test_a_generated_service_reads_what_was_copied(
    forum: Path, postgres_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The document was first: the mapping has its names and its keys, and so have the tables that are made."""
    monkeypatch.setenv("TARGET", postgres_database)
    assert run(["design", "extract", "badges", "--quiet"]) == 0
    assert run(["generate", "badges", "--quiet"]) == 0
    capsys.readouterr()
    assert run(["etl", "init", "badges"]) == 0
    assert "names and keys are those of design/badges.json5\n" in capsys.readouterr().err
    assert run(["etl", "run", "badges", "--create", "--progress", "none", "--quiet"]) == 0
    read = _read_by_the_service(postgres_database, forum / "imported")
    assert {name: {key: row[key] for key in _TAKEN_OVER[name]} for name, row in read.items()} == _TAKEN_OVER


@pytest.mark.usefixtures("forum")
def test_a_document_follows_the_mapping_that_was_first() -> None:
    """A model has the target's name, and the key that the mapping gives it."""
    assert run(["etl", "init", "badges"]) == 0
    assert [table.target for table in load_project(Path()).etl["badges"]] == ["badgedata", "award"]
    assert run(["design", "extract", "badges"]) == 0
    document = library_of({"badges": Path("design/badges.json5").read_text(encoding="utf-8")}, "badges").document(
        "badges"
    )
    keys = {model.name: {field.name: str(field.type) for field in model.fields} for model in document.models}
    assert keys["badgedata"] == {"id": "uuid", "number": "integer", "slug": "string", "awarded_count": "integer"}
    assert keys["award"]["badge_id"] == "uuid"
