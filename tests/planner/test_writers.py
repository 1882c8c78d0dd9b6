"""Who writes the tables that move: what is held, and what is shut out."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.location import Location
from strangler.model.progress import SilentProgress
from strangler.model.system import (
    AccessMode,
    Call,
    CallKind,
    EntryKind,
    EntryPoint,
    Function,
    Module,
    Route,
    SystemFacts,
    TableAccess,
)
from strangler.planner.console_scripts import ConsoleScript
from strangler.planner.writers import Writers, find_writers
from strangler.project import Condition, ConditionSource, RouteMatch, RouteRule, Traffic
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze

SHOP = """
import sqlite3
from flask import Flask

app = Flask(__name__)
connection = sqlite3.connect("shop.sqlite3")

def write():
    connection.execute("UPDATE reviews_review SET helpful = 1")

@app.get("/reviews")
def read():
    return connection.execute("SELECT * FROM reviews_review").fetchall()

@app.post("/reviews")
def add():
    write()

@app.get("/reviews/<int:number>/helpful")
def helpful(number):
    write()

@app.patch("/me")
def rename():
    write()

@app.cli.command("purge")
def purge():
    write()
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SystemGraph:
    """A small application, analysed."""
    folder = tmp_path_factory.mktemp("shop")
    Path(folder, "shop.py").write_text(SHOP)
    return SystemGraph(analyze(folder, SilentProgress(), workers=1))


def _found(shop: SystemGraph, *rules: RouteMatch) -> tuple[Writers, list[str], list[str]]:
    found = find_writers(shop, ["reviews_review"], [RouteRule(rule, "reviews", Traffic()) for rule in rules])
    return found, [writer.name for writer in found.moving], [writer.name for writer in found.staying]


def test_routes_of_the_service_move_and_the_others_are_held_and_shut_out(shop: SystemGraph) -> None:
    """A route that only reads is neither."""
    found, moving, staying = _found(shop, RouteMatch("/reviews"))
    assert moving == ["POST /reviews"]
    assert staying == ["GET /reviews/{number}/helpful", "PATCH /me"]
    assert set(found.held) == {RouteMatch("/reviews/{number}/helpful", ("GET",)), RouteMatch("/me", ("PATCH",))}


def test_a_route_of_the_service_that_writes_although_its_method_is_safe_is_held(shop: SystemGraph) -> None:
    """The gateway would let it pass for a read, into the lock."""
    found, moving, _ = _found(shop, RouteMatch("/reviews"), RouteMatch("/reviews/{id}/helpful", ("GET",)))
    assert "GET /reviews/{number}/helpful" in moving
    assert RouteMatch("/reviews/{number}/helpful", ("GET",)) in found.held


def test_rules_are_matched_as_the_gateway_matches_them(shop: SystemGraph) -> None:
    """What a rule for a rest of the path, or for some methods, takes in is the service's; no more, no less."""
    _, moving, staying = _found(shop, RouteMatch("/reviews/{rest:path}"), RouteMatch("/reviews", ("GET",)))
    assert moving == ["GET /reviews/{number}/helpful"]
    assert staying == ["PATCH /me", "POST /reviews"]


def test_a_rule_that_asks_for_more_than_a_path_moves_no_writer(shop: SystemGraph) -> None:
    """Requests that lack the header go on to the monolith: they are held, and the fence refuses them."""
    beta = RouteMatch("/reviews", conditions=(Condition(ConditionSource.HEADER, "X-Beta"),))
    found, moving, staying = _found(shop, beta)
    assert moving == []
    assert "POST /reviews" in staying
    assert RouteMatch("/reviews", ("POST",)) in found.held


