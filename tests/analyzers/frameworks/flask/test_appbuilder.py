"""Flask-AppBuilder's views and APIs: the rules of the `url_map` that version 5.0.2 makes of the sample."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import Route
from strangler_analyzers.frameworks.flask.framework import Flask
from tests.analyzers.frameworks.route_lines import entries, lines
from tests.analyzers.source_tree import linked

_SHOP = """
    from flask import Flask
    from flask_appbuilder import AppBuilder, BaseView, IndexView, ModelRestApi, ModelView, SimpleFormView
    from flask_appbuilder import expose, has_access
    from flask_appbuilder.api import BaseApi
    from flask_appbuilder.hooks import before_request
    from flask_appbuilder.models.sqla.interface import SQLAInterface

    LIST, READ = "get_list", {"get", "get_list"}

    class Start(IndexView):
        @expose("/")
        def index(self): ...

    class Reports(BaseView):
        route_base = "/reports"
        @expose("/<int:year>/", methods=["GET", "POST"])
        @has_access
        def year(self, year): ...
        @expose("/old")
        @expose("/new")
        def both(self): ...
        @before_request(only=["year"])
        def check(self): ...

    class Plain(BaseView):
        @expose("/page")
        def page(self): ...
        def hidden(self): ...

    class Base(ModelRestApi):
        include_route_methods = READ | {"related"}
        @expose("/related/<name>", methods=("GET",))
        def related(self, name): ...

    class OrderApi(Base):
        resource_name = "order"
        def pre_get_list(self, data): ...

    class ItemApi(ModelRestApi):
        exclude_route_methods = {"info", "put"}
        def pre_add(self, item): ...
        def delete(self, pk): ...

    class Ping(BaseApi):
        version = "v2"
        @expose("/now")
        def now(self): ...

    class Left(BaseView):
        @expose("/out")
        def out(self): ...

    class Orders(ModelView):
        include_route_methods = "list"

    class Contact(SimpleFormView):
        def form_post(self, form): ...

    def make():
        app = Flask("shop")
        builder = AppBuilder(app, None, indexview=Start)
        builder.add_view(Reports, "Reports")
        builder.add_view_no_menu(Plain())
        builder.add_view_no_menu(Contact)
        builder.add_view(Orders, "Orders", category="Shop")
        for api in (OrderApi, ItemApi):
            builder.add_api(api)
        builder.add_api(Ping)
        return app
"""


def _routes(root: Path) -> list[Route]:
    return list(Flask().routes(linked(root, {"shop.py": _SHOP}).resolver))


def test_exposed_methods_answer_below_the_base_of_their_class(tmp_path: Path) -> None:
    """Inherited rules count, the package's own too; what is overridden without a rule has none."""
    assert lines(_routes(tmp_path)) == [
        "GET / shop:Start.index",
        "GET /api/v1/itemapi/ shop:ItemApi.get_list",
        "GET /api/v1/itemapi/{pk} shop:ItemApi.get",
        "GET /api/v1/order/ shop:OrderApi.get_list",
        "GET /api/v1/order/related/{name} shop:Base.related",
        "GET /api/v1/order/{pk} shop:OrderApi.get",
        "GET /api/v2/ping/now shop:Ping.now",
        "GET /contact/form shop:Contact.this_form_get",
        "GET /orders/list/ shop:Orders.list",
        "GET /plain/page shop:Plain.page",
        "GET /reports/new shop:Reports.both",
        "GET /reports/old shop:Reports.both",
        "GET /reports/{year}/ shop:Reports.year",
        "POST /api/v1/itemapi/ shop:ItemApi.post",
        "POST /contact/form shop:Contact.this_form_post",
        "POST /reports/{year}/ shop:Reports.year",
    ]


def test_what_the_package_runs_of_a_class_belongs_to_the_request(tmp_path: Path) -> None:
    """Hooks of the package's own methods, and what is declared to run before a request."""
    found = entries(_routes(tmp_path))
    assert found["POST /api/v1/itemapi/"] == ("ItemApi.pre_add",)
    assert found["GET /api/v1/order/"] == ("OrderApi.pre_get_list",)
    assert found["POST /contact/form"] == ("Contact.form_post",)
    assert found["GET /reports/{year}/"] == ("Reports.check", "Reports.year")
    assert found["GET /reports/new"] == ("Reports.both",)
