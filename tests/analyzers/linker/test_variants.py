"""What inherited methods do as methods of each class that a route leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.system import SystemFacts
from strangler_analyzers.graph.request_path import CallStep, PathOptions, walk
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.source_tree import facts_of

_MODELS = """
    from flask_sqlalchemy import SQLAlchemy
    db = SQLAlchemy()
    class Order(db.Model):
        id = db.Column(db.Integer, primary_key=True)
    class Person(db.Model):
        id = db.Column(db.Integer, primary_key=True)
"""
_BASES = {
    "the base's __init__ takes it": (
        "def __init__(self, model): self.model = model",
        "def __init__(self): Base.__init__(self, {model})",
    ),
    "super().__init__ passes it on": (
        "def __init__(self, model=None): self.model = model",
        "def __init__(self): super().__init__({model})",
    ),
    "a class attribute names it": ("model = None", "model = {model}"),
    "a method gives it": ("@property\n    def model(self): ...", "@property\n    def model(self): return {model}"),
}


def _application(root: Path, base: str, child: str) -> SystemFacts:
    views = f"""
from flask import Flask
from flask.views import MethodView
from shop.models import Order, Person, db

class Base(MethodView):
    {base}
    def get(self): return self.find()
    def find(self): return db.session.query(self.model).all()

class Orders(Base):
    {child.format(model="Order")}

class Persons(Base):
    {child.format(model="Person")}

app = Flask(__name__)
app.add_url_rule("/orders", view_func=Orders.as_view("orders"))
app.add_url_rule("/persons", view_func=Persons.as_view("persons"))
"""
    return facts_of(root, {"shop/models.py": _MODELS, "shop/views.py": views})


@pytest.mark.parametrize("way", _BASES)
def test_a_request_reads_the_table_its_own_class_names(tmp_path: Path, way: str) -> None:
    """What a base class does for every subclass is told apart by the class that handles the route."""
    graph = SystemGraph(_application(tmp_path, *_BASES[way]))
    reads = {route.path: graph.route_tables(route).reads for route in graph.facts.routes}
    assert reads == {"/orders": ("order",), "/persons": ("person",)}


def test_the_way_of_a_request_runs_through_variants(tmp_path: Path) -> None:
    """Each step says as a method of which class it runs, and the accesses are those of that class."""
    graph = SystemGraph(_application(tmp_path, *_BASES["a class attribute names it"]))
    (route,) = graph.find_routes("GET /persons")
    (first,) = graph.request_path(route, PathOptions(effects_only=True)).handler
    steps = [step for step in walk(first) if isinstance(step, CallStep)]
    assert [(step.function, step.context) for step in steps] == [
        ("shop.views:Base.get", "shop.views:Persons"),
        ("shop.views:Base.find", "shop.views:Persons"),
    ]


def test_variants_that_do_what_the_function_does_are_left_out(tmp_path: Path) -> None:
    """Nothing is said twice."""
    views = """
        from flask import Flask
        from flask.views import MethodView
        class Base(MethodView):
            def get(self): return self.answer()
            def answer(self): return "ok"
        class First(Base): ...
        class Second(Base): ...
        app = Flask(__name__)
        app.add_url_rule("/1", view_func=First.as_view("1"))
        app.add_url_rule("/2", view_func=Second.as_view("2"))
    """
    facts = facts_of(tmp_path, {"shop/views.py": views})
    assert facts.variants == ()
    assert {call.context for call in facts.calls} == {""}


def test_what_only_variants_call_is_an_edge_of_the_graph(tmp_path: Path) -> None:
    """The call graph holds the calls of every context; those of a variant name its class."""
    source = """
        from flask import Flask
        from flask.views import MethodView
        def one(): ...
        def two(): ...
        class Base(MethodView):
            action = None
            def get(self): return self.action()
        class First(Base):
            action = one
        class Second(Base):
            action = two
        app = Flask(__name__)
        app.add_url_rule("/1", view_func=First.as_view("1"))
        app.add_url_rule("/2", view_func=Second.as_view("2"))
    """
    network = SystemGraph(facts_of(tmp_path, {"m.py": source})).to_networkx()
    called = {
        (target, data.get("context"))
        for source_id, target, data in network.edges(data=True)
        if source_id == "function:m:Base.get" and data["kind"] == "calls"
    }
    assert ("function:m:one", "m:First") in called
    assert ("function:m:two", "m:Second") in called


def test_a_helper_reads_the_table_it_is_given(tmp_path: Path) -> None:
    """A function that takes a mapped class is told apart by the class a call gives, also through another helper."""
    source = """
        from flask import Flask
        from shop.models import Order, Person, db
        def find(model, id): return look_up(model, id)
        def look_up(kind, id): return db.session.get(kind, id)
        app = Flask(__name__)
        @app.get("/orders")
        def orders(): return find(Order, 1)
        @app.get("/persons")
        def persons(): return find(Person, 1)
    """
    graph = SystemGraph(facts_of(tmp_path, {"shop/models.py": _MODELS, "shop/views.py": source}))
    reads = {route.path: graph.route_tables(route).reads for route in graph.facts.routes}
    assert reads == {"/orders": ("order",), "/persons": ("person",)}
    assert ("shop.views:look_up", "kind=shop.models:Order") in {(v.function, v.context) for v in graph.facts.variants}
