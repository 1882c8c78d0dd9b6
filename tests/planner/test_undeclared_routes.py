"""Routes of a service that the gateway has no rule for."""

from __future__ import annotations

from pathlib import Path

from strangler.model.progress import SilentProgress
from strangler.planner.undeclared_routes import undeclared_routes
from strangler.project_reader import parse_project
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.ratchet.declared_ownership import declared_ownership

_APP = "import sqlite3\nfrom flask import Flask\napp = Flask(__name__)\nconnection = sqlite3.connect('x')\n"
_REVIEWS = """
from app import app, connection

@app.post("/reviews")
def add():
    connection.execute("INSERT INTO review VALUES (1)")
"""
_PAGES = """
from app import app, connection

@app.get("/home")
def home():
    return connection.execute("SELECT * FROM review").fetchall()
"""
_PROJECT = """
[services.reviews]
modules = ["reviews"]
tables = ["review"]
"""


def test_a_page_of_the_rest_that_uses_its_tables_is_not_called_its_own(tmp_path: Path) -> None:
    """To send it to the service may be wrong: there is another way to be done with it."""
    for name, text in (("app", _APP), ("reviews", _REVIEWS), ("pages", _PAGES)):
        (tmp_path / f"{name}.py").write_text(text)
    system, project = SystemGraph(analyze(tmp_path, SilentProgress(), workers=1)), parse_project(_PROJECT)
    owners = declared_ownership(system, project.services, Constraints())
    page, own = sorted(undeclared_routes(system, project, owners), key=lambda item: item.subject)
    assert own.message.startswith("POST /reviews is answered by reviews, and no [[routes]] names it: ")
    assert own.remedy == "add it to [[routes]] in strangler.toml"
    assert page.message.startswith("GET /home uses tables of reviews, by code that is not its own, and no [[routes]]")
    assert page.remedy.endswith("strangler plan reviews --done routes --because REASON")
