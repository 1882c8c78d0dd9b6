"""What Flask runs for templates and URLs, and WTForms for a form, without being called by the program."""

from __future__ import annotations

from pathlib import Path

from tests.analyzers.source_tree import facts_of

_WEB = """
    import flask
    from flask import Blueprint, Flask, render_template, url_for
    from web.account.pages import account

    def version(): ...

    def start():
        app = Flask(__name__)
        app.register_blueprint(account)
        app.context_processor(version)

        @app.url_defaults
        def language(endpoint, values): ...

        @app.get("/")
        def index():
            return render_template("index.html")

        @app.get("/plain")
        def plain():
            return other.render_template("index.html")
        return app
"""
_ACCOUNT = """
    import flask
    from flask import Blueprint

    account = Blueprint("account", __name__)

    @account.context_processor
    def person(): ...

    @account.app_context_processor
    def news(): ...

    @account.route("/me")
    def me():
        flask.render_template("me.html", home=flask.url_for("index"))
"""
_FORMS = """
    from flask_wtf import FlaskForm
    from wtforms import Form, StringField

    def is_word(form, field): ...

    class Unique:
        def __call__(self, form, field): ...

    class Base(FlaskForm):
        def validate_name(self, field): ...
        def validate_code(self, field): ...

    class Order(Base):
        name = StringField("name", validators=[is_word, Unique()])
        def validate_name(self, field): ...

    class Strict(Order):
        def validate(self, extra=None):
            return super().validate(extra)

    class Other:
        def validate_name(self, field): ...

    def save():
        form = Order()
        if form.validate_on_submit():
            return form

    def check():
        return Strict().validate_on_submit()

    def unrelated():
        Other().validate()
"""


def _calls(folder: Path, files: dict[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for call in facts_of(folder, files).calls:
        found.setdefault(call.caller.partition(":")[2], set()).add(call.callee.partition(":")[2])
    return found


def test_rendering_and_building_urls_run_what_is_registered(tmp_path: Path) -> None:
    """What is the application's for everybody, what is a blueprint's for the views beside it."""
    calls = _calls(
        tmp_path,
        {"web/__init__.py": "", "web/app.py": _WEB, "web/account/__init__.py": "", "web/account/pages.py": _ACCOUNT},
    )
    assert calls["start.<locals>.index"] == {"version", "news"}
    assert calls["me"] == {"version", "news", "person", "start.<locals>.language"}
    assert "start.<locals>.plain" not in calls


def test_validating_a_form_runs_its_validators(tmp_path: Path) -> None:
    """Methods named after fields, the nearest of each name, and what fields are given, by its own `validate` if any."""
    calls = _calls(tmp_path, {"web/app.py": "import flask", "web/forms.py": _FORMS})
    validators = {"Order.validate_name", "Base.validate_code", "is_word", "Unique.__call__"}
    assert validators <= calls["save"]
    assert "Base.validate_name" not in calls["save"]
    assert "Strict.validate" in calls["check"]
    assert not validators & calls["check"]
    assert validators <= calls["Strict.validate"]
    assert "Other.validate_name" not in calls.get("unrelated", set())
