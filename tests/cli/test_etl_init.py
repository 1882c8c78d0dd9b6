"""``strangler etl init``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.project_reader import load_project
from tests.cli.saved_shop import save_shop

FILE = """\
# Ours.
[services.orders]  # the boundary
tables = ["orders_order"]
[services.mail]
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An analysed project, which is the current folder."""
    save_shop(tmp_path)
    (tmp_path / "strangler.toml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_mapping_is_added_and_nothing_else_changes(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What stood in the file stands there still; a second call is refused."""
    assert run(["etl", "init", "orders"]) == 0
    said = capsys.readouterr()
    assert said.out == "wrote [etl.orders] to strangler.toml: 1 table, 1 foreign key across the boundary\n"
    assert said.err == "next: look it over, then run: strangler etl plan orders\n"
    assert (shop / "strangler.toml").read_text().startswith(FILE)
    assert [table.target for table in load_project(shop).etl["orders"]] == ["order"]
    written = (shop / "strangler.toml").read_text()
    assert run(["etl", "init", "orders"]) == 2
    assert "there is a mapping already: [etl.orders]; edit it, or delete it first" in capsys.readouterr().err
    assert (shop / "strangler.toml").read_text() == written


def test_the_outcome_in_json(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file, the tables and how many foreign keys cross."""
    assert run(["etl", "init", "orders", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    expected = {"path": str(shop / "strangler.toml"), "tables": ["orders_order"], "crossing": 1, "design": None}
    assert written == expected


def test_a_document_that_is_not_named_or_not_there_is_told(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the mapping would have other names than what is generated from it."""
    project = shop / "strangler.toml"
    assert run(["design", "extract", "orders"]) == 0
    capsys.readouterr()
    assert run(["etl", "init", "orders"]) == 0
    said = "design/orders.json5 is not asked, as [services.orders] does not name it"
    assert said in capsys.readouterr().err
    project.write_text(FILE.replace("[services.mail]", 'design = "gone.json5"\n[services.mail]'))
    assert run(["etl", "init", "orders"]) == 0
    assert "gone.json5 is not there yet: names and keys are a proposal" in capsys.readouterr().err


def test_a_service_without_tables_has_nothing_to_map(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says which key is missing."""
    assert run(["etl", "init", "mail"]) != 0
    assert "[services.mail]: the service owns no tables" in capsys.readouterr().err
    assert (shop / "strangler.toml").read_text() == FILE
