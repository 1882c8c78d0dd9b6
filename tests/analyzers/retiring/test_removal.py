"""What is left of files, as text before and after."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import pytest

from tests.analyzers.retiring.retired import ALL, retired
from tests.analyzers.retiring.test_retirement import MOVED, SHOP


def _text(source: str) -> str:
    return dedent(source).lstrip("\n")


@dataclass(frozen=True)
class Case:
    """A monolith and what is left of one of its files; None when the file goes. `moved` are its routes."""

    file: str
    after: str | None
    files: dict[str, str] = field(default_factory=dict[str, str])
    moved: frozenset[tuple[str, str]] = frozenset(MOVED)


FLASK = """
    from flask import Blueprint, jsonify

    from app.reviews import services

    pages = Blueprint("pages", __name__)


    @pages.route("/")
    def front():
        return "front"


    # what customers say
    @pages.route("/reviews")
    def listing():
        return jsonify(services.page(1))
"""
FLASK_APP = (
    "from flask import Flask\n\nfrom app.pages import pages\n\napp = Flask(__name__)\napp.register_blueprint(pages)\n"
)
FASTAPI = """
    from fastapi import Depends, FastAPI

    from app.reviews import services

    app = FastAPI()


    @app.get("/")
    async def front():
        return "front"


    @app.get("/reviews")
    async def listing(number: int = Depends(services.page)):
        return number
"""
CASES = {
    "the entries of a list of URLs, and the import of the views": Case(
        "app/urls.py",
        """
            from django.urls import path

            from app.shop import front

            urlpatterns = [
                path("", front, name="front"),
            ]
        """,
    ),
    "a route whose name is linked to": Case(
        "app/urls.py",
        """
            from django.urls import path
            from django.views import View

            from app.shop import front

            urlpatterns = [
                path("", front, name="front"),
                path("reviews", View.as_view(), name="listing"),
            ]
        """,
        {"app/shop.py": "from django.urls import reverse\n\n\ndef front(request):\n    return reverse('listing')\n"},
    ),
    "a module of which nothing is left": Case("app/reviews/views.py", None),
    "functions and constants; what is used stays as it was": Case(
        "app/reviews/services.py",
        """
            def shown(data):
                return data
        """,
    ),
    "comments go with what they stand at": Case(
        "app/reviews/services.py",
        """
            # about what is shown
            def shown(data):  # kept
                return  data
        """,
        {
            "app/reviews/services.py": """
                # about pages
                def page(number):
                    return number


                # about what is shown
                def shown(data):  # kept
                    return  data
            """
        },
    ),
    "imports that nothing uses any more": Case(
        "app/reviews/services.py",
        """
            import os
            from json import dumps


            def shown(data):
                return dumps(os.environ)
        """,
        {
            "app/reviews/services.py": """
                import os
                import re
                from json import dumps, loads


                def page(number):
                    return re, loads


                def shown(data):
                    return dumps(os.environ)
            """
        },
    ),
    "an import that was not used before is left alone": Case(
        "app/reviews/services.py",
        """
            import this  # noqa: F401


            def shown(data):
                return data
        """,
        {
            "app/reviews/services.py": """
                import this  # noqa: F401


                def shown(data):
                    return data


                def page(number):
                    return number
            """
        },
    ),
    "an import that another module takes from here": Case(
        "app/reviews/services.py",
        """
            import re


            def shown(data):
                return data
        """,
        {
            "app/reviews/services.py": (
                "import re\n\n\ndef page(x):\n    return re\n\n\ndef shown(data):\n    return data\n"
            ),
            "app/other.py": "from app.reviews.services import re\n\nprint(re)\n",
        },
    ),
    "imports for types alone, and their condition": Case(
        "app/reviews/services.py",
        """
            from typing import TYPE_CHECKING


            def shown(data):
                return data
        """,
        {
            "app/reviews/services.py": """
                from typing import TYPE_CHECKING

                if TYPE_CHECKING:
                    from decimal import Decimal


                def page(number: "Decimal") -> "Decimal":
                    return number


                def shown(data):
                    return data
            """
        },
    ),
    "a method of a class that stays": Case(
        "app/reviews/services.py",
        """
            class Reviews:
                def all(self):
                    return 1


            def shown(data):
                return Reviews().all()
        """,
        {
            "app/reviews/services.py": """
                class Reviews:
                    def all(self):
                        return 1

                    def nobody_asks(self):
                        return 2


                def shown(data):
                    return Reviews().all()


                def page(number):
                    return number
            """
        },
    ),
    "a view of Flask, with its decorator and its comment": Case(
        "app/pages.py",
        """
            from flask import Blueprint

            pages = Blueprint("pages", __name__)


            @pages.route("/")
            def front():
                return "front"
        """,
        {"app/pages.py": FLASK, "app/main.py": FLASK_APP},
    ),
    "a view of FastAPI, with its dependency": Case(
        "app/main.py",
        """
            from fastapi import FastAPI

            app = FastAPI()


            @app.get("/")
            async def front():
                return "front"
        """,
        {"app/main.py": FASTAPI},
    ),
    "a test, and the import it had": Case(
        "tests/test_pages.py",
        """
            def test_front(client):
                assert client.get("/").ok
        """,
        {
            "tests/test_pages.py": """
                import json


                def test_front(client):
                    assert client.get("/").ok


                def test_listing(client):
                    json.loads(client.get("/reviews").text)
            """
        },
    ),
    "a class of which every test goes": Case(
        "tests/test_pages.py",
        None,
        {
            "tests/test_pages.py": """
                URL = "/reviews"


                class ListingTest:
                    def setUp(self):
                        self.url = URL

                    def test_listing(self, client):
                        client.get(self.url)
            """
        },
    ),
    "lines that end as on Windows": Case(
        "app/reviews/services.py",
        "def shown(data):\r\n    return data\r\n",
        {"app/reviews/services.py": "def page(x):\r\n    return x\r\n\r\n\r\ndef shown(data):\r\n    return data\r\n"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_certain_goes_and_the_rest_stays(case: Case, tmp_path: Path) -> None:
    """Formatting is kept; a second run finds nothing."""
    files = {**SHOP, **case.files}
    if "app/main.py" in case.files:
        files = {
            name: text for name, text in files.items() if name not in {"manage.py", "app/urls.py", "app/settings.py"}
        }
        files["app/reviews/views.py"] = ""
    found = retired(tmp_path, files, case.moved)
    left = found.left()
    assert left.get(case.file) == (None if case.after is None else _text(case.after))
    again = retired(tmp_path, left, case.moved)
    assert not again.plan.files


TEMPLATES = {
    "app/shop.py": (
        "from django.shortcuts import render\n\n\ndef front(request):\n    return render(request, 'front.html')\n"
    ),
    "app/reviews/views.py": (
        "from django.shortcuts import render\n\n\ndef listing(request):\n    return render(request, 'list.html')\n\n\n"
        "def create(request):\n    return render(request, 'new.html')\n"
    ),
    "app/templates/front.html": "{% include 'part.html' %}<a href=\"{% url 'create' %}\">",
    "app/templates/list.html": "{% include 'part.html' %}",
    "app/templates/new.html": "new",
    "app/templates/part.html": "part",
}


def test_templates_that_only_dead_code_renders_go(tmp_path: Path) -> None:
    """A template that another includes which stays is used; a link in it keeps the route's name."""
    left = retired(tmp_path, {**SHOP, **TEMPLATES}, MOVED).left()
    assert [name for name in left if name.endswith(".html")] == ["app/templates/front.html", "app/templates/part.html"]
    assert 'path("reviews/new", View.as_view(), name="create")' in left["app/urls.py"]
    assert "listing" not in left["app/urls.py"]


