"""Calls before and after, in the styles of Django, Flask and FastAPI; everything else stays to the byte."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from strangler_analyzers.rewriting.file_results import Changed, Skipped
from strangler_analyzers.rewriting.plan import RewritePlan
from tests.analyzers.rewriting.rewritten import plan_of, result_of
from tests.analyzers.source_tree import write

INSIDE = {
    "app/reviews/__init__.py": "from app.reviews.services import summary, recent\n",
    "app/reviews/models.py": """
        from django.db import models

        class Review(models.Model):
            text = models.TextField()

            class Meta:
                db_table = "reviews_review"
    """,
    "app/reviews/services.py": """
        from app.reviews.models import Review

        LIMIT = 3

        class NotAllowed(Exception):
            pass

        def summary(book_id, *, short=False):
            return Review.objects.filter(pk=book_id).count()

        def flag(pk):
            Review.objects.filter(pk=pk).delete()

        def pure(text):
            return text.strip()

        async def recent(limit: int = 3) -> list[int]:
            return []
    """,
    "app/reviews/texts.py": "def shorten(text):\n    return text[:9]\n",
}

PORT = "from app.reviews_port.switch import reviews_port\n"


@dataclass(frozen=True)
class Case:
    """A file before and after."""

    before: str
    after: str


CHANGED: dict[str, Case] = {
    "a name": Case(
        "from app.reviews.services import summary\n\n\ndef page():\n    return summary(1)\n",
        PORT + "\n\ndef page():\n    return reviews_port.summary(1)\n",
    ),
    "an excuse to linters moves with its line": Case(
        "import os\n\nos.umask(7)\nfrom app.reviews.services import summary  # noqa: E402\n\n\n"
        "def page():\n    return summary(1)  # noqa: B018\n",
        "import os\n\nos.umask(7)\nfrom app.reviews_port.switch import reviews_port  # noqa: E402\n\n\n"
        "def page():\n    return reviews_port.summary(1)  # noqa: B018\n",
    ),
    "a line behind one with an excuse needs it, too": Case(
        "import os\n\nos.umask(7)\nfrom app.reviews.services import LIMIT, summary  # noqa: E402, F401\n\n\n"
        "def page():\n    return summary(LIMIT)\n",
        "import os\n\nos.umask(7)\nfrom app.reviews.services import LIMIT  # noqa: E402, F401\n"
        "from app.reviews_port.switch import reviews_port  # noqa: E402, F401\n\n\n"
        "def page():\n    return reviews_port.summary(LIMIT)\n",
    ),
    "an excuse for an unused name stays where it is": Case(
        "from app.reviews.services import LIMIT, summary  # noqa: F401\n\n\ndef page():\n    return summary(LIMIT)\n",
        "from app.reviews.services import LIMIT  # noqa: F401\n"
        + PORT
        + "\n\ndef page():\n    return reviews_port.summary(LIMIT)\n",
    ),
    "a renamed name": Case(
        "from app.reviews.services import summary as s\n\n\ndef page():\n    return s(1)\n",
        PORT + "\n\ndef page():\n    return reviews_port.summary(1)\n",
    ),
    "a module": Case(
        "from app.reviews import services\n\n\ndef page():\n    return services.summary(1)\n",
        PORT + "\n\ndef page():\n    return reviews_port.summary(1)\n",
    ),
    "a renamed module": Case(
        "import app.reviews.services as rs\n\n\ndef page():\n    return rs.summary(1)\n",
        PORT + "\n\ndef page():\n    return reviews_port.summary(1)\n",
    ),
    "a dotted import stays": Case(
        "import app.reviews.services\n\n\ndef page():\n    return app.reviews.services.summary(1)\n",
        "import app.reviews.services\n" + PORT + "\n\ndef page():\n    return reviews_port.summary(1)\n",
    ),
    "a relative import": Case(
        "from .reviews.services import summary\n\n\ndef page():\n    return summary(1)\n",
        PORT + "\n\ndef page():\n    return reviews_port.summary(1)\n",
    ),
    "a name of the package": Case(
        "from app.reviews import summary\n\n\ndef page():\n    return summary(1)\n",
        PORT + "\n\ndef page():\n    return reviews_port.summary(1)\n",
    ),
    "other names of the import stay": Case(
        "from app.reviews.services import LIMIT, summary, NotAllowed\n\n\ndef page():\n"
        "    return summary(LIMIT) or NotAllowed\n",
        "from app.reviews.services import LIMIT, NotAllowed\n" + PORT + "\n\ndef page():\n"
        "    return reviews_port.summary(LIMIT) or NotAllowed\n",
    ),
    "the first name goes": Case(
        "from app.reviews.services import summary, LIMIT\n\n\ndef page():\n    return summary(LIMIT)\n",
        "from app.reviews.services import LIMIT\n" + PORT + "\n\ndef page():\n    return reviews_port.summary(LIMIT)\n",
    ),
    "the last name goes": Case(
        "from app.reviews.services import LIMIT, summary\n\n\ndef page():\n    return summary(LIMIT)\n",
        "from app.reviews.services import LIMIT\n" + PORT + "\n\ndef page():\n    return reviews_port.summary(LIMIT)\n",
    ),
    "the last name of several lines goes": Case(
        "from app.reviews.services import (\n    LIMIT,  # how many\n    summary,\n)\n\n\ndef page():\n"
        "    return summary(LIMIT)\n",
        "from app.reviews.services import (\n    LIMIT,  # how many\n)\n" + PORT + "\n\ndef page():\n"
        "    return reviews_port.summary(LIMIT)\n",
    ),
    "the first name of several lines goes": Case(
        "from app.reviews.services import (\n    flag,\n    LIMIT,\n)\n\n\ndef page():\n    flag(LIMIT)\n",
        "from app.reviews.services import (\n    LIMIT,\n)\n"
        + PORT
        + "\n\ndef page():\n    reviews_port.flag(LIMIT)\n",
    ),
    "several names at once": Case(
        "from app.reviews.services import flag, pure, summary\n\n\ndef page():\n    flag(pure(summary(1)))\n",
        PORT + "\n\ndef page():\n    reviews_port.flag(reviews_port.pure(reviews_port.summary(1)))\n",
    ),
    "the last name of several lines without a last comma goes": Case(
        "from app.reviews.services import (LIMIT,  # how many\n                                  summary)\n\n\n"
        "def page():\n    return summary(LIMIT)\n",
        "from app.reviews.services import (LIMIT,  # how many\n                                  )\n"
        + PORT
        + "\n\ndef page():\n    return reviews_port.summary(LIMIT)\n",
    ),
    "several imports, the port once": Case(
        "from app.reviews.services import flag\nfrom app.reviews.texts import shorten\n\n\ndef page():\n"
        "    flag(shorten('a'))\n",
        PORT + "\n\ndef page():\n    reviews_port.flag(reviews_port.shorten('a'))\n",
    ),
    "an import in the function": Case(
        "import os\n\n\ndef page():\n    from app.reviews.services import summary\n\n    return summary(1)\n",
        "import os\n\n\ndef page():\n    " + PORT + "\n    return reviews_port.summary(1)\n",
    ),
    "imports in two functions": Case(
        "def one():\n    from app.reviews.services import flag\n    flag(1)\n\n\ndef two():\n"
        "    from app.reviews.services import flag, LIMIT\n    flag(LIMIT)\n",
        "def one():\n    " + PORT + "    reviews_port.flag(1)\n\n\ndef two():\n"
        "    from app.reviews.services import LIMIT\n    " + PORT + "    reviews_port.flag(LIMIT)\n",
    ),
    "a name that is used otherwise, too": Case(
        "from app.reviews.services import summary\n\nHANDLERS = [summary]\n\n\ndef page():\n    return summary(1)\n",
        "from app.reviews.services import summary\n"
        + PORT
        + "\nHANDLERS = [summary]\n\n\ndef page():\n    return reviews_port.summary(1)\n",
    ),
    "a name in a type stays": Case(
        "from app.reviews import services\n\n\ndef page(e: 'services.NotAllowed'):\n    return services.summary(1)\n",
        "from app.reviews import services\n"
        + PORT
        + "\n\ndef page(e: 'services.NotAllowed'):\n    return reviews_port.summary(1)\n",
    ),
    "a name in __all__ stays": Case(
        "from app.reviews.services import summary\n\n__all__ = ['page', 'summary']\n\n\ndef page():\n"
        "    return summary(1)\n",
        "from app.reviews.services import summary\n" + PORT + "\n__all__ = ['page', 'summary']\n\n\ndef page():\n"
        "    return reviews_port.summary(1)\n",
    ),
    "comments and blanks": Case(
        "# About this.\n\n# what reviews say\nfrom app.reviews.services import summary  # noqa: I001\n\n\n"
        "def page( a ) :\n    # before\n    return summary( a , short = True )  # behind\n    # after\n",
        "# About this.\n\n# what reviews say\nfrom app.reviews_port.switch import reviews_port  # noqa: I001\n\n\n"
        "def page( a ) :\n    # before\n    return reviews_port.summary( a , short = True )  # behind\n    # after\n",
    ),
    "a call over several lines": Case(
        "from app.reviews import services\n\n\ndef page(a):\n    return services.summary(\n        a,\n"
        "        short=True,  # yes\n    )\n",
        PORT + "\n\ndef page(a):\n    return reviews_port.summary(\n        a,\n        short=True,  # yes\n    )\n",
    ),
    "stars": Case(
        "from app.reviews.services import summary\n\n\ndef page(*a, **k):\n    return summary(*a, **k)\n",
        PORT + "\n\ndef page(*a, **k):\n    return reviews_port.summary(*a, **k)\n",
    ),
    "in a comprehension": Case(
        "from app.reviews.services import pure\n\n\ndef page(a):\n    return [pure(b) for b in a if pure(b)]\n",
        PORT + "\n\ndef page(a):\n    return [reviews_port.pure(b) for b in a if reviews_port.pure(b)]\n",
    ),
    "in an f-string": Case(
        "from app.reviews.services import pure\n\n\ndef page(a):\n    return f'{pure(a)!r:>9}'\n",
        PORT + "\n\ndef page(a):\n    return f'{reviews_port.pure(a)!r:>9}'\n",
    ),
    "behind letters of several bytes": Case(
        "from app.reviews.services import pure\n\n\ndef page(a):\n    return 'äöü→', pure(a), 'ß', pure(a)\n",
        PORT + "\n\ndef page(a):\n    return 'äöü→', reviews_port.pure(a), 'ß', reviews_port.pure(a)\n",
    ),
    "in parentheses": Case(
        "from app.reviews.services import pure\n\n\ndef page(a):\n    return (pure)(a)\n",
        PORT + "\n\ndef page(a):\n    return (reviews_port.pure)(a)\n",
    ),
    "with tabs": Case(
        "from app.reviews.services import pure\n\n\ndef page(a):\n\tif a:\n\t\treturn pure(a)\n",
        PORT + "\n\ndef page(a):\n\tif a:\n\t\treturn reviews_port.pure(a)\n",
    ),
    "without a last newline": Case(
        "from app.reviews.services import pure\ndef page(a): return pure(a)",
        PORT + "def page(a): return reviews_port.pure(a)",
    ),
    "behind __future__ and a docstring": Case(
        '"""Pages."""\n\nfrom __future__ import annotations\n\nimport os\n\nfrom app.reviews.services import pure\n'
        "from app.shop import total\n\n\ndef page(a):\n    return pure(a), total, os\n",
        '"""Pages."""\n\nfrom __future__ import annotations\n\nimport os\n\n'
        + PORT
        + "from app.shop import total\n\n\n"
        "def page(a):\n    return reviews_port.pure(a), total, os\n",
    ),
    "django: a view and its class": Case(
        "from django.http import HttpResponse\nfrom django.views import View\n\n"
        "from app.reviews import services\nfrom app.reviews.services import flag\n\n\n"
        "class Page(View):\n    def get(self, request, pk):\n        return HttpResponse(services.summary(pk))\n\n"
        "    def post(self, request, pk):\n        flag(pk)\n        return HttpResponse(status=204)\n",
        "from django.http import HttpResponse\nfrom django.views import View\n\n" + PORT + "\n\n"
        "class Page(View):\n    def get(self, request, pk):\n        return HttpResponse(reviews_port.summary(pk))\n\n"
        "    def post(self, request, pk):\n        reviews_port.flag(pk)\n        return HttpResponse(status=204)\n",
    ),
    "django: a decorated view": Case(
        "from django.contrib.auth.decorators import login_required\n\nfrom app.reviews.services import flag, NotAllowed"
        "\n\n\n@login_required\ndef page(request, pk):\n    try:\n        flag(pk)\n    except NotAllowed:\n"
        "        pass\n",
        "from django.contrib.auth.decorators import login_required\n\nfrom app.reviews.services import NotAllowed\n"
        + PORT
        + "\n\n@login_required\ndef page(request, pk):\n    try:\n        reviews_port.flag(pk)\n"
        "    except NotAllowed:\n        pass\n",
    ),
    "django: a management command": Case(
        "from django.core.management.base import BaseCommand\n\nfrom app.reviews.services import flag\n\n\n"
        "class Command(BaseCommand):\n    def handle(self, *args, **options):\n        flag(options['pk'])\n",
        "from django.core.management.base import BaseCommand\n\n" + PORT + "\n\n"
        "class Command(BaseCommand):\n    def handle(self, *args, **options):\n"
        "        reviews_port.flag(options['pk'])\n",
    ),
    "django: a receiver": Case(
        "from django.db.models.signals import post_save\nfrom django.dispatch import receiver\n\n"
        "from app.reviews import services\n\n\n@receiver(post_save)\ndef heard(sender, instance, **kwargs):\n"
        "    services.flag(instance.pk)\n",
        "from django.db.models.signals import post_save\nfrom django.dispatch import receiver\n\n"
        + PORT
        + "\n\n@receiver(post_save)\ndef heard(sender, instance, **kwargs):\n    reviews_port.flag(instance.pk)\n",
    ),
    "flask: a route": Case(
        "from flask import Blueprint, jsonify\n\nfrom app.reviews import services\n\nbp = Blueprint('b', __name__)\n\n"
        "\n@bp.route('/b/<int:pk>')\ndef page(pk):\n    return jsonify(n=services.summary(pk))\n",
        "from flask import Blueprint, jsonify\n\n" + PORT + "\nbp = Blueprint('b', __name__)\n\n\n"
        "@bp.route('/b/<int:pk>')\ndef page(pk):\n    return jsonify(n=reviews_port.summary(pk))\n",
    ),
    "flask: a factory with imports inside": Case(
        "from flask import Flask\n\n\ndef create_app():\n    app = Flask(__name__)\n\n    @app.get('/b')\n"
        "    def page():\n        from app.reviews.services import pure\n        return pure('b')\n\n    return app\n",
        "from flask import Flask\n\n\ndef create_app():\n    app = Flask(__name__)\n\n    @app.get('/b')\n"
        "    def page():\n        " + PORT + "        return reviews_port.pure('b')\n\n    return app\n",
    ),
    "flask: a method view": Case(
        "from flask.views import MethodView\nfrom app.reviews.services import flag\n\n\nclass Page(MethodView):\n"
        "    def post(self, pk):\n        flag(pk); return '', 204\n",
        "from flask.views import MethodView\n" + PORT + "\n\nclass Page(MethodView):\n"
        "    def post(self, pk):\n        reviews_port.flag(pk); return '', 204\n",
    ),
    "fastapi: a coroutine": Case(
        "from fastapi import APIRouter\n\nfrom app.reviews.services import recent\n\nrouter = APIRouter()\n\n\n"
        "@router.get('/b')\nasync def page(limit: int = 3) -> list[int]:\n    return await recent(limit)\n",
        "from fastapi import APIRouter\n\n" + PORT + "\nrouter = APIRouter()\n\n\n"
        "@router.get('/b')\nasync def page(limit: int = 3) -> list[int]:\n"
        "    return await reviews_port.recent(limit)\n",
    ),
    "fastapi: what is depended on": Case(
        "from typing import Annotated\n\nfrom fastapi import Depends, FastAPI\n\nfrom app.reviews import services as "
        "rs\n\napp = FastAPI()\n\n\ndef count(pk: int) -> int:\n    return rs.summary(pk)\n\n\n@app.get('/b/{pk}')\n"
        "def page(n: Annotated[int, Depends(count)]):\n    return n\n",
        "from typing import Annotated\n\nfrom fastapi import Depends, FastAPI\n\n" + PORT + "\napp = FastAPI()\n\n\n"
        "def count(pk: int) -> int:\n    return reviews_port.summary(pk)\n\n\n@app.get('/b/{pk}')\n"
        "def page(n: Annotated[int, Depends(count)]):\n    return n\n",
    ),
    "fastapi: gathered": Case(
        "import asyncio\n\nfrom app.reviews.services import recent\n\n\nasync def page():\n"
        "    return await asyncio.gather(recent(1), recent(limit=2))\n",
        "import asyncio\n\n" + PORT + "\n\nasync def page():\n"
        "    return await asyncio.gather(reviews_port.recent(1), reviews_port.recent(limit=2))\n",
    ),
    "a lambda and a default": Case(
        "from app.reviews.services import pure\n\n\ndef page(a):\n    later = lambda b: pure(b)\n    return later(a)\n",
        PORT + "\n\ndef page(a):\n    later = lambda b: reviews_port.pure(b)\n    return later(a)\n",
    ),
    "a name in a text that is run stays": Case(
        "from app.reviews.services import pure\n\n\ndef page(a):\n    return pure(a) + eval('pure(a)')\n",
        "from app.reviews.services import pure\n" + PORT + "\n\ndef page(a):\n"
        "    return reviews_port.pure(a) + eval('pure(a)')\n",
    ),
    "a conditional and a walrus": Case(
        "from app.reviews.services import pure\n\n\ndef page(a):\n    if (b := pure(a)) and not pure(b):\n"
        "        return b\n",
        PORT + "\n\ndef page(a):\n    if (b := reviews_port.pure(a)) and not reviews_port.pure(b):\n        return b\n",
    ),
}

LEFT: dict[str, tuple[str, str]] = {
    "a name bound twice": (
        (
            "from app.reviews.services import pure\ntry:\n    from fast import pure\nexcept ImportError:\n    pass\n\n"
            "\n\ndef page(a):\n    return pure(a)\n"
        ),
        "pure is imported in several places",
    ),
    "an import under a condition": (
        (
            "try:\n    from app.reviews.services import pure\nexcept ImportError:\n    pass\n\n\n"
            "def page(a):\n    return pure(a)\n"
        ),
        "the import of pure stands under a condition, or shares its line",
    ),
    "an import that shares its line": (
        "import os; from app.reviews.services import pure\n\n\ndef page(a):\n    return pure(a)\n",
        "the import of pure stands under a condition, or shares its line",
    ),
    "everything imported": (
        "from app.reviews.services import *\n\n\ndef page(a):\n    return pure(a)\n",
        "pure is not only an imported name here",
    ),
    "a taken name": (
        "from app.reviews.services import pure\n\nreviews_port = 80\n\n\ndef page(a):\n    return pure(a)\n",
        "the name reviews_port means something else in this file",
    ),
    "called through a value": (
        "from app.reviews.services import pure\n\nTABLE = {'a': pure}\n\n\ndef page(a):\n    return TABLE['a'](a)\n",
        "it is called through a value",
    ),
    "an alias of a name": (
        "from app.reviews.services import pure\n\nclean = pure\n\n\ndef page(a):\n    return clean(a)\n",
        "clean is not only an imported name here",
    ),
    "a name a test replaces": (
        "from app.reviews.services import pure\n\n\ndef page(a):\n    return pure(a)\n",
        "tests/test_all.py replaces it by name",
    ),
}


def _file(number: int, kind: str) -> str:
    return f"app/{kind}{number:02}.py"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> RewritePlan:
    """Plan the rewrite of one monolith that has every case as a module."""
    root = write(tmp_path_factory.mktemp("calls"), {**INSIDE, "app/shop.py": "total = 1\n"})
    for number, case in enumerate(CHANGED.values()):
        (root / _file(number, "c")).write_text(case.before, encoding="utf-8")
    for number, (source, _) in enumerate(LEFT.values()):
        (root / _file(number, "l")).write_text(source, encoding="utf-8")
    last = f"app.l{len(LEFT) - 1:02}"
    write(root, {"tests/test_all.py": f"from unittest import mock\n\ndef test_it():\n    mock.patch('{last}.pure')\n"})
    return plan_of(root)


@pytest.mark.parametrize("name", CHANGED)
def test_a_call_goes_through_the_port_and_all_else_stays(name: str, plan: RewritePlan) -> None:
    """Comments, blanks, order of imports; imports come and go cleanly."""
    result = result_of(plan, _file(list(CHANGED).index(name), "c"))
    assert isinstance(result, Changed)
    assert result.after.decode() == CHANGED[name].after
    assert not result.left


@pytest.mark.parametrize("name", LEFT)
def test_what_is_not_certain_is_left_with_a_reason(name: str, plan: RewritePlan) -> None:
    """Nothing is guessed."""
    result = result_of(plan, _file(list(LEFT).index(name), "l"))
    assert isinstance(result, Skipped)
    assert [call.reason for call in result.left] == [LEFT[name][1]]


def test_lines_end_as_they_did(tmp_path: Path) -> None:
    """A file with carriage returns keeps them, in the new line, too."""
    root = write(tmp_path, INSIDE)
    source = b"from app.reviews.services import LIMIT, pure\r\n\r\n\r\ndef page(a):\r\n    return pure(a), LIMIT\r\n"
    (root / "app/page.py").write_bytes(source)
    result = result_of(plan_of(root), "app/page.py")
    assert isinstance(result, Changed)
    assert result.after == (
        b"from app.reviews.services import LIMIT\r\nfrom app.reviews_port.switch import reviews_port\r\n\r\n\r\n"
        b"def page(a):\r\n    return reviews_port.pure(a), LIMIT\r\n"
    )


def test_a_name_that_others_take_from_a_file_stays_imported(tmp_path: Path) -> None:
    """They would not find it any more."""
    root = write(
        tmp_path,
        {
            **INSIDE,
            "app/page.py": "from app.reviews.services import pure\n\n\ndef page(a):\n    return pure(a)\n",
            "app/other.py": "from app.page import pure\n\n\ndef other(a):\n    return a, pure\n",
        },
    )
    result = result_of(plan_of(root), "app/page.py")
    assert isinstance(result, Changed)
    assert result.after.decode().startswith("from app.reviews.services import pure\nfrom app.reviews_port.switch")


def test_a_file_whose_lines_end_with_a_carriage_return_alone_is_left(tmp_path: Path) -> None:
    """Its last one would be lost."""
    source = b"from app.reviews.services import pure\r\rdef page(a):\r    return pure(a)\r"
    root = write(tmp_path, INSIDE)
    (root / "app/page.py").write_bytes(source)
    result = result_of(plan_of(root), "app/page.py")
    assert isinstance(result, Skipped)
    assert result.reason == "its lines end with a carriage return alone: let them end with a line feed"
