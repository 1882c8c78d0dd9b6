"""What runs before have left behind changes the time of an analysis, never its answer."""

from __future__ import annotations

import ast
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.model.progress import SilentProgress
from strangler.project import Framework, Monolith
from strangler_analyzers import new_facts
from strangler_analyzers.graph.codec import encode_facts as encode
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.source import extraction
from tests.analyzers.source_tree import write
from tests.sample_monolith import ROOT as SAMPLE

_SHOP = {
    "shop/views.py": "from shop import models\ndef show(): return models.load()\n",
    "shop/models.py": "def load(): return 1\n",
    "shop/broken.py": "def (",
}


def _facts(root: Path, cache: Path | None) -> bytes:
    return encode(analyze(root, SilentProgress(), workers=1, cache=cache))


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The contents that were parsed, in order."""
    contents: list[bytes] = []
    parse = extraction.parse

    def watched(data: bytes) -> object:
        contents.append(data)
        return parse(data)

    monkeypatch.setattr(extraction, "parse", watched)
    return contents


@pytest.fixture
def linked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each time a program was linked."""
    names: list[str] = []
    link = new_facts.link

    def watched(*arguments: object) -> object:
        names.append("linked")
        return link(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(new_facts, "link", watched)
    return names


def test_what_has_not_changed_is_neither_parsed_nor_linked_again(
    tmp_path: Path, parsed: list[bytes], linked: list[str]
) -> None:
    """The second run answers from the cache, with the same bytes."""
    root, cache = write(tmp_path / "app", _SHOP), tmp_path / "cache"
    first = _facts(root, cache)
    parsed.clear()
    linked.clear()
    assert _facts(root, cache) == first
    assert (parsed, linked) == ([], [])


def test_only_an_edited_file_is_parsed_again(tmp_path: Path, parsed: list[bytes]) -> None:
    """All other trees come from the cache."""
    root, cache = write(tmp_path / "app", _SHOP), tmp_path / "cache"
    _facts(root, cache)
    parsed.clear()
    write(root, {"shop/models.py": "def load(): return helper()\ndef helper(): ...\n"})
    assert _facts(root, cache) == _facts(root, None)
    assert parsed[0] == (root / "shop/models.py").read_bytes()
    assert len(parsed) == 1 + len(_SHOP) + 1  # One with the cache, then all without it, __init__.py included.


def test_an_edit_of_a_comment_links_nothing_again(tmp_path: Path, linked: list[str]) -> None:
    """What the analysis sees of the file is the same."""
    root, cache = write(tmp_path / "app", _SHOP), tmp_path / "cache"
    first = _facts(root, cache)
    linked.clear()
    write(root, {"shop/models.py": "def load(): return 1  # one\n"})
    assert _facts(root, cache) == first
    assert _facts(root, cache) == first
    assert linked == []


@pytest.mark.parametrize(
    "edited",
    [
        "def load():\n    # one\n    return stored()\n\n\ndef stored(): return 1\n",
        "def load():\n    return stored()\n\n\n# two\n# lines\ndef stored(): return 1\n",
        'def load():\n    """Loads."""\n    return stored()\n\n\ndef stored(): return 1\n\n\n# the end\n',
        "def load(): return stored()\ndef stored(): return 1\n",
    ],
)
def test_an_edit_that_only_moves_lines_links_nothing_again(tmp_path: Path, linked: list[str], edited: str) -> None:
    """The facts stand where their code stands now, also in the run after and after the way back."""
    source = "def load():\n    return stored()\n\n\ndef stored(): return 1\n"
    root, cache = write(tmp_path / "app", {**_SHOP, "shop/models.py": source}), tmp_path / "cache"
    first = _facts(root, cache)
    write(root, {"shop/models.py": edited})
    expected = _facts(root, None)
    assert expected != first
    linked.clear()
    can_tell = edited.count("\n") > 2  # Where two lines have become one, it matters which facts stood on which.
    assert _facts(root, cache) == expected
    assert _facts(root, cache) == expected
    assert linked == ([] if can_tell else ["linked"])
    write(root, {"shop/models.py": source})
    assert _facts(root, cache) == first


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\ndef load(): return 1\n", "# new\nimport os\ndef load(): return 1\n"),
        ("def load():\n    return one(\n        two())\n", "def load():\n    return one(two())\n"),
        ("def load(): return 1\n", "def load(): return 2\n"),
        ("def load(): return 1\n", "def load(): return True\n"),
        ("def load(): return f(1)\n", "def load(): return f(1, 1)\n"),
        ("def load(): return 1\n", "def (\n"),
        ("def (\n", "def load(): return 1\n"),
        ("def load(): return 1\n\ndef (\n", "def load(): return 1\n\n\ndef (\n"),
    ],
)
def test_any_other_edit_links_anew(tmp_path: Path, linked: list[str], before: str, after: str) -> None:
    """A module keeps standing on line 1 when its first statement leaves it; other code is other code."""
    root, cache = write(tmp_path / "app", {**_SHOP, "shop/models.py": before}), tmp_path / "cache"
    _facts(root, cache)
    write(root, {"shop/models.py": after})
    linked.clear()
    assert _facts(root, cache) == _facts(root, None)
    assert linked == ["linked", "linked"]


