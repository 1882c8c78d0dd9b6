"""Flask's rules: applications, blueprints, views, and the many ways to register them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from strangler_analyzers.frameworks.flask.framework import Flask
from tests.analyzers.frameworks.route_lines import lines
from tests.analyzers.source_tree import linked


def _routes(root: Path, files: Mapping[str, str]) -> list[str]:
    return lines(Flask().routes(linked(root, files).resolver))


def test_a_decorated_function_answers_get(tmp_path: Path) -> None:
    """`@app.route` without methods means GET; converters become placeholders."""
    source = """
        from flask import Flask
        app = Flask(__name__)

        @app.route("/items/<int:item_id>")
        def show(item_id): ...

        @app.post("/items")
        def create(): ...

        @app.route("/files/<path:name>", methods=["GET", "PUT"])
        def file(name): ...
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "GET /files/{name:path} web:file",
        "GET /items/{item_id} web:show",
        "POST /items web:create",
        "PUT /files/{name:path} web:file",
    ]


def test_nested_blueprints_add_their_prefixes(tmp_path: Path) -> None:
    """The prefix of a registration replaces a blueprint's own; a child stands below its parent."""
    files = {
        "shop/app.py": """
            from flask import Flask
            from shop.api import api

            def create_app():
                app = Flask("shop")
                app.register_blueprint(api, url_prefix="/api/v1")
                return app
        """,
        "shop/api.py": """
            from flask import Blueprint
            from shop.orders import orders
            api = Blueprint("api", __name__, url_prefix="/ignored")
            api.register_blueprint(orders)
        """,
        "shop/orders.py": """
            from flask import Blueprint
            orders = Blueprint("orders", __name__, url_prefix="/orders")

            @orders.get("/")
            def index(): ...
        """,
    }
    assert _routes(tmp_path, files) == ["GET /api/v1/orders/ shop.orders:index"]


def test_a_blueprint_nobody_registers_answers_nothing(tmp_path: Path) -> None:
    """Dead code has no routes."""
    source = """
        from flask import Blueprint, Flask
        app = Flask(__name__)
        lost = Blueprint("lost", __name__)

        @app.get("/")
        def index(): ...

        @lost.get("/lost")
        def show(): ...
    """
    assert _routes(tmp_path, {"web.py": source}) == ["GET / web:index"]


def test_blueprints_registered_in_a_loop_over_imported_modules(tmp_path: Path) -> None:
    """Module names put together from a list of constants are followed."""
    files = {
        "shop/app.py": """
            import importlib
            from flask import Flask
            NAMES = ["orders", "users"]

            def create_app():
                app = Flask("shop")
                for name in NAMES:
                    module = importlib.import_module(f"shop.views.{name}")
                    app.register_blueprint(module.blueprint, url_prefix=f"/{name}")
                return app
        """,
        "shop/views/orders.py": """
            from flask import Blueprint
            blueprint = Blueprint("orders", __name__)

            @blueprint.get("/all")
            def orders(): ...
        """,
        "shop/views/users.py": """
            from flask import Blueprint
            blueprint = Blueprint("users", __name__)

            @blueprint.get("/all")
            def users(): ...
        """,
    }
    assert _routes(tmp_path, files) == [
        "GET /orders/all shop.views.orders:orders",
        "GET /users/all shop.views.users:users",
    ]


def test_a_parameter_made_from_itself_by_a_comprehension_is_what_was_handed(tmp_path: Path) -> None:
    """What the comprehension takes of it is what stood there before, not what it makes: that went in circles."""
    source = """
        from flask import Flask

        def register(app, paths):
            paths = [paths[name] for name in paths if paths[name]]
            for path in paths:
                app.add_url_rule(path, view_func=page)

        def page(): ...

        app = Flask(__name__)
        register(app, {"a": "/a", "b": "/b", "c": "/c", "d": "/d", "e": "/e", "f": "/f", "g": "/g"})
    """
    assert _routes(tmp_path, {"web.py": source}) == [f"GET /{name} web:page" for name in "abcdefg"]


