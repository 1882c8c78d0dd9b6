"""``strangler diff``: what a change does to the graph."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from strangler.cli.main import run
from tests.analyzers.source_tree import write
from tests.cli.git_repository import commit_all

_BEFORE = {
    "shop/orders/services.py": """
        from shop.stock.services import reserve


        def place():
            reserve()
    """,
    "shop/stock/services.py": "def reserve(): ...\n",
    "tests/test_orders.py": "from shop.orders.services import place\n\n\ndef test_place():\n    place()\n",
}
_AFTER = """
# a line that moves what follows

from shop.stock.services import reserve


def place(cursor):
    reserve()
    reserve()
    cursor.execute("UPDATE stock SET left = 0")
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a program of two apps in a repository of its own; its folder is the current one."""
    write(tmp_path, _BEFORE)
    (tmp_path / ".gitignore").write_text(".strangler/\n")
    commit_all(tmp_path, "before")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def _change(folder: Path) -> None:
    (folder / "shop/orders/services.py").write_text(_AFTER)


def test_a_revision_is_compared_with_what_is_there(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """New edges with their place, and the coupling; moved lines are no news."""
    _change(shop)
    assert run(["diff", "--quiet", "HEAD", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["new_nodes"] == ["table:stock"]
    edge = {"kind": "writes", "source": "function:shop.orders.services:place", "target": "table:stock"}
    assert found["new_edges"] == [{"edge": edge, "location": {"file": "shop/orders/services.py", "line": 10}}]
    assert not found["gone_edges"]
    change = {"source": "shop.orders", "target": "shop.stock", "before": 2, "after": 3}
    assert found["coupling"] == [change]


def test_the_page_says_up_or_down(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two revisions, and the other way round what is gone."""
    _change(shop)
    commit_all(shop, "after")
    assert run(["diff", "--quiet", "HEAD~1", "HEAD"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("1 new edge, 0 gone; coupling between apps up by 1 (2 -> 3)\n")
    assert "function:shop.orders.services:place -> table:stock  shop/orders/services.py:10" in out
    assert run(["diff", "--quiet", "HEAD", "HEAD~1"]) == 0
    assert capsys.readouterr().out.startswith("0 new edges, 1 gone; coupling between apps down by 1 (3 -> 2)\n")


def test_files_of_earlier_analyses_are_compared(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By their file, or by the folder that was analysed."""
    assert run(["analyze", "--quiet"]) == 0
    kept = shop / "before.json"
    shutil.copy(shop / ".strangler" / "graph.json", kept)
    _change(shop)
    assert run(["analyze", "--quiet"]) == 0
    capsys.readouterr()
    assert run(["diff", "--quiet", "before.json", "."]) == 0
    assert capsys.readouterr().out.startswith("1 new edge, 0 gone;")
    assert run(["diff", "--quiet", ".", "."]) == 0
    assert capsys.readouterr().out == "no difference\n"


@pytest.mark.usefixtures("shop")
def test_what_is_nothing_of_the_kind_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With its name."""
    assert run(["diff", "--quiet", "nowhere"]) == 3
    assert "nowhere: is neither a file, nor a folder, nor a git revision" in capsys.readouterr().err