_PAGES = {
    "shop/__init__.py": "",
    "shop/models.py": "from django.db import models\nclass Order(models.Model):\n    name = models.TextField()\n",
    "shop/views.py": (
        "from django.views.generic import ListView\nfrom shop.models import Order\n"
        "class Orders(ListView):\n    model = Order\n    template_name = 'orders.html'\n"
    ),
    "urls.py": (
        "from django.urls import path\nfrom shop.views import Orders\nurlpatterns = [path('', Orders.as_view())]\n"
    ),
    "settings.py": "ROOT_URLCONF = 'urls'\nINSTALLED_APPS = ['shop']\n",
    "shop/templates/orders.html": "<h1>Orders</h1>\n{% for order in object_list %}\n{{ order.name }}{% endfor %}\n",
}


@pytest.mark.parametrize(
    ("page", "tells"),
    [
        ("<h2>All of\nthem</h2>\n{% for order in object_list %}\n{{ order.name }}<br>{% endfor %}\n", True),
        ("<p>\n" * 9 + "{% for order in object_list %}\n{# each #}\n{{order.name }}{% endfor %}\n", True),
        ("<h1>Orders</h1>\n{% for order in object_list %}{{ order.name }}{% endfor %}\n", False),
        ("<h1>Orders</h1>\n{% for order in object_list.all %}\n{{ order.name }}{% endfor %}\n", False),
        ("{{ object_list.count }}\n", False),
        ("", False),
    ],
)
def test_an_edit_of_a_page_that_leaves_its_tags_alone_links_nothing_again(
    tmp_path: Path, linked: list[str], page: str, tells: bool
) -> None:
    """Markup is nothing to the analysis; what the page reads stands where its tags stand now."""
    root, cache = write(tmp_path / "app", _PAGES), tmp_path / "cache"
    first = _facts(root, cache)
    assert b"orders.html" in first
    write(root, {"shop/templates/orders.html": page, "urls.py": _PAGES["urls.py"].replace("from shop", "\nfrom shop")})
    expected = _facts(root, None)
    assert expected != first
    linked.clear()
    assert _facts(root, cache) == expected
    assert _facts(root, cache) == expected
    assert linked == ([] if tells else ["linked"])


def test_facts_are_in_order_on_their_new_lines(tmp_path: Path, linked: list[str]) -> None:
    """Two transactions around one call are told apart by their lines as they are written: "10" comes before "9"."""
    opened = "    with transaction.atomic():\n        save()\n"
    source = f"from django.db import transaction\ndef save(): ...\n\n\n\n\ndef run():\n{opened}{opened}"
    root, cache = write(tmp_path / "app", {"m.py": source}), tmp_path / "cache"
    _facts(root, cache)
    for added in ("\n", "\n\n", "\n# ten\n" + "# more\n" * 90):
        write(root, {"m.py": source.replace("def run", f"{added}def run")})
        linked.clear()
        assert _facts(root, cache) == _facts(root, None)
        assert linked == ["linked"]  # without the cache


