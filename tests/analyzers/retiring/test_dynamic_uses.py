"""What is found by a name that stands nowhere as a whole, or without a name, is used all the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from tests.analyzers.retiring.retired import retired
from tests.analyzers.retiring.test_retirement import MOVED, SHOP

BASES = "REG = []\n\n\nclass Base:\n    {}\n"
HEIR = "from app.base import Base\n\n\nclass Heir(Base):\n    pass\n"


def _machine(name: str, method: str = "on_start") -> Mapping[str, str]:
    extra = f"""
        class Machine:
            names = "on_%s_now"

            def run(self, name):
                return getattr(self, {name})()

            def {method}(self):
                return 1
    """
    front = "from app.reviews.extra import Machine\n\n\ndef front(request):\n    return Machine().run('start')\n"
    return {"app/reviews/extra.py": dedent(extra), "app/shop.py": front}


USES: dict[str, tuple[Mapping[str, str], str]] = {
    "a method by a sum": (_machine("'on_' + name"), "extra:Machine.on_start"),
    "a method by an f-string": (_machine("f'on_{name}'"), "extra:Machine.on_start"),
    "a method by a format": (_machine("'on_{}'.format(name)"), "extra:Machine.on_start"),
    "a method by a percent sign, kept elsewhere": (
        _machine("self.names % name", "on_start_now"),
        "extra:Machine.on_start_now",
    ),
    "a function among the globals": (
        {
            "app/reviews/extra.py": (
                "def run(name):\n    return globals()['handle_' + name]()\n\n\ndef handle_a():\n    return 1\n"
            ),
            "app/shop.py": "from app.reviews.extra import run\n\n\ndef front(request):\n    return run('a')\n",
        },
        "extra:handle_a",
    ),
    "a module loaded by its name": (
        {
            "app/other.py": (
                "from importlib import import_module\n\nprint(vars(import_module('app.reviews.services')))\n"
            )
        },
        "services:submit",
    ),
    "a module that settings name, and others load": (
        {
            "app/settings.py": "EXTRAS = ['app.reviews.services']\n",
            "app/other.py": (
                "import importlib\n\n\ndef load(name):\n    return importlib.import_module(name)\n\n\nload('x')\n"
            ),
        },
        "services:submit",
    ),
    "a module whose name is made up": (
        {"app/other.py": "import importlib\n\nprint(importlib.import_module(f'app.{input()}.services'))\n"},
        "services:submit",
    ),
    "a module among those that are loaded": (
        {"app/other.py": "import sys\n\nprint(getattr(sys.modules['app.reviews.services'], input()))\n"},
        "services:submit",
    ),
    "a function that Python calls": (
        {"app/reviews/extra.py": "def __getattr__(name):\n    return 1\n"},
        "extra:__getattr__",
    ),
    "a class that its base sees": (
        {
            "app/base.py": BASES.format("def __init_subclass__(cls):\n        REG.append(cls)"),
            "app/reviews/extra.py": HEIR,
        },
        "extra:Heir",
    ),
    "a class that the metaclass of its base sees": (
        {"app/base.py": BASES.replace("Base:", "Base(metaclass=REG):").format("pass"), "app/reviews/extra.py": HEIR},
        "extra:Heir",
    ),
    "a class that is asked for by its base": (
        {"app/base.py": BASES.format("pass") + "\n\nprint(Base.__subclasses__())\n", "app/reviews/extra.py": HEIR},
        "extra:Heir",
    ),
    "a function that a long text names with its module": (
        {"app/other.py": f"CONF = '''{'long ' * 90}\nhandler: app.reviews.services.submit\n'''\n"},
        "services:submit",
    ),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_it_stays(use: tuple[Mapping[str, str], str], tmp_path: Path) -> None:
    """Nobody could tell from the code that it is dead."""
    files, name = use
    assert f"app.reviews.{name}" not in retired(tmp_path, {**SHOP, **files}, MOVED).certain


def test_a_text_with_a_place_in_it_is_no_name(tmp_path: Path) -> None:
    """Messages, paths and single letters are made up, too."""
    other = "print(f'{input()} services', f'/submit/{input()}', f'{input()}e', 'a %s' % input())\n"
    found = retired(tmp_path, {**SHOP, "app/other.py": other}, MOVED)
    assert {"app.reviews.services:submit", "app.reviews.services:page"} <= found.certain
