"""``strangler graph``."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from strangler.cli.main import run
from tests.cli.saved_shop import save_shop


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the analysed shop, which is the current folder."""
    monkeypatch.chdir(save_shop(tmp_path))


@pytest.mark.parametrize(
    ("format_", "begin"),
    [
        ("json", b'{"schema":"strangler.nodes-and-edges"'),
        ("graphml", b'<?xml version="1.0" encoding="utf-8"?>\n<graphml'),
        ("dot", b'digraph "shop" {'),
        ("mermaid", b"flowchart LR\n"),
        ("facts", b'{\n "routes": ['),
    ],
)
def test_writes_each_format_to_standard_output(
    format_: str, begin: bytes, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Only the document, so that it can be piped."""
    assert run(["graph", "--format", format_]) == 0
    captured = capfdbinary.readouterr()
    assert captured.out.startswith(begin)
    assert captured.err == b""


def test_csv_is_an_archive_on_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Two files in one stream."""
    assert run(["graph", "--format", "csv"]) == 0
    with zipfile.ZipFile(io.BytesIO(capfdbinary.readouterr().out)) as archive:
        assert archive.namelist() == ["nodes.csv", "edges.csv"]


def test_csv_is_a_folder_or_an_archive_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The name decides; what was written is said."""
    assert run(["graph", "--format", "csv", "--output", "tables"]) == 0
    assert capsys.readouterr().err == "wrote tables/nodes.csv\nwrote tables/edges.csv\n"
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == ["edges.csv", "nodes.csv"]
    assert run(["graph", "--format", "csv", "--output", "tables.zip"]) == 0
    assert zipfile.is_zipfile(tmp_path / "tables.zip")


def test_writes_to_a_file(tmp_path: Path) -> None:
    """Whole or not at all."""
    assert run(["graph", "--format", "facts", "--output", "facts.json"]) == 0
    assert set(json.loads((tmp_path / "facts.json").read_text())) == {
        "routes",
        "tables",
        "imports",
        "calls",
        "requests",
        "function_tables",
    }


def test_draws_apps(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Mermaid at the level of apps."""
    assert run(["graph", "--format", "mermaid", "--level", "apps"]) == 0
    assert b'u3["shop.orders"]' in capfdbinary.readouterr().out