def test_what_is_declared_counts(tmp_path: Path) -> None:
    """Another framework in strangler.toml is another question."""
    root = write(
        tmp_path / "app", {"m.py": "from flask import Flask\napp = Flask(__name__)\n@app.get('/')\ndef f(): ..."}
    )
    found = analyze(root, SilentProgress(), cache=tmp_path / "cache")
    declared = Monolith(framework=Framework.DJANGO)
    assert [route.path for route in found.routes] == ["/"]
    assert analyze(root, SilentProgress(), monolith=declared, cache=tmp_path / "cache").routes == ()


def test_a_moved_file_counts(tmp_path: Path) -> None:
    """The same contents under another name are another program."""
    root, cache = write(tmp_path / "app", _SHOP), tmp_path / "cache"
    _facts(root, cache)
    (root / "shop/models.py").rename(root / "shop/data.py")
    assert _facts(root, cache) == _facts(root, None)


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"strangler cache 1\n"])
def test_a_damaged_cache_is_rebuilt(tmp_path: Path, damage: bytes, parsed: list[bytes]) -> None:
    """Whatever became of its files: the answer is right, and the run after is fast again."""
    root, cache = write(tmp_path / "app", _SHOP), tmp_path / "cache"
    first = _facts(root, cache)
    for path in [path for path in cache.rglob("*") if path.is_file()]:
        path.write_bytes(damage)
    assert _facts(root, cache) == first
    parsed.clear()
    assert _facts(root, cache) == first
    assert parsed == []


def test_a_cache_that_can_not_be_written_is_done_without(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    root = write(tmp_path / "app", _SHOP)
    (tmp_path / "cache").write_text("in the way")
    assert _facts(root, tmp_path / "cache") == _facts(root, None)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), count=st.integers(1, 6))
def test_after_comments_anywhere_the_answer_is_that_of_a_first_run(
    tmp_path: Path, linked: list[str], seed: int, count: int
) -> None:
    """Comments and empty lines in front of statements of the sample monolith: nothing is linked, no byte differs."""
    root, cache = tmp_path / "sample", tmp_path / "cache"
    if not root.exists():
        shutil.copytree(SAMPLE, root, ignore=shutil.ignore_patterns(".strangler", "__pycache__"))
        _facts(root, cache)
    dice = random.Random(seed)
    files = [path for path in sorted(root.rglob("*.py")) if path.read_bytes().strip()]
    for path in dice.sample(files, count):
        lines = path.read_bytes().splitlines(keepends=True)
        statements = [node.lineno for node in ast.walk(ast.parse(b"".join(lines))) if isinstance(node, ast.stmt)]
        places = [line for line in statements if line > 1]
        for line in sorted(dice.sample(places, min(len(places), dice.randint(0, 4))), reverse=True):
            lines[line - 1 : line - 1] = dice.choice([[b"\n"], [b"# moved\n"], [b"\n"] * 9, [b"# moved\n"] * 90])
        path.write_bytes(b"".join(lines))
    linked.clear()
    found = _facts(root, cache)
    assert linked == []
    assert found == _facts(root, None)


_EDITS = ("", "\n\ndef added(value):\n    return value.save()\n", "\nimport json\n\nLIMIT = 3\n", "\n)(\n")


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), count=st.integers(1, 3))
def test_after_any_edits_the_answer_is_that_of_a_first_run(tmp_path: Path, seed: int, count: int) -> None:
    """Files of the sample monolith are changed, cut, emptied and removed: cached and cold runs agree byte for byte."""
    root, cache = tmp_path / "sample", tmp_path / "cache"
    if not root.exists():
        shutil.copytree(SAMPLE, root, ignore=shutil.ignore_patterns(".strangler", "__pycache__"))
        _facts(root, cache)
    dice = random.Random(seed)
    before: dict[Path, bytes] = {}
    for path in dice.sample(sorted(root.rglob("*.py")), count):
        content = before[path] = path.read_bytes()
        lines = content.splitlines(keepends=True)
        cut = dice.randrange(len(lines) + 1)
        middle = dice.choice([b"", b"# moved\n", b"\n\n"])
        path.write_bytes(b"".join(lines[:cut]) + middle + b"".join(lines[cut:]) + dice.choice(_EDITS).encode())
        if dice.random() < 0.2:
            path.unlink()
    try:
        assert _facts(root, cache) == _facts(root, None)
    finally:
        for path, content in before.items():
            path.write_bytes(content)
