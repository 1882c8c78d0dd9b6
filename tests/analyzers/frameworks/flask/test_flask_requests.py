"""What Flask runs for a request besides the view: hooks and the loaders of the user; and what runs without one."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import CallKind, EntryKind
from strangler_analyzers.export.facts import neutral_facts
from strangler_analyzers.frameworks.flask.framework import Flask
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.frameworks.route_lines import entries, lines
from tests.analyzers.source_tree import facts_of, linked


def test_hooks_come_first(tmp_path: Path) -> None:
    """Hooks of the application, then of the blueprint, then the method that answers, wherever it is defined."""
    source = """
        from flask import Blueprint, Flask
        from flask.views import MethodView
        bp = Blueprint("orders", __name__)

        class Base(MethodView):
            def get(self): ...

        class Orders(Base): ...

        @bp.before_request
        def check(): ...

        @bp.app_errorhandler(404)
        def missing(error): ...

        bp.add_url_rule("/orders", view_func=Orders.as_view("orders"))

        def close(error=None): ...

        def create_app():
            app = Flask("shop")

            @app.get("/")
            def index(): ...

            app.teardown_appcontext(close)
            app.register_blueprint(bp)
            return app
    """
    routes = list(Flask().routes(linked(tmp_path, {"web.py": source}).resolver))
    assert entries(routes) == {
        "GET /": ("close", "create_app.<locals>.index"),
        "GET /orders": ("close", "check", "Base.get"),
    }
    assert {route.path: route.first_own for route in routes} == {"/": 1, "/orders": 2}
    assert {route.name for route in routes} == {"index", "orders.Orders"}


def test_a_protected_view_loads_the_user(tmp_path: Path) -> None:
    """The loader runs for views decorated by the library that calls it, not for the others."""
    source = """
        from flask import Flask
        from flask_jwt_extended import JWTManager, jwt_required
        app = Flask(__name__)
        jwt = JWTManager(app)

        @jwt.user_lookup_loader
        def load(header, payload): ...

        @app.get("/private")
        @jwt_required()
        def private(): ...

        @app.get("/public")
        def public(): ...
    """
    routes = Flask().routes(linked(tmp_path, {"web.py": source}).resolver)
    assert entries(routes) == {"GET /private": ("load", "private"), "GET /public": ("public",)}


def test_commands_are_entry_points(tmp_path: Path) -> None:
    """Commands of the application, of Click groups and of their subgroups, by the name an operator types."""
    source = """
        import click
        from flask import Flask
        app = Flask(__name__)

        @app.cli.command("init-db")
        def init(): ...

        @click.group()
        def users(): ...

        @users.command()
        def add_user(): ...
    """
    points = facts_of(tmp_path, {"web.py": source}).entry_points
    assert [(point.kind, point.name, point.function) for point in points] == [
        (EntryKind.COMMAND, "init-db", "web:init"),
        (EntryKind.COMMAND, "users", "web:users"),
        (EntryKind.COMMAND, "users add-user", "web:add_user"),
    ]


def test_an_enqueued_job_runs_later(tmp_path: Path) -> None:
    """`queue.enqueue(f)` is an asynchronous call of `f`."""
    source = """
        import flask
        from rq import Queue
        queue = Queue()

        def send(): ...

        def order():
            queue.enqueue(send, 1)
    """
    facts = facts_of(tmp_path, {"web.py": source})
    assert [(call.caller, call.callee) for call in facts.calls if call.kind is CallKind.ASYNC] == [
        ("web:order", "web:send")
    ]


def test_a_small_server_beside_the_application_is_an_entry_point(tmp_path: Path) -> None:
    """A worker's health check runs on another port: its paths are not the application's."""
    files = {
        "web.py": """
            from flask import Flask
            app = Flask(__name__)

            def view(): ...

            for number in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15",
                           "16", "17", "18", "19", "20", "21"]:
                app.add_url_rule(f"/page/{number}", view_func=view)
        """,
        "worker.py": """
            from flask import Flask
            app = Flask(__name__)

            @app.get("/health")
            def health(): ...
        """,
    }
    framework = Flask()
    resolver = linked(tmp_path, files).resolver
    routes = lines(framework.routes(resolver))
    assert len(routes) == 22
    assert not any("/health" in line for line in routes)
    assert [(point.kind, point.name, point.function) for point in framework.entry_points(resolver)] == [
        (EntryKind.SERVER, "GET /health", "worker:health")
    ]


def test_a_class_decorates_each_of_its_methods(tmp_path: Path) -> None:
    """Flask-RESTful's `method_decorators`: each method has what the wrapper passes it, and none what the others do."""
    source = """
        from functools import wraps
        from flask import Flask
        from flask.views import MethodView
        from flask_restful import Api, Resource
        from flask_sqlalchemy import SQLAlchemy
        app = Flask(__name__)
        api = Api(app)
        db = SQLAlchemy(app)

        class Account(db.Model):
            id = db.Column(db.Integer, primary_key=True)
            orders = db.relationship("Order")

        class Order(db.Model):
            id = db.Column(db.Integer, primary_key=True)
            account_id = db.Column(db.ForeignKey("account.id"))

        def signed_in(view):
            @wraps(view)
            def wrapper(*args, **kwargs):
                return view(*args, account=Account.query.first(), **kwargs)
            return wrapper

        class Orders(Resource):
            method_decorators = [signed_in]
            def get(self, account):
                return list(account.orders)
            def delete(self, account):
                db.session.delete(account)

        class Accounts(MethodView):
            decorators = [signed_in]
            def get(self, account):
                return "yes"

        api.add_resource(Orders, "/orders")
        app.add_url_rule("/accounts", view_func=Accounts.as_view("accounts"))
    """
    requests = neutral_facts(SystemGraph(facts_of(tmp_path, {"web.py": source})))["requests"]
    touched = {f"{one['method']} {one['path']}": (one["reads"], one["writes"]) for one in requests}
    assert touched["GET /orders"] == (["account", "order"], [])
    assert touched["GET /accounts"] == (["account"], [])
    assert "account" in touched["DELETE /orders"][1]


def test_decorators_of_a_class_stand_around_the_methods_of_its_heirs(tmp_path: Path) -> None:
    """As Flask's views and Flask-RESTful's resources name them; the nearest list counts, and one's own once."""
    source = """
        import functools
        from flask import Flask
        from flask.views import MethodView
        from flask_restful import Api, Resource
        app = Flask(__name__)
        api = Api(app)

        def check(): ...

        def login(function):
            @functools.wraps(function)
            def inner(*args, **options):
                check()
                return function(*args, **options)
            return inner

        class Private(MethodView):
            decorators = [login]
            def post(self): ...

        class Orders(Private):
            def get(self): ...

        class Open(Private):
            decorators = []
            def get(self): ...

        class Guarded(Resource):
            method_decorators = [login]

        class Parts(Guarded):
            def get(self): ...

        app.add_url_rule("/orders", view_func=Orders.as_view("orders"))
        app.add_url_rule("/open", view_func=Open.as_view("open"))
        api.add_resource(Parts, "/parts")
    """
    assert entries(Flask().routes(linked(tmp_path, {"web.py": source}).resolver)) == {
        "GET /orders": ("login.<locals>.inner", "Orders.get"),
        "POST /orders": ("Private.post",),
        "GET /open": ("Open.get",),
        "POST /open": ("Private.post",),
        "GET /parts": ("login.<locals>.inner", "Parts.get"),
    }
