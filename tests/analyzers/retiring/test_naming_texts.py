"""What stays because a text names it is told with the text and its place, and goes where that means another thing."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from strangler.cli.render.retiring import RetirePage
from strangler_analyzers.rewriting.seams import SourcePosition
from tests.analyzers.retiring.retired import retired
from tests.analyzers.retiring.test_retirement import MOVED, SHOP

SUBMIT = "app.reviews.services:submit"
LABEL = "import importlib\n\n\ndef load(name):\n    return importlib.import_module(name)\n"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("    return {'app.reviews.services.submit'}", "'app.reviews.services.submit'"),
        ("    return f'app.reviews.{request}.x', f'app.{request}.services'", "f'app.{request}.services'"),
    ],
)
def test_the_text_is_told_and_can_be_left_alone(line: str, text: str, tmp_path: Path) -> None:
    """One line is enough to let what it names go; what its code calls stays used."""
    front = f"from app.reviews.services import shown\n\n\ndef front(request):\n    shown(request)\n{line}\n"
    files = {**SHOP, "app/shop.py": front, "app/loading.py": LABEL}
    found = retired(tmp_path, files, MOVED)
    (kept,) = (item for item in found.plan.kept if item.name == SUBMIT)
    assert (kept.used_by, kept.text, kept.text_place) == ("app.shop:front", text, SourcePosition("app/shop.py", 6, 1))
    despite = retired(tmp_path, files, MOVED, {"app/shop.py:6"})
    assert SUBMIT in despite.certain
    assert "app.reviews.services:shown" in despite.kept
    assert SUBMIT in retired(tmp_path, files, MOVED, {"app/shop.py"}).certain
    assert SUBMIT not in retired(tmp_path, files, MOVED, {"app/shop.py:5", "app/urls.py"}).certain


def test_a_request_can_be_left_alone(tmp_path: Path) -> None:
    """It goes through the gateway, as its author knows."""
    asks = "from django.test import Client\n\n\ndef front(request):\n    return Client().get('/reviews')\n"
    assert "ANY /reviews" in retired(tmp_path, {**SHOP, "app/shop.py": asks}, MOVED, {"app/shop.py:5"}).certain


def test_a_label_of_the_package_names_no_module(tmp_path: Path) -> None:
    """Somewhere the program loads modules; near that it may be the name of one."""
    label = "\n\ndef label(kind, key):\n    return f'app.{kind}.{key}'\n"
    apart = {**SHOP, "app/loading.py": LABEL, "app/shop.py": f"def front(request):\n    return 1\n{label}"}
    assert SUBMIT in retired(tmp_path / "apart", apart, MOVED).certain
    near = {**SHOP, "app/loading.py": LABEL + label}
    assert SUBMIT not in retired(tmp_path / "near", near, MOVED).certain


def test_it_is_said_that_nothing_is_removed(tmp_path: Path) -> None:
    """With what holds it back, and how to go on."""
    front = "NAMES = {'app.reviews.views.listing', 'app.reviews.views.create'}\n\n\ndef front(request):\n    return 1\n"
    plan = retired(tmp_path, {**SHOP, "app/shop.py": front}, MOVED).plan
    out = io.StringIO()
    Console(file=out, width=400).print(RetirePage("reviews", replace(plan, files=()), (), written=True))
    assert ", by the text 'app.reviews.views.listing' at app/shop.py:1, which may mean another thing\n" in squeezed(out)
    assert "Nothing is removed\n" in squeezed(out)
    assert "strangler retire reviews --despite FILE:LINE\n" in squeezed(out)


def squeezed(out: io.StringIO) -> str:
    """The lines of a page without what fills them."""
    return "".join(f"{line.strip()}\n" for line in out.getvalue().splitlines())
