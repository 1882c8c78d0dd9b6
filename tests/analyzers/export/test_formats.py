"""The exports, read back by the tools they are for."""

from __future__ import annotations

import csv
import io
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from strangler.model.location import Location
from strangler.model.system import Route
from strangler_analyzers.export.dot import dot
from strangler_analyzers.export.facts import neutral_facts
from strangler_analyzers.export.graphml import graphml
from strangler_analyzers.export.mermaid import mermaid
from strangler_analyzers.export.node_link import node_link_json
from strangler_analyzers.export.tables import csv_archive, csv_tables
from strangler_analyzers.graph.overview import Level
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.networkx_answers import content_of, read_graphml, read_node_link
from tests.analyzers.shop_facts import shop_facts, with_logs
from tests.analyzers.source_tree import facts_of
from tests.sample_monolith import sample_facts


@pytest.fixture
def graph() -> SystemGraph:
    """The shop, with a route whose regular expression is hard to write down."""
    facts = shop_facts()
    route = Route('/x"<&>\\\x0b', "GET", "shop.utils:paginate", "django", Location("urls.py", 1))
    return SystemGraph(replace(facts, routes=(*facts.routes, route)))


def test_graphml_loads_with_networkx(graph: SystemGraph) -> None:
    """Every node, edge and typed attribute comes back; what XML cannot hold is replaced."""
    read, whole = read_graphml(graphml(graph)), content_of(graph.to_networkx())
    assert set(read.nodes) == {node.replace("\x0b", "\ufffd") for node in whole.nodes}
    assert len(read.edges) == len(whole.edges)
    assert read.nodes["module:shop.utils"] == whole.nodes["module:shop.utils"]
    assert read.nodes["module:shop.utils"]["lines"] == 25


def test_json_loads_with_networkx(graph: SystemGraph) -> None:
    """The same graph as `to_networkx` gives, attribute by attribute."""
    content = node_link_json(graph)
    assert content.startswith(b'{"schema":"strangler.nodes-and-edges","version":1,"directed":true,')
    assert read_node_link(content) == content_of(graph.to_networkx())