def test_a_helper_registers_what_each_caller_hands_it(tmp_path: Path) -> None:
    """Path and view of one call and one turn of the loop belong together; a decorator does not hide the view."""
    files = {
        "helper.py": """
            def configure(blueprint, pairs, decorators=None):
                for path, resource in pairs:
                    view = resource.as_view(resource.__name__)
                    for decorator in decorators or []:
                        view = decorator(view)
                    blueprint.add_url_rule(path, view_func=view)
                return blueprint
        """,
        "web.py": """
            from flask import Blueprint, Flask
            from flask.views import MethodView
            from guard import login_required
            from helper import configure

            class Cats(MethodView):
                def get(self): ...
                def post(self): ...

            class Dogs(MethodView):
                def delete(self): ...

            cats = configure(Blueprint("cats", __name__, url_prefix="/a"), [("/cats", Cats)])
            dogs = Blueprint("dogs", __name__, url_prefix="/b")
            configure(dogs, [("/dogs", Dogs), ("/hounds", Dogs)], decorators=[login_required])
            app = Flask(__name__)
            for blueprint in (cats, dogs):
                app.register_blueprint(blueprint)
        """,
        "guard.py": """
            def login_required(view):
                def wrapper(*args):
                    return view(*args)
                return wrapper
        """,
    }
    assert _routes(tmp_path, files) == [
        "DELETE /b/dogs web:Dogs",
        "DELETE /b/hounds web:Dogs",
        "GET /a/cats web:Cats",
        "POST /a/cats web:Cats",
    ]


def test_a_factory_makes_a_blueprint_for_each_call(tmp_path: Path) -> None:
    """Two calls of one factory are two blueprints with their own prefixes."""
    source = """
        from flask import Blueprint, Flask

        def make(name, handler):
            blueprint = Blueprint(name, __name__, url_prefix="/" + name)
            blueprint.add_url_rule("/list", view_func=handler)
            return blueprint

        def cats(): ...
        def dogs(): ...

        app = Flask(__name__)
        app.register_blueprint(make("cats", cats))
        app.register_blueprint(make("dogs", dogs), url_prefix="/animals/dogs")
    """
    assert _routes(tmp_path, {"web.py": source}) == ["GET /animals/dogs/list web:dogs", "GET /cats/list web:cats"]


def test_a_parameter_extended_by_the_body_keeps_what_was_passed(tmp_path: Path) -> None:
    """`blueprints = blueprints + MORE` registers both."""
    source = """
        from flask import Blueprint, Flask
        health = Blueprint("health", __name__)
        orders = Blueprint("orders", __name__)

        @health.get("/health")
        def check(): ...

        @orders.get("/orders")
        def index(): ...

        def make_app(blueprints=None):
            blueprints = blueprints + (health,)
            app = Flask("shop")
            register(app, blueprints)
            return app

        def register(app, blueprints):
            for blueprint in blueprints:
                app.register_blueprint(blueprint)

        def create_app():
            return make_app(blueprints=(orders,))
    """
    assert _routes(tmp_path, {"web.py": source}) == ["GET /health web:check", "GET /orders web:index"]


def test_a_registering_decorator_of_the_program(tmp_path: Path) -> None:
    """The program's own decorator that adds a rule counts like `route`."""
    source = """
        from flask import Flask
        app = Flask(__name__)

        def page(path, **options):
            def register(view):
                app.add_url_rule("/pages" + path, view.__name__, view, **options)
                return view
            return register

        @page("/about", methods=["GET", "POST"])
        def about(): ...
    """
    assert _routes(tmp_path, {"web.py": source}) == ["GET /pages/about web:about", "POST /pages/about web:about"]


