"""What is dead once the service answers, and what stays whatever it looks like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from strangler.model.evidence import AccessTraffic, ObservedRun, RouteTraffic
from strangler.model.system import ModuleRole
from tests.analyzers.retiring.retired import ALL, retired, retired_facts

SETTINGS = 'ROOT_URLCONF = "app.urls"\nINSTALLED_APPS = ["app.reviews"]\n'
MANAGE = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "app.settings")\n'
URLS = """
    from django.urls import path

    from app.reviews import views
    from app.shop import front

    urlpatterns = [
        path("", front, name="front"),
        path("reviews", views.listing, name="listing"),
        path("reviews/new", views.create, name="create"),
    ]
"""
VIEWS = """
    from app.reviews import services


    def listing(request):
        return services.page(1)


    def create(request):
        return services.submit(request.POST)
"""
SERVICES = """
    LIMIT = 20


    def page(number):
        return number * LIMIT


    def submit(data):
        return clean(data)


    def clean(data):
        return data


    def shown(data):
        return data
"""
FRONT = """
    from app.reviews.services import shown


    def front(request):
        return shown(request)
"""
SHOP = {
    "manage.py": MANAGE,
    "app/settings.py": SETTINGS,
    "app/urls.py": URLS,
    "app/reviews/views.py": VIEWS,
    "app/reviews/services.py": SERVICES,
    "app/shop.py": FRONT,
}
MOVED = {(ALL, "/reviews"), (ALL, "/reviews/new")}


def test_what_only_moved_routes_reach_is_dead(tmp_path: Path) -> None:
    """Views, what they call, and the constants of these; what the rest calls stays."""
    found = retired(tmp_path, SHOP, MOVED)
    assert found.certain == {
        "ANY /reviews",
        "ANY /reviews/new",
        "app.reviews.views:listing",
        "app.reviews.views:create",
        "app.reviews.services:page",
        "app.reviews.services:submit",
        "app.reviews.services:clean",
        "app.reviews.services:LIMIT",
    }
    assert found.kept == {"app.reviews.services:shown": "app.shop:front"}


def test_a_route_with_a_method_that_stays_keeps_its_view(tmp_path: Path) -> None:
    """The gateway still sends the other methods to v1."""
    found = retired(tmp_path, SHOP, {("POST", "/reviews"), (ALL, "/reviews/new")})
    assert "app.reviews.views:listing" not in found.certain
    assert found.kept["app.reviews.views:listing"] == "answers ANY /reviews"
    assert "app.reviews.views:create" in found.certain


def test_a_view_that_says_no_methods_answers_those_its_code_names(tmp_path: Path) -> None:
    """Besides GET: nobody asks it for others."""
    views = VIEWS.replace("return services.submit(request.POST)", 'return request.method == "POST" and services')
    moved = {("GET", "/reviews"), ("GET", "/reviews/new"), ("POST", "/reviews/new")}
    assert {"ANY /reviews", "ANY /reviews/new"} <= retired(
        tmp_path, {**SHOP, "app/reviews/views.py": views}, moved
    ).certain


USES = {
    "a text names it with its module": ("HANDLER = 'app.reviews.services.submit'\n", "submit"),
    "an entry point names it": ("HANDLER = 'app.reviews.services:submit'\n", "submit"),
    "the module is handed on as a whole": (
        "from app.reviews import services\n\nprint(getattr(services, input()))\n",
        "submit",
    ),
    "it is taken by an import of everything": ("from app.reviews.services import *\n\nprint(submit)\n", "submit"),
    "it is taken by another name": ("from app.reviews.services import submit as send\n\nsend(1)\n", "submit"),
    "it is taken in a function": (
        "def late():\n    from app.reviews.services import submit\n\n    return submit\n\n\nlate()\n",
        "submit",
    ),
    "it is named through its package": (
        "import app.reviews.services\n\nprint(app.reviews.services.submit)\n",
        "submit",
    ),
    "a module hands it on": ("from app.handed import submit\n\nsubmit(1)\n", "submit"),
    "modules that take everything of each other hand it on": (
        "from app.ring import submit, nothing\n\nsubmit(1)\n",
        "submit",
    ),
    "a constant of it is read": ("from app.reviews.services import LIMIT\n\nprint(LIMIT)\n", "LIMIT"),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_use_outside_keeps_it(use: tuple[str, str], tmp_path: Path) -> None:
    """Whatever way its name is said."""
    source, name = use
    files = {
        **SHOP,
        "app/other.py": source,
        "app/handed.py": "from app.reviews.services import submit\n",
        "app/ring.py": "from app.circle import *\n",
        "app/circle.py": "from app.ring import *\nfrom app.handed import *\n",
    }
    found = retired(tmp_path, files, MOVED)
    assert f"app.reviews.services:{name}" not in found.certain
    assert "app.reviews.services:page" in found.certain or "whole" in source or "getattr" in source


REGISTERED = {
    "a decorator that keeps it": "@register\ndef kept(x):\n    return x\n",
    "a decorator of a library": "import lib\n\n\n@lib.task\ndef kept(x):\n    return x\n",
    "a base class of a library": "import lib\n\n\nclass kept(lib.Plugin):\n    pass\n",
    "a metaclass": "class kept(metaclass=Meta):\n    pass\n",
}


@pytest.mark.parametrize("source", REGISTERED.values(), ids=REGISTERED)
def test_what_may_register_itself_stays(source: str, tmp_path: Path) -> None:
    """Something may run it that says its name nowhere."""
    head = (
        "HANDLERS = {}\n\n\nclass Meta(type):\n    pass\n\n\ndef register(f):\n    HANDLERS[1] = f\n    return f\n\n\n"
    )
    found = retired(tmp_path, {**SHOP, "app/reviews/extra.py": head + source}, MOVED)
    assert "app.reviews.extra:kept" not in found.certain
    assert "may register it" in found.kept["app.reviews.extra:kept"]


HARMLESS = {
    "one that wraps": "@around\ndef gone(x):\n    return x\n",
    "one that is given something and wraps": "@named('a')\ndef gone(x):\n    return x\n",
    "one of the standard library": (
        "from functools import lru_cache\n\n\n@lru_cache(maxsize=1)\ndef gone(x):\n    return x\n"
    ),
    "a view of Django": "from django.views import View\n\n\nclass gone(View):\n    pass\n",
    "an exception": "class gone(ValueError):\n    pass\n",
}


@pytest.mark.parametrize("source", HARMLESS.values(), ids=HARMLESS)
def test_what_only_wraps_keeps_nothing(source: str, tmp_path: Path) -> None:
    """A function around another is no use of it."""
    head = """
        def around(f):
            def inner(x):
                return f(x)

            return inner


        def named(n):
            def decorate(f):
                def inner(x):
                    return f(x)

                return inner

            return decorate
    """
    found = retired(tmp_path, {**SHOP, "app/reviews/extra.py": dedent(head) + source}, MOVED)
    assert "app.reviews.extra:gone" in found.certain


def test_methods_of_a_class_in_use_are_dead_where_nothing_says_their_names(tmp_path: Path) -> None:
    """But not where a library's class stands above, which may call what it likes."""
    extra = """
        import lib


        class Plain:
            def asked(self):
                return 1

            def never(self):
                return 2


        class Hooked(lib.View):
            def hook(self):
                return 3


        print(Plain().asked, Hooked)
    """
    found = retired(tmp_path, {**SHOP, "app/reviews/extra.py": extra}, MOVED)
    assert "app.reviews.extra:Plain.never" in found.certain
    assert {"app.reviews.extra:Plain.asked", "app.reviews.extra:Hooked.hook"} <= set(found.kept)