def test_a_route_for_every_method_is_left_with_those_that_no_rule_names(tmp_path: Path) -> None:
    """What forms are sent by moves; the rest goes on to the monolith, is held, and told apart."""
    Path(tmp_path, "urls.py").write_text(
        "from django.urls import path\nfrom views import form\nurlpatterns = [path('form', form)]\n"
    )
    Path(tmp_path, "views.py").write_text(
        "from django.db import connection\n\n"
        "def form(request):\n"
        "    with connection.cursor() as cursor:\n"
        "        cursor.execute('UPDATE reviews_review SET helpful = 1')\n"
    )
    Path(tmp_path, "settings.py").write_text("ROOT_URLCONF = 'urls'\nINSTALLED_APPS = []\n")
    Path(tmp_path, "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n")
    django = SystemGraph(analyze(tmp_path, SilentProgress(), workers=1))
    found, moving, staying = _found(django, RouteMatch("/form", ("GET", "POST")))
    assert (moving, staying) == (["ANY /form"], [])
    assert [(writer.name, writer.route) for writer in found.remaining] == [("PUT,PATCH,DELETE /form", "ANY /form")]
    assert found.held == (RouteMatch("/form", ("PUT", "PATCH", "DELETE")),)
    assert _found(django, RouteMatch("/form"))[0].remaining == ()
    found, moving, staying = _found(django, RouteMatch("/form", ("PUT",)))
    assert (moving, staying, found.remaining) == (["ANY /form"], ["POST,PATCH,DELETE /form"], ())
    assert _found(django)[0].held == (RouteMatch("/form", ()),)


def test_a_route_with_a_choice_moves_with_all_of_its_texts() -> None:
    """A rule for one language leaves the requests in the other ones to the monolith."""
    route = Route("/{language:de|en}/reviews/{id}", "POST", "m:add", "django", _HERE, entry=("m:add",))
    facts = SystemFacts(
        "m",
        modules=(Module("m", "m.py", 9),),
        functions=(Function("m:add", _HERE, 3),),
        accesses=(TableAccess("m:add", Location("m.py", 2), 0, "reviews_review", AccessMode.WRITE, "save"),),
        routes=(route,),
    )
    for rule, moves in {
        "/{language:de|en}/reviews/{id}": True,
        "/{any}/reviews/{id}": True,
        "/{language:de|en|fr}/{rest:path}": True,
        "/de/reviews/{id}": False,
        "/{language:de|fr}/reviews/{id}": False,
    }.items():
        _, moving, staying = _found(SystemGraph(facts), RouteMatch(rule))
        assert (moving, staying) == (([f"POST {route.path}"], []) if moves else ([], [f"POST {route.path}"])), rule


_HERE = Location("m.py", 1)


def _system(kind: CallKind, *entries: EntryPoint) -> SystemGraph:
    """A route whose handler makes a function run that writes ``review``."""
    return SystemGraph(
        SystemFacts(
            "m",
            modules=(Module("m", "m.py", 9),),
            functions=(Function("m:view", _HERE, 3), Function("m:save", Location("m.py", 5), 6)),
            calls=(Call("m:view", Location("m.py", 2), 0, "m:save", kind),),
            accesses=(TableAccess("m:save", Location("m.py", 6), 0, "review", AccessMode.WRITE, "save"),),
            routes=(Route("/", "POST", "m:view", "flask", _HERE, entry=("m:view",)),),
            entry_points=entries,
        )
    )


def test_a_write_after_the_commit_is_the_routes_own() -> None:
    """It happens before the answer: the route is held."""
    writers = find_writers(_system(CallKind.AFTER_COMMIT), ["review"], [])
    assert [writer.name for writer in writers.staying] == ["POST /"]
    assert writers.outside == ()


def test_work_in_the_background_passes_no_gateway() -> None:
    """A thread that a request starts may write while its route is held."""
    writers = find_writers(_system(CallKind.ASYNC), ["review"], [])
    assert writers.staying == ()
    assert [(writer.name, writer.location.line) for writer in writers.outside] == [("background m:save", 2)]