def test_views_answer_what_their_ancestors_implement(tmp_path: Path) -> None:
    """The methods of a class view are searched through its ancestors; `methods` narrows them."""
    source = """
        from flask import Flask
        from flask.views import MethodView, View

        class Base(MethodView):
            def get(self): ...
            def put(self): ...

        class Item(Base):
            def delete(self): ...

        class Shown(Base):
            methods = ["GET"]

        class Page(View):
            methods = ["GET", "POST"]
            def dispatch_request(self): ...

        app = Flask(__name__)
        app.add_url_rule("/item", view_func=Item.as_view("item"))
        app.add_url_rule("/shown", view_func=Shown.as_view("shown"))
        app.add_url_rule("/page", "page", Page.as_view("page"))
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "DELETE /item web:Item",
        "GET /item web:Item",
        "GET /page web:Page",
        "GET /shown web:Shown",
        "POST /page web:Page",
        "PUT /item web:Item",
    ]


def test_flask_restful_resources(tmp_path: Path) -> None:
    """An API adds its prefix below its blueprint's; a resource may have several paths."""
    source = """
        from flask import Blueprint, Flask
        from flask_restful import Api, Resource

        class User(Resource):
            def get(self): ...

        bp = Blueprint("users", __name__, url_prefix="/api")
        api = Api(bp, prefix="/v1")
        api.add_resource(User, "/users/<int:id>", "/people/<int:id>", endpoint="user")

        def create_app():
            app = Flask("shop")
            app.register_blueprint(bp)
            return app
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "GET /api/v1/people/{id} web:User",
        "GET /api/v1/users/{id} web:User",
    ]


def test_flask_restx_namespaces(tmp_path: Path) -> None:
    """A namespace's path is its own, the one it is added with, or its name."""
    source = """
        from flask import Flask
        from flask_restx import Api, Namespace, Resource
        api = Api(prefix="/api")
        cats = Namespace("cats")
        dogs = Namespace("dogs", path="/hounds")
        birds = api.namespace("birds")

        @cats.route("/")
        class Cats(Resource):
            def get(self): ...

        @dogs.route("/")
        class Dogs(Resource):
            def post(self): ...

        @birds.route("/<id>")
        class Bird(Resource):
            def get(self, id): ...

        api.add_namespace(cats)
        api.add_namespace(dogs)
        app = Flask(__name__)
        api.init_app(app)
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "GET /api/birds/{id} web:Bird",
        "GET /api/cats/ web:Cats",
        "POST /api/hounds/ web:Dogs",
    ]


def test_a_prefix_from_the_configuration(tmp_path: Path) -> None:
    """`app.config["X"]` is the constant the program gives that name."""
    files = {
        "settings.py": 'class Default:\n    ADMIN_PREFIX = "/admin"\n',
        "web.py": """
            from flask import Blueprint, Flask
            admin = Blueprint("admin", __name__)

            @admin.get("/users")
            def users(): ...

            def create_app():
                app = Flask("shop")
                app.register_blueprint(admin, url_prefix=app.config["ADMIN_PREFIX"])
                return app
        """,
    }
    assert _routes(tmp_path, files) == ["GET /admin/users web:users"]


def test_rules_on_an_application_nobody_is_seen_to_pass(tmp_path: Path) -> None:
    """A plugin's hook gets an application from outside: its routes are the application's."""
    source = """
        from flask import Blueprint
        forum = Blueprint("forum", __name__)

        @forum.get("/topics")
        def topics(): ...

        def load_blueprints(app):
            app.register_blueprint(forum, url_prefix="/forum")
    """
    assert _routes(tmp_path, {"web.py": source}) == ["GET /forum/topics web:topics"]


def test_a_subclass_of_blueprint(tmp_path: Path) -> None:
    """The program's own blueprint class is a blueprint; each instance is one."""
    source = """
        from flask import Blueprint, Flask

        class Section(Blueprint):
            def link(self): ...

        news = Section("news", __name__, url_prefix="/news")
        jobs = Section("jobs", __name__, url_prefix="/jobs")

        @news.get("/")
        def read(): ...

        @jobs.get("/")
        def apply(): ...

        app = Flask(__name__)
        app.register_blueprint(news)
        app.register_blueprint(jobs)
    """
    assert _routes(tmp_path, {"web.py": source}) == ["GET /jobs/ web:apply", "GET /news/ web:read"]


