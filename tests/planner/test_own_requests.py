"""What v1 asks of itself past the gateway is told of the routes that go to a service."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from strangler.model.location import Location
from strangler.model.system import Module, Route, SystemFacts
from strangler.planner.own_requests import own_request_findings
from strangler.project_reader import load_project
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.ratchet.findings import Rule

PROJECT = """
[monolith]
root = "."

[services.reviews]
tables = ["review"]

[[routes]]
match = { path = "/reviews", methods = ["GET"] }
service = "reviews"
"""


def test_only_routes_that_go_to_the_service_are_told(tmp_path: Path) -> None:
    """With the asker as the subject, so that a baseline knows it after an edit."""
    (tmp_path / "strangler.toml").write_text(PROJECT)
    (tmp_path / "jobs.py").write_text('client = app.test_client()\nclient.get("/reviews")\nclient.get("/orders")\n')
    route = Route("/reviews", "GET", "views:listing", "flask", Location("views.py", 1))
    routes = (route, replace(route, path="/orders"), replace(route, method="POST"))
    system = SystemGraph(SystemFacts(".", modules=(Module("jobs", "jobs.py", 3),), routes=routes))
    (found,) = own_request_findings(system, load_project(tmp_path), ["reviews"])
    assert (found.rule, found.subject) == (Rule.OWN_REQUEST, "jobs:<module> -> GET /reviews")
    assert found.message.startswith("GET /reviews: v1 asks for it itself at jobs.py:2 (jobs:<module>): that stays on")
