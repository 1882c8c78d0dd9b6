"""Classes of Flask-Classful: what `register` makes rules of."""

from __future__ import annotations

from pathlib import Path

from strangler_analyzers.frameworks.flask.framework import Flask
from tests.analyzers.frameworks.route_lines import entries, lines
from tests.analyzers.source_tree import linked

_VIEWS = """
    from flask import Blueprint, Flask
    from flask_classful import FlaskView, method, route

    class Listed:
        def index(self): ...

        @route("/filter", methods=["POST"])
        def filter(self): ...

        @route("", methods=["DELETE"])
        def delete_all(self): ...

    class GenericView(FlaskView):
        route_prefix = "/v3/"
        trailing_slash = False
        def before_request(self, name): ...

        @classmethod
        def setup(cls): ...

        def _own(self): ...

    class ShopItemsView(Listed, GenericView):
        base_args = ["shop"]
        excluded_methods = ["hidden"]
        def get(self, item, full=False): ...
        def after_get(self, response): ...
        def hidden(self): ...

        @method("PATCH")
        def rename(self, shop, item): ...

    class Plain(FlaskView):
        route_base = "/plain/<kind>"
        def put(self): ...

    api = Blueprint("api", __name__)
    app = Flask(__name__)
    ShopItemsView.register(api)
    Plain.register(app, route_prefix="/x")
    app.register_blueprint(api, url_prefix="/shop")
"""


def test_methods_of_a_registered_class_are_rules(tmp_path: Path) -> None:
    """Names of methods, `route`, `method` and arguments make the rules; private, excluded and class methods do not."""
    assert lines(Flask().routes(linked(tmp_path, {"web.py": _VIEWS}).resolver)) == [
        "DELETE /shop/v3/shop-items web:ShopItemsView",
        "GET /shop/v3/shop-items web:ShopItemsView",
        "GET /shop/v3/shop-items/{item} web:ShopItemsView",
        "PATCH /shop/v3/shop-items/rename/{item} web:ShopItemsView",
        "POST /shop/v3/shop-items/filter web:ShopItemsView",
        "PUT /x/plain/{kind}/ web:Plain",
    ]


def test_what_stands_before_and_after_a_method_runs_too(tmp_path: Path) -> None:
    """``before_request`` and ``after_get`` of the class belong to the route."""
    found = entries(Flask().routes(linked(tmp_path, {"web.py": _VIEWS}).resolver))
    assert found["GET /shop/v3/shop-items/{item}"] == (
        "GenericView.before_request",
        "ShopItemsView.get",
        "ShopItemsView.after_get",
    )