def test_tests_do_not_make_routes(tmp_path: Path) -> None:
    """An application built in a test module is not the monolith's."""
    source = """
        from flask import Flask
        app = Flask(__name__)

        @app.get("/only-in-tests")
        def index(): ...
    """
    assert _routes(tmp_path, {"tests/test_app.py": source, "web.py": "import flask\n"}) == []


def test_a_subclass_with_a_registering_method_of_its_own(tmp_path: Path) -> None:
    """A method of the program's own API class is followed with the instance and the paths it is given."""
    source = """
        from flask import Flask
        from flask_restful import Api, Resource

        def scoped(rule):
            return "/<org>" + rule

        class ScopedApi(Api):
            def add_scoped(self, resource, *urls, **options):
                urls = [scoped(url) for url in urls]
                return self.add_resource(resource, *urls, **options)

        class Alerts(Resource):
            def get(self): ...

        class Queries(Resource):
            def post(self): ...

        api = ScopedApi()
        api.add_scoped(Alerts, "/alerts", "/alarms", endpoint="alerts")
        api.add_scoped(Queries, "/queries", endpoint="queries")

        def create_app():
            app = Flask("shop")
            api.init_app(app)
            return app
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "GET /{org}/alarms web:Alerts",
        "GET /{org}/alerts web:Alerts",
        "POST /{org}/queries web:Queries",
    ]


def test_methods_may_be_members_of_an_enumeration(tmp_path: Path) -> None:
    """``HTTPMethod.GET`` of the standard library, and `value` of an enumeration of one's own: not all a class has."""
    source = """
        import enum
        from http import HTTPMethod
        from flask import Flask
        from flask.views import MethodView
        app = Flask(__name__)

        class Verb(str, enum.Enum):
            DELETE = "DELETE"

        class Items(MethodView):
            def get(self): ...
            def post(self): ...
            def delete(self, item): ...

        items = Items.as_view("items")
        app.add_url_rule("/items", view_func=items, methods=[HTTPMethod.GET.value, HTTPMethod.POST])
        app.add_url_rule("/items/<item>", view_func=items, methods=[Verb.DELETE.value])
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "DELETE /items/{item} web:Items",
        "GET /items web:Items",
        "POST /items web:Items",
    ]


def test_an_api_of_a_class_of_the_programs_own(tmp_path: Path) -> None:
    """Making it wraps the application, as making the library's does, whatever the class is called."""
    source = """
        from flask import Flask
        from flask_restx import Api as Library, Resource
        class Documented(Library):
            def describe(self): ...
        pages = Flask("pages")
        app = Flask(__name__)

        @pages.route("/about")
        def about(): ...

        api = Documented(app, title="Cats")
        cats = api.namespace("cats", description="Those there are")

        @cats.route("/<name>")
        class Cat(Resource):
            def get(self, name): ...
    """
    assert "GET /cats/{name} web:Cat" in _routes(tmp_path, {"web.py": source})


def test_modules_of_a_set_that_settings_change(tmp_path: Path) -> None:
    """What the code lists counts, whatever settings add to it or take away."""
    web = """
        import importlib
        from flask import Flask
        from settings import listed
        DEFAULT = {"cats"}

        def apply(app, modules):
            for name in modules:
                app.register_blueprint(importlib.import_module("." + name, package="parts").blueprint())

        chosen = set(listed("chosen"))
        if not chosen:
            chosen = DEFAULT - set(listed("removed")) | set(listed("added"))
        app = Flask(__name__)
        apply(app, chosen)
    """
    part = """
        from flask import Blueprint
        def show(): ...
        def blueprint():
            made = Blueprint("{0}", __name__)
            made.add_url_rule("/{0}", view_func=show)
            return made
    """
    parts = {f"parts/{name}.py": part.format(name) for name in ("cats", "dogs")}
    files = {"parts/__init__.py": "", "web.py": web, **parts}
    assert _routes(tmp_path, files) == ["GET /cats parts.cats:show"]