def test_csv_has_a_row_for_every_node_and_edge() -> None:
    """Each column is filled by some kind; the archive holds the same two files and is reproducible."""
    graph = SystemGraph(with_logs(shop_facts()))
    whole = graph.to_networkx()
    counts = {"nodes.csv": whole.number_of_nodes(), "edges.csv": whole.number_of_edges()}
    tables = csv_tables(graph)
    for name, count in counts.items():
        rows = list(csv.DictReader(io.StringIO(tables[name].decode())))
        assert len(rows) == count
        assert all(any(row[column] for row in rows) for column in rows[0]) or name == "nodes.csv"
    with zipfile.ZipFile(io.BytesIO(csv_archive(graph))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == tables
    assert csv_archive(graph) == csv_archive(graph)


@pytest.mark.graphviz
@pytest.mark.parametrize("level", Level)
def test_graphviz_draws_names_that_are_hard_to_write(graph: SystemGraph, level: Level) -> None:
    """Quotes, brackets and braces in names are escaped."""
    assert drawn(dot(graph, level)) == ""


@pytest.mark.graphviz
@pytest.mark.parametrize("level", [Level.APPS, pytest.param(Level.MODULES, marks=pytest.mark.realworld)])
def test_graphviz_draws_a_whole_application(level: Level) -> None:
    """Apps that depend on each other in both directions have ranks all the same; no edge is lost."""
    assert drawn(dot(SystemGraph(sample_facts()), level)) == ""


def drawn(text: str) -> str:
    """What Graphviz complains of when it draws."""
    command = ["dot", "-Tplain"]
    # Among nine other busy processes it took 55 s once; the limit is there for what would never end.
    return subprocess.run(command, input=text.encode(), check=False, capture_output=True, timeout=300).stderr.decode()


def test_dot_at_the_level_of_apps(graph: SystemGraph) -> None:
    """One line per app and per bundle of dependencies."""
    lines = dot(graph, Level.APPS).splitlines()
    assert '  "module:shop.orders" [label="shop.orders" style=filled fillcolor=gray95];' in lines
    assert '  "module:shop.orders" -> "module:shop.catalog" [color=gray40 weight=3 label="3"];' in lines


def test_mermaid_at_the_level_of_apps() -> None:
    """The whole chart of the shop."""
    assert mermaid(SystemGraph(shop_facts()), Level.APPS) == MERMAID


def test_mermaid_escapes_what_it_could_take_for_syntax() -> None:
    """Names from the source cannot break out of their labels."""
    facts = shop_facts()
    table = replace(facts.tables[0], name='end"] --> x<b>')
    text = mermaid(SystemGraph(replace(facts, tables=(table, *facts.tables[1:]))))
    assert '[("end#34;#93; --#62; x#60;b#62;")]' in text


def test_facts_have_the_neutral_shape() -> None:
    """Routes by handler, tables of the system's own, requests with the tables their handler reaches."""
    facts = neutral_facts(SystemGraph(shop_facts()))
    assert facts["routes"][0] == {"path": "/orders", "methods": ["GET", "POST"], "handler": "shop.orders.views:create"}
    assert facts["routes"][1]["methods"] is None
    assert "auth_user" not in {table["table"] for table in facts["tables"]}
    stock = next(table for table in facts["tables"] if table["table"] == "catalog_stock")
    assert stock == {
        "table": "catalog_stock",
        "model": "shop.catalog.models:Stock",
        "columns": ["id", "product_id"],
        "foreign_keys": [{"column": "product_id", "ref_table": "catalog_product", "ref_column": "id"}],
    }
    assert facts["requests"][1] == {
        "path": "/orders",
        "method": "POST",
        "reads": ["catalog_stock"],
        "writes": ["accounts_customer", "catalog_stock", "orders_order"],
        "may_write": [],
    }
    any_methods = [request["method"] for request in facts["requests"] if request["path"] == "/products/{id}"]
    assert any_methods == ["GET", "POST"]
    assert facts["function_tables"]["shop.payments.client:charge"] == {"reads": [], "writes": ["orders_order"]}


def test_facts_leave_out_queued_calls_and_classes_without_code() -> None:
    """Both sides of a call are functions that run one inside the other; imports are all there."""
    facts = neutral_facts(SystemGraph(shop_facts()))
    assert ("shop.orders.services:place_order", "shop.orders.models:Order.save") in facts["calls"]
    assert ("shop.orders.services:place_order", "shop.orders.models:Order") not in facts["calls"]
    assert ("shop.orders.services:place_order", "shop.notifications.tasks:send_receipt") not in facts["calls"]
    assert ("shop.orders.models", "shop.accounts.models") in facts["imports"]
    assert ("shop.tests.test_orders", "shop.orders.views") in facts["imports"]


MERMAID = """\
flowchart LR
  u0["shop.accounts"]
  u1["shop.catalog"]
  u2["shop.notifications"]
  u3["shop.orders"]
  u4["shop.payments"]
  u5["shop.utils"]
  subgraph app0["shop.accounts"]
    t0[("accounts_customer")]
  end
  subgraph app1["shop.catalog"]
    t2[("catalog_product")]
    t3[("catalog_stock")]
  end
  subgraph app2["shop.orders"]
    t5[("orders_order")]
  end
  t1[("auth_user")]
  t4[("notifications_mail")]
  t6[("reviews_review")]
  u0 -.-> t1
  u1 --> u3
  u1 -->|2| u5
  u1 -.-> t2
  u1 -.-> t3
  u1 ==> t3
  u1 -.-> t6
  u2 --> u3
  u2 ==> t4
  u2 -.-> t5
  u3 --> u0
  u3 -->|3| u1
  u3 -->|2| u2
  u3 -->|2| u4
  u3 -->|2| u5
  u3 ==> t0
  u3 ==> t5
  u4 --> u3
  u4 ==> t5
  t3 --o t2
  t5 --o t0
"""


def test_what_is_only_written_behind_a_cache_is_told_apart(tmp_path: Path) -> None:
    """The facts themselves keep it: a move of data has to reckon with it."""
    source = """
        from functools import lru_cache
        from flask import Flask
        from flask_sqlalchemy import SQLAlchemy

        app = Flask(__name__)
        db = SQLAlchemy(app)

        class Kind(db.Model):
            id = db.Column(db.Integer, primary_key=True)
        class Visit(db.Model):
            id = db.Column(db.Integer, primary_key=True)

        @lru_cache
        def kind():
            found = Kind.query.first()
            if found is None:
                db.session.add(Kind())
            return found

        @app.route("/visits", methods=["POST"])
        def visit():
            db.session.add(Visit())
            return kind()
    """
    graph = SystemGraph(facts_of(tmp_path, {"shop.py": source}))
    (request,) = neutral_facts(graph)["requests"]
    assert "kind" in request["reads"]
    assert request["writes"] == ["visit"]
    assert request["may_write"] == ["kind"]
    (route,) = graph.facts.routes
    assert graph.route_tables(route).writes == ("kind", "visit")


def test_what_the_database_deletes_by_itself_a_request_may_write(tmp_path: Path) -> None:
    """No statement names it, so no recording has it among the writes; the map counts it like any other."""
    source = """
        from flask import Flask
        from flask_sqlalchemy import SQLAlchemy

        app = Flask(__name__)
        db = SQLAlchemy(app)

        class Visit(db.Model):
            id = db.Column(db.Integer, primary_key=True)
        class Step(db.Model):
            id = db.Column(db.Integer, primary_key=True)
            visit_id = db.Column(db.ForeignKey("visit.id", ondelete="CASCADE"))

        @app.route("/visits", methods=["DELETE"])
        def forget():
            Visit.query.delete()
    """
    graph = SystemGraph(facts_of(tmp_path, {"shop.py": source}))
    neutral = neutral_facts(graph)
    (request,) = neutral["requests"]
    assert (request["writes"], request["may_write"]) == (["visit"], ["step"])
    assert neutral["function_tables"]["shop:forget"]["writes"] == ["visit"]
    (route,) = graph.facts.routes
    assert graph.route_tables(route).writes == ("step", "visit")
