"""Blueprints whose class has a `route` of its own, and blueprints that a program registers where it finds them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from strangler_analyzers.frameworks.flask.framework import Flask
from tests.analyzers.frameworks.route_lines import lines
from tests.analyzers.source_tree import linked


def _routes(root: Path, files: Mapping[str, str]) -> list[str]:
    return lines(Flask().routes(linked(root, files).resolver))


def test_a_route_of_ones_own_is_followed_by_the_verbs_of_the_library_too(tmp_path: Path) -> None:
    """Flask's `get` is ``self.route(rule, methods=["GET"])``: each version that the override makes is a rule."""
    source = """
        from flask import Blueprint, Flask
        VERSIONS = ["v1", "v2"]

        class Versioned(Blueprint):
            def route(self, rule, **options):
                def decorator(function):
                    for version in options.pop("versions", VERSIONS):
                        self.add_url_rule(f"{version}{rule}", f"{version}_{function.__name__}", function, **options)
                    self.add_url_rule(rule, function.__name__, function, **options)
                    return function
                return decorator

        api = Versioned("api", __name__, url_prefix="/api")

        @api.get("/orders")
        def orders(): ...

        @api.route("/orders", methods=["POST"], versions=["v2"])
        def order(): ...

        app = Flask(__name__)
        app.register_blueprint(api)
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "GET /api/orders web:orders",
        "GET /api/v1/orders web:orders",
        "GET /api/v2/orders web:orders",
        "POST /api/orders web:order",
        "POST /api/v2/orders web:order",
    ]


def test_verbs_of_ones_own_register_on_the_blueprint_they_are_called_on(tmp_path: Path) -> None:
    """Not what one blueprint's routes are on another one; the function told is the one behind the wrapper."""
    source = """
        from flask import Blueprint, Flask, request

        class Rest(Blueprint):
            def get(self, rule, query=False):
                return self._rule("GET", rule, query=query)

            def delete(self, rule):
                return self._rule("DELETE", rule)

            def _rule(self, method, rule, **options):
                return self.route(rule, methods=[method], **options)

            def route(self, rule, **options):
                options.pop("query", False)

                def decorator(function):
                    def handler(**arguments):
                        return function(request, **arguments)

                    self.add_url_rule(rule, function.__name__, handler, **options)
                    self.add_url_rule(rule + ".json", function.__name__, handler, **options)
                    return function

                return decorator

        leases = Rest("leases", __name__, url_prefix="/leases")
        hosts = Rest("hosts", __name__, url_prefix="/hosts")

        @leases.get("/<lease>", query=True)
        def lease(request, lease): ...

        @hosts.delete("/<host>")
        def remove(request, host): ...

        app = Flask(__name__)
        app.register_blueprint(leases)
        app.register_blueprint(hosts)
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "DELETE /hosts/{host} web:remove",
        "DELETE /hosts/{host}.json web:remove",
        "GET /leases/{lease} web:lease",
        "GET /leases/{lease}.json web:lease",
    ]


def test_a_route_of_ones_own_that_hands_on_to_the_librarys_is_one_rule(tmp_path: Path) -> None:
    """`super().route(...)`, given back or called: the rule is the one that is written."""
    source = """
        from flask import Blueprint, Flask

        class Loose(Blueprint):
            def route(self, rule, **options):
                options.setdefault("strict_slashes", False)
                return super().route(rule, **options)

        class Verbs(Blueprint):
            def get(self, rule, **options):
                return self.route(rule, methods=["GET"], **options)

        loose = Loose("loose", __name__, url_prefix="/loose")
        verbs = Verbs("verbs", __name__, url_prefix="/verbs")

        @loose.route("/a", methods=["PUT"])
        def a(): ...

        @loose.post("/b")
        def b(): ...

        @verbs.get("/c")
        def c(): ...

        app = Flask(__name__)
        app.register_blueprint(loose)
        app.register_blueprint(verbs)
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "GET /verbs/c web:c",
        "POST /loose/b web:b",
        "PUT /loose/a web:a",
    ]


def test_blueprints_that_are_registered_where_they_are_found_are_one_application(tmp_path: Path) -> None:
    """A small one among many is no server of its own."""
    many = "\n".join(
        f"""
        @shop.get("/{number}")
        def page_{number}(): ...
        """
        for number in range(30)
    )
    head = """
        from flask import Blueprint
    """
    files = {
        "web/app.py": """
            from flask import Flask
            from web.plugins import found

            def create_app():
                app = Flask(__name__)
                for blueprint in found():
                    app.register_blueprint(blueprint)
                return app
        """,
        "web/shop.py": head + '        shop = Blueprint("shop", __name__, url_prefix="/shop")\n' + many,
        "web/about.py": head
        + """
        about = Blueprint("about", __name__, url_prefix="/about")

        @about.get("")
        def page(): ...
        """,
    }
    routes = _routes(tmp_path, files)
    assert len(routes) == 31
    assert "GET /about web.about:page" in routes
