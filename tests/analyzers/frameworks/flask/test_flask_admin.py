"""Views of Flask-Admin: the rules of the `url_map` that version 2.2 makes of the sample."""

from __future__ import annotations

from pathlib import Path

from strangler_analyzers.frameworks.flask.framework import Flask
from tests.analyzers.frameworks.route_lines import entries, lines
from tests.analyzers.source_tree import linked

_SHOP = """
    from flask import Flask
    from flask_admin import Admin, AdminIndexView, BaseView, expose
    from flask_admin.contrib.sqla import ModelView
    from flask_sqlalchemy import SQLAlchemy

    db = SQLAlchemy()

    class User(db.Model):
        id = db.Column(db.Integer, primary_key=True)

    class Part(db.Model):
        id = db.Column(db.Integer, primary_key=True)

    class Secured:
        def is_accessible(self):
            return True

    class Start(AdminIndexView):
        @expose("/")
        def index(self): ...
        @expose("/login", methods=("GET", "POST"))
        def login(self): ...

    class UserView(Secured, ModelView):
        def on_model_change(self, form, model, is_created): ...
        def edit_view(self): ...
        def ajax_update(self): ...
        @expose("/report/<int:year>")
        def report(self, year): ...

    class PartView(ModelView):
        def __init__(self, session, **kwargs):
            super().__init__(Part, session, **kwargs)
        def index_view(self): ...
        def create_view(self): ...
        @expose("/edit/")
        def edit_view(self): ...

    class Numbers(BaseView):
        @expose()
        def index(self): ...

    def create_app():
        app = Flask(__name__)
        admin = Admin(app, name="shop", index_view=Start(url="/manage"))
        admin.add_view(UserView(User, db.session, category="people"))
        part = PartView(db.session, name="Parts")
        admin.add_views(part, Numbers(url="sums"), ModelView(User, db.session))
        return app
"""


def test_views_answer_below_the_admin(tmp_path: Path) -> None:
    """Named by their model, by their class or as they are given; an overridden method answers only when exposed."""
    routes = list(Flask().routes(linked(tmp_path, {"shop/app.py": _SHOP}).resolver))
    found = lines(routes)
    assert [line for line in found if "PartView" in line] == [
        "GET /manage/part/ajax/lookup/ shop.app:PartView.ajax_lookup",
        "GET /manage/part/details/ shop.app:PartView.details_view",
        "GET /manage/part/edit/ shop.app:PartView.edit_view",
        "GET /manage/part/export/{export_type}/ shop.app:PartView.export",
        "POST /manage/part/action/ shop.app:PartView.action_view",
        "POST /manage/part/ajax/update/ shop.app:PartView.ajax_update",
        "POST /manage/part/delete/ shop.app:PartView.delete_view",
    ]
    assert [line for line in found if "View" not in line] == [
        "GET /manage/ shop.app:Start.index",
        "GET /manage/login shop.app:Start.login",
        "GET /manage/sums/ shop.app:Numbers.index",
        "POST /manage/login shop.app:Start.login",
    ]
    ran = entries(routes)
    assert ran["POST /manage/user/new/"] == ("Secured.is_accessible", "UserView.on_model_change")
    assert ran["GET /manage/user/report/{year}"] == ("Secured.is_accessible", "UserView.report")
    assert "GET /manage/user/edit/" not in ran


def test_an_admin_without_a_start_page_of_its_own(tmp_path: Path) -> None:
    """Answers below its URL, which is `/admin` unless it says another; a view may choose its endpoint."""
    source = """
        from flask_admin import Admin, BaseView, expose
        class Page(BaseView):
            @expose("/")
            def index(self): ...
        def build(app, admin):
            admin.add_view(Page(endpoint="page-1"))
        def start(app):
            Admin(app, url="/back")
    """
    assert lines(Flask().routes(linked(tmp_path, {"shop/app.py": source}).resolver)) == [
        "GET /back/page-1/ shop.app:Page.index"
    ]
    alone = source.replace(', url="/back"', "")
    assert lines(Flask().routes(linked(tmp_path / "b", {"shop/app.py": alone}).resolver)) == [
        "GET /admin/page-1/ shop.app:Page.index"
    ]