def test_what_a_library_writes_for_an_entry_point_counts() -> None:
    """Django's admin has no function of the program for what it does to a registered model."""
    admin = EntryPoint(
        EntryKind.ADMIN, "ReviewAdmin", "m:ReviewAdmin.changeform_view", Location("m.py", 7), ("review",)
    )
    writers = find_writers(SystemGraph(SystemFacts("m", entry_points=(admin,))), ["review", "vote"], [])
    assert [(writer.name, writer.tables, writer.location.line) for writer in writers.outside] == [
        ("admin ReviewAdmin", ("review",), 7)
    ]


def test_a_page_of_the_admin_that_is_overridden_is_named_once() -> None:
    """As the route it is; what the library writes for the model stands beside it."""
    page, here = "m:ReviewAdmin.changelist_view", Location("m.py", 5)
    facts = SystemFacts(
        "m",
        functions=(Function(page, here, 9),),
        accesses=(TableAccess(page, here, 0, "review", AccessMode.WRITE, "update"),),
        routes=(Route("/admin/review/", "ANY", page, "django", here, entry=(page,)),),
        entry_points=(
            EntryPoint(EntryKind.ADMIN, "ReviewAdmin", "m:ReviewAdmin.changeform_view", here, ("review",)),
            EntryPoint(EntryKind.ADMIN, "ReviewAdmin.changelist_view", page, here),
        ),
    )
    writers = find_writers(SystemGraph(facts), ["review"], [])
    assert [writer.name for writer in writers.staying] == ["ANY /admin/review/"]
    assert [writer.name for writer in writers.outside] == ["admin ReviewAdmin"]


def test_a_task_is_named_once() -> None:
    """An entry point that is queued is listed as what it is."""
    task = EntryPoint(EntryKind.TASK, "m.save", "m:save", Location("m.py", 5))
    writers = find_writers(_system(CallKind.ASYNC, task), ["review"], [])
    assert [writer.name for writer in writers.outside] == ["task m.save"]


def test_a_script_that_writes_is_outside_however_it_is_started(tmp_path: Path) -> None:
    """As cron does it; one that only reads is none, nor is a module that merely has what writes."""
    Path(tmp_path, "shop.py").write_text(SHOP)
    Path(tmp_path, "tidy.py").write_text(
        "from shop import write\n\n\ndef main():\n    write()\n\n\nif __name__ == '__main__':\n    main()\n"
    )
    Path(tmp_path, "look.py").write_text("from shop import read\n\nif __name__ == '__main__':\n    read()\n")
    system = SystemGraph(analyze(tmp_path, SilentProgress(), workers=1))
    found, *_ = _found(system)
    assert [(one.name, one.tables) for one in found.outside] == [
        ("command purge", ("reviews_review",)),
        ("program tidy", ("reviews_review",)),
    ]


def test_a_function_that_an_installed_program_runs_is_outside(shop: SystemGraph) -> None:
    """Cron starts it by the name that the installation gives it; one that only reads, or a command, is no more."""
    scripts = [
        ConsoleScript("tidy", "shop:write"),
        ConsoleScript("look", "shop:read"),
        ConsoleScript("p", "shop:purge"),
    ]
    found = find_writers(shop, ["reviews_review"], [], scripts)
    assert [one.name for one in found.outside] == ["command purge", "program tidy"]


def test_an_installed_program_is_found_through_the_module_that_imports_its_function(tmp_path: Path) -> None:
    """Packages name their programs by what their `__init__` shows."""
    package = tmp_path / "house"
    package.mkdir()
    Path(package, "__init__.py").write_text("from house.shop import write\n")
    Path(package, "shop.py").write_text(SHOP)
    system = SystemGraph(analyze(tmp_path, SilentProgress(), workers=1))
    found = find_writers(system, ["reviews_review"], [], [ConsoleScript("tidy", "house:write")])
    assert "program tidy" in [one.name for one in found.outside]