def test_what_only_tests_use_is_told_and_left(tmp_path: Path) -> None:
    """They may prepare with it what others of them look at."""
    test = "from app.reviews.services import submit\n\n\ndef test_front():\n    assert submit(1)\n"
    found = retired(tmp_path, {**SHOP, "tests/test_front.py": test}, MOVED)
    assert found.retirement.graph.modules["tests.test_front"].role is ModuleRole.TEST
    assert {"app.reviews.services:submit", "app.reviews.services:clean"} == found.likely
    assert "def submit" in found.left()["app/reviews/services.py"]


TESTS = {
    "itself": "def test_it(client):\n    client.get('/reviews')\n",
    "with a query": "def test_it(client):\n    client.get('/reviews?page=2')\n",
    "with a name": "from django.urls import reverse\n\n\ndef test_it(client):\n    client.post(reverse('listing'))\n",
    "through a constant": "URL = '/reviews'\n\n\ndef test_it(client):\n    client.get(URL)\n",
    "in a loop over methods": "def test_it(ask):\n    for m in ('PUT', 'GET'):\n        ask(m, '/reviews')\n",
    "in a helper": "def page(client):\n    return client.get('/reviews')\n\n\ndef test_it(client):\n    page(client)\n",
    "after what is done before each": (
        "class Test:\n    def setUp(self):\n        self.url = '/reviews'\n\n    def test_it(self):\n"
        "        self.client.get(self.url)\n"
    ),
}