MODELS = {
    "app/reviews/models.py": """
        from django.db import models


        class Review(models.Model):
            text = models.TextField()
    """,
    "app/reviews/services.py": """
        from app.reviews.models import Review


        def page(number):
            return list(Review.objects.all())


        def submit(data):
            return Review.objects.create(text=data)


        def shown(data):
            return data
    """,
}


def test_tables_that_nothing_touches_are_archived_by_hand(tmp_path: Path) -> None:
    """They are renamed; the model stays, or the next migration would drop the table."""
    found = retired(tmp_path, {**SHOP, **MODELS}, MOVED)
    assert "reviews_review" in found.likely
    assert found.plan.sql.splitlines()[1] == "ALTER TABLE reviews_review RENAME TO reviews_review_retired;"
    assert all(line.startswith("--") for line in found.plan.sql.splitlines() if "DROP" in line)
    assert "app.reviews.models:Review" in found.kept
    assert "class Review" in found.left()["app/reviews/models.py"]


def test_tables_that_something_reads_are_told_with_it(tmp_path: Path) -> None:
    """There is no SQL then."""
    shop = "from app.reviews.models import Review\n\n\ndef front(request):\n    return Review.objects.count()\n"
    found = retired(tmp_path, {**SHOP, **MODELS, "app/shop.py": shop}, MOVED)
    assert found.kept["reviews_review"] == "app.shop:front (reads it, app/shop.py:5)"
    assert not found.plan.sql


def test_a_folder_with_another_program_is_no_part_of_it(tmp_path: Path) -> None:
    """The service may stand beside the monolith; its routes and tests are its own."""
    service = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/reviews')\ndef listing():\n    return 1\n"
    test = "def test_it(client):\n    client.get('/reviews')\n"
    files = {**SHOP, "service/main.py": service, "service/tests/test_it.py": test}
    left = retired(tmp_path, files, {*MOVED, (ALL, "/reviews")}).left()
    assert left["service/main.py"] == service
    assert left["service/tests/test_it.py"] == test
