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


_SECURITY = """
    from flask import Flask
    from flask_appbuilder import AppBuilder, expose
    from flask_appbuilder.security.sqla.apis import RoleApi, UserApi
    from flask_appbuilder.security.sqla.manager import SecurityManager
    from flask_appbuilder.security.views import AuthDBView, PermissionModelView, ResetPasswordView, UserDBModelView

    class Roles(RoleApi):
        exclude_route_methods = {"info", "post", "put"}

    class People(UserApi):
        resource_name = "people"
        include_route_methods = {"get_list"}

    class SignIn(AuthDBView):
        @expose("/login/", methods=["GET"])
        def login(self): ...

    class Users(UserDBModelView):
        include_route_methods = {"list", "userinfo"}

    class Reset(ResetPasswordView): ...

    class Permissions(PermissionModelView):
        route_base = "/actions"
        include_route_methods = {"list"}

    class Manager(SecurityManager):
        role_api = Roles
        user_api = People
        authdbview = SignIn
        userdbmodelview = Users
        resetpasswordview = Reset
        permissionmodelview = Permissions
        unknown = Permissions

    def make():
        app = Flask("shop")
        AppBuilder(app, None, security_manager_class=Manager)
        return app
"""


def test_views_of_a_security_manager_are_added_by_the_package(tmp_path: Path) -> None:
    """Those the program has in place of the package's, below the path of the class they inherit from."""
    assert lines(Flask().routes(linked(tmp_path, {"shop.py": _SECURITY}).resolver)) == [
        "DELETE /api/v1/security/roles/{pk} shop:Roles.delete",
        "GET /actions/list/ shop:Permissions.list",
        "GET /api/v1/people/ shop:People.get_list",
        "GET /api/v1/security/roles/ shop:Roles.get_list",
        "GET /api/v1/security/roles/{pk} shop:Roles.get",
        "GET /api/v1/security/roles/{role_id}/permissions/ shop:Roles.list_role_permissions",
        "GET /login/ shop:SignIn.login",
        "GET /logout/ shop:SignIn.logout",
        "GET /resetpassword/form shop:Reset.this_form_get",
        "GET /users/list/ shop:Users.list",
        "GET /users/userinfo/ shop:Users.userinfo",
        "POST /api/v1/security/roles/{role_id}/permissions shop:Roles.add_role_permissions",
        "POST /resetpassword/form shop:Reset.this_form_post",
        "PUT /api/v1/security/roles/{role_id}/groups shop:Roles.update_role_groups",
        "PUT /api/v1/security/roles/{role_id}/users shop:Roles.update_role_users",
    ]