@pytest.mark.parametrize("test", TESTS.values(), ids=TESTS)
def test_tests_that_ask_for_what_moved_are_dead(test: str, tmp_path: Path) -> None:
    """By their own words, or those of what they call."""
    found = retired(tmp_path, {**SHOP, "tests/test_pages.py": test}, MOVED)
    assert {name.rpartition(":")[2] for name in found.certain if name.startswith("tests.")} in (
        {"test_it"},
        {"Test.test_it"},
    )


def test_tests_that_only_look_at_links_stay(tmp_path: Path) -> None:
    """The path is no request."""
    test = "def test_it(client):\n    assert '/reviews' in client.get('/').text\n"
    found = retired(tmp_path, {**SHOP, "tests/test_pages.py": test}, MOVED)
    assert not [name for name in found.certain if name.startswith("tests.")]


def test_what_ran_in_a_recording_is_used(tmp_path: Path) -> None:
    """Whatever the code says."""
    facts = retired(tmp_path, SHOP, MOVED).retirement.graph.facts
    ran = ObservedRun(("app.reviews.services:clean",), (), (), (), (), (), (), (), (), 0)
    found = retired_facts(tmp_path, replace(facts, observed=ran), MOVED)
    assert found.kept["app.reviews.services:clean"] == "ran in the recording"
    assert "app.reviews.services:submit" in found.certain


def test_a_route_that_the_monolith_still_answers_is_not_moved(tmp_path: Path) -> None:
    """Its access log knows better than the rules."""
    facts = retired(tmp_path, SHOP, MOVED).retirement.graph.facts
    asked = (RouteTraffic("/reviews", "ANY", 3, 0, 0), RouteTraffic("/", "ANY", 9, 0, 0))
    found = retired_facts(tmp_path, replace(facts, access_traffic=AccessTraffic(12, 0, asked, ())), MOVED)
    assert found.kept["app.reviews.views:listing"] == "answers ANY /reviews, 3 requests in the access log"
    assert "app.reviews.views:create" in found.certain


def test_hooks_of_a_middleware_run_with_it(tmp_path: Path) -> None:
    """A framework calls them by their names, and settings that name the class may lie elsewhere."""
    source = """
        class Around:
            def process_response(self, response):
                return response

            def never(self):
                return 1
    """
    found = retired(tmp_path, {**SHOP, "app/reviews/around.py": source}, MOVED)
    assert {"app.reviews.around:Around", "app.reviews.around:Around.process_response"} <= set(found.kept)
    assert "app.reviews.around:Around.never" in found.certain


def test_what_a_migration_uses_stays(tmp_path: Path) -> None:
    """A new database runs all of them."""
    migration = """
        from django.db import migrations

        from app.reviews.services import clean


        class Migration(migrations.Migration):
            operations = [migrations.RunPython(clean)]
    """
    found = retired(tmp_path, {**SHOP, "app/reviews/migrations/0001_initial.py": migration}, MOVED)
    assert found.kept["app.reviews.services:clean"] == "app.reviews.migrations.0001_initial:Migration"
    assert set(found.kept) == {"app.reviews.services:clean", "app.reviews.services:shown"}
    assert "app.reviews.services:submit" in found.certain


def test_what_stays_by_its_name_alone_says_so(tmp_path: Path) -> None:
    """A method of that name may be another one; where the call is known it is not said."""
    files = {
        "app/reviews/tools.py": """
            class Box:
                def known(self):
                    return 1

                def summary(self):
                    return 2
        """,
        "app/pages.py": """
            from flask import Flask
            from app.reviews.tools import Box

            app = Flask(__name__)

            @app.get("/")
            def page(anything):
                Box().known()
                return anything.summary()
        """,
    }
    plan = retired(tmp_path, files, [("POST", "/reviews")]).plan
    found = {item.name: (item.used_by, item.by_name) for item in plan.kept if item.name.count(".") > 2}
    assert found == {
        "app.reviews.tools:Box.known": ("app.pages:page", False),
        "app.reviews.tools:Box.summary": ("app.pages:page", True),
    }


def test_a_route_that_the_monolith_asks_for_itself_is_used(tmp_path: Path) -> None:
    """In its own process, past the gateway: the place is told, and its handler stays."""
    asker = """
        from django.test import Client


        def front(request):
            return Client().get("/reviews")
    """
    found = retired(tmp_path, {**SHOP, "app/shop.py": asker}, MOVED)
    assert "app.reviews.views:create" in found.certain
    assert not {"ANY /reviews", "app.reviews.views:listing", "app.reviews.services:page"} & found.certain
    assert found.kept["ANY /reviews"].startswith("v1 asks for it itself at app/shop.py:5 (app.shop:front)")
    assert found.kept["app.reviews.views:listing"] == "answers ANY /reviews, which v1 asks for itself at app/shop.py:5"
