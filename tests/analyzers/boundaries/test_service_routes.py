"""The requests a service has to answer, by the rules of strangler.toml and by the source of the views."""

from __future__ import annotations

import ast

from strangler.model.location import Location
from strangler.model.system import ANY_METHOD, AccessMode, Confidence, Function, Module, Route, SystemFacts, TableAccess
from strangler.model.tables import Table, TableOrigin
from strangler.project import RouteMatch, RouteRule
from strangler_analyzers.boundaries.ownership import Ownership
from strangler_analyzers.boundaries.service_routes import ServiceRoutes
from strangler_analyzers.graph.system_graph import SystemGraph

_SOURCE = """
def delete(request, task_id):
    if request.method == "POST":
        remove(task_id)

def change(request, task_id: int): ...

def show(request, slug): ...

@require("DELETE")
def vote(request): ...

def foreign(request): ...
"""
_URLS = """
path("delete/<int:task_id>/", delete)
path("change/<task_id>/", change)
path("<slug:slug>/", show)
path("vote/", vote)
path("foreign/", foreign)
"""
_PATHS = {
    "delete": "/delete/{task_id}/",
    "change": "/change/{task_id}/",
    "show": "/{slug}/",
    "vote": "/vote/",
    "foreign": "/foreign/",
}


def _access(function: str, table: str, mode: AccessMode) -> TableAccess:
    return TableAccess(f"tasks.views:{function}", Location("views.py", 1), 0, table, mode, "x", Confidence.CERTAIN)


def _graph() -> SystemGraph:
    names = list(_PATHS)
    return SystemGraph(
        SystemFacts(
            ".",
            modules=(Module("tasks.views", "views.py", 20), Module("urls", "urls.py", 8)),
            functions=tuple(Function(f"tasks.views:{name}", Location("views.py", 1), 9) for name in names),
            routes=tuple(
                Route(
                    path,
                    ANY_METHOD,
                    f"tasks.views:{name}",
                    "django",
                    Location("urls.py", 2 + names.index(name)),
                    entry=(f"tasks.views:{name}",),
                )
                for name, path in _PATHS.items()
            ),
            tables=tuple(Table(name, TableOrigin.DJANGO, None, None) for name in ("task", "user")),
            accesses=(
                *(_access(name, "task", AccessMode.WRITE) for name in ("delete", "change")),
                _access("show", "task", AccessMode.READ),
                _access("foreign", "user", AccessMode.READ),
            ),
        )
    )


_TREES = {"views.py": ast.parse(_SOURCE), "urls.py": ast.parse(_URLS)}


def found(*rules: RouteRule) -> dict[str, str]:
    """What is drafted and what is not, by request, with what is in doubt."""
    owners = Ownership({"task": "tasks", "user": "monolith"}, {"tasks.views": "tasks"}, {}, frozenset())
    routes = ServiceRoutes(_graph(), owners, rules, _TREES.get).of("tasks")
    return {f"{item.method} {item.path}": item.left_out or item.doubt for item in routes}


def test_what_may_write_is_never_drafted_as_get() -> None:
    """A view that takes any method is asked as its code says, and where it says nothing people decide."""
    writes = "the view takes any method and may write task"
    assert found() == {
        "POST /delete/{task_id}/": "",
        "GET /delete/{task_id}/": writes,
        "POST /change/{task_id}/": "method, the view takes any and may write task",
        "GET /change/{task_id}/": writes,
        "GET /{slug}/": "method, the view takes any",
        "DELETE /vote/": "",
        "ANY /foreign/": "its code is the service's, its tables are of monolith: user",
    }


def test_the_rules_of_the_project_come_first() -> None:
    """Their methods hold, what they give to another service is not drafted, and what the map lacks is."""
    rules = [
        RouteRule(RouteMatch("/foreign/", ("GET",)), "tasks"),
        RouteRule(RouteMatch("/delete/{number}/", ("DELETE",)), "tasks"),
        RouteRule(RouteMatch("/change/{rest:path}"), "other"),
        RouteRule(RouteMatch("/new/", ("POST",)), "tasks"),
        RouteRule(RouteMatch("/vote/", ("POST",)), "other"),
    ]
    assert found(*rules) == {
        "GET /foreign/": "",
        "DELETE /delete/{task_id}/": "",
        "GET /{slug}/": "method, the view takes any",
        "POST /new/": "",
    }


def test_types_of_placeholders_stand_in_the_code() -> None:
    """In the converter of the path, or in the annotation of the view."""
    owners = Ownership({"task": "tasks"}, {"tasks.views": "tasks"}, {}, frozenset())
    routes = ServiceRoutes(_graph(), owners, (), _TREES.get).of("tasks")
    types = {item.path: dict(item.types) for item in routes}
    assert types["/delete/{task_id}/"] == types["/change/{task_id}/"] == {"task_id": "integer"}
    assert types["/{slug}/"] == {"slug": "string"}
