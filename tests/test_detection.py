"""What the look of a folder says about the monolith in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from strangler.declared_dependencies import declared_dependencies
from strangler.detection import Detection, Finding, detect, read_marker_files

MANAGE = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'


@pytest.mark.parametrize(
    ("line", "variable"),
    [
        ('app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["APP_DATABASE_URL"]', "APP_DATABASE_URL"),
        ('SQLALCHEMY_DATABASE_URI = environ.get("DATABASE_URL", "sqlite:///app.db")', "DATABASE_URL"),
        ('app.config["SQLALCHEMY_DATABASE_URI"] = getenv("SHOP_DB_URL")', "SHOP_DB_URL"),
        ('DATABASES = {"default": env.db("MAIN_DB_URL")}', "MAIN_DB_URL"),
        ('app.config["SQLALCHEMY_DATABASE_URI"]', "SQLALCHEMY_DATABASE_URI"),
    ],
)
def test_the_variable_is_what_is_read_from_the_environment(line: str, variable: str) -> None:
    """A key of the application's configuration is none, but may be called as its variable is."""
    files = {"app.py": f"from flask import Flask\nimport os\n\napp = Flask(__name__)\n{line}\n"}
    assert detect(files).database_variable == Finding(variable, "app.py")


def test_a_django_project_is_known_by_its_manage_py() -> None:
    """Settings come from manage.py; URL conf, engine and the database's variable from the settings."""
    files = {
        "app/manage.py": MANAGE,
        "app/shop/settings.py": 'ROOT_URLCONF = "shop.urls"\nurl = os.environ["SHOP_DATABASE_URL"]\n'
        'ENGINE = "django.db.backends.postgresql"\n',
        "app/other.py": 'x = "sqlite:///"',
    }
    assert detect(files) == Detection(
        root="app",
        framework=Finding("django", "app/manage.py"),
        settings=Finding("shop.settings", "app/manage.py"),
        urlconf=Finding("shop.urls", "app/shop/settings.py"),
        engine=Finding("postgresql", "app/shop/settings.py"),
        database_variable=Finding("SHOP_DATABASE_URL", "app/shop/settings.py"),
    )


def test_the_folder_of_manage_py_may_look_like_a_package() -> None:
    """Python starts there all the same: settings that lie below say so."""
    files = {"app/__init__.py": "", "app/manage.py": MANAGE, "app/shop/settings.py": ""}
    assert detect(files).root == "app"
    assert detect({"app/__init__.py": "", "app/manage.py": MANAGE.replace("shop.", "app.")}).root == "."


@pytest.mark.parametrize(
    ("file", "text"),
    [("pyproject.toml", '[project]\ndependencies = ["flask"]\n'), ("requirements.txt", "flask\n")],
)
def test_a_byte_order_mark_hides_nothing(tmp_path: Path, file: str, text: str) -> None:
    """Editors on Windows put it in front of TOML and lists of requirements."""
    (tmp_path / file).write_text(text, encoding="utf-8-sig")
    assert detect(read_marker_files(tmp_path)).framework == Finding("flask", file)


def test_split_settings_are_read_together() -> None:
    """A settings module that only refines its neighbour still shows what the neighbour says."""
    files = {
        "manage.py": MANAGE.replace("shop.settings", "shop.settings.production"),
        "shop/settings/production.py": "from .base import *\n",
        "shop/settings/base.py": 'ROOT_URLCONF = "shop.urls"\n',
    }
    assert detect(files).urlconf == Finding("shop.urls", "shop/settings/base.py")


def test_an_application_object_tells_the_framework() -> None:
    """The root is the folder that holds the topmost package."""
    files = {
        "src/shop/__init__.py": "",
        "src/shop/web.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        "requirements.txt": "asyncpg\n",
    }
    assert detect(files) == Detection(
        root="src", framework=Finding("fastapi", "src/shop/web.py"), engine=Finding("postgresql", "requirements.txt")
    )


def test_a_name_that_only_looks_like_a_framework_is_none() -> None:
    """A class of one's own called Flask, or a comment, proves nothing."""
    assert detect({"a.py": "class Flask: ...\nFlask()\n", "b.py": "import flask_like\n# Flask()\n"}) == Detection()


def test_an_installed_application_is_known_by_what_its_server_starts_with() -> None:
    """It has no manage.py; the settings named for the server go before those of other scripts."""
    files = {
        "shop/__init__.py": "",
        "shop/_build.py": MANAGE.replace("shop.settings", "shop._build_settings"),
        "shop/wsgi.py": MANAGE,
        "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
    }
    found = detect(files)
    assert (found.root, found.settings) == (".", Finding("shop.settings", "shop/wsgi.py"))
    assert found.urlconf == Finding("shop.urls", "shop/settings.py")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("requirements.txt", "# web\nFlask>=3  # the framework\nDjango-like\n"),
        ("requirements/base.txt", "-r other.txt\nflask[async]==3.0\n"),
        ("requirements-prod.in", "flask\n"),
        ("pyproject.toml", '[project]\nkeywords = ["django"]\ndependencies = ["Flask>=3", "django-like"]\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.11"\nFlask = "^3"\n'),
        ("Pipfile", '[packages]\nflask = "*"\n[dev-packages]\ndjango = "*"\n'),
        ("setup.cfg", "[options]\ninstall_requires =\n    flask>=3\n    jinja2\n"),
        ("setup.py", 'from setuptools import setup\nsetup(\n    install_requires=["flask>=3",\n    "jinja2"],\n)\n'),
        (
            "shop-1.0.dist-info/METADATA",
            'Requires-Dist: Flask>=3\nRequires-Dist: django; extra == "test"\n\nNot django\n',
        ),
    ],
)
def test_a_library_of_views_is_known_by_its_dependencies(file: str, text: str) -> None:
    """Code without an application object says with its dependencies what it is made for."""
    files = {file: text, "shop/__init__.py": "", "shop/views.py": "from flask import Blueprint\n"}
    assert detect(files) == Detection(framework=Finding("flask", file))


def test_what_is_imported_decides_between_declared_frameworks() -> None:
    """A client for one framework in an application of another."""
    files = {
        "requirements.txt": "django\nflask\n",
        "src/shop/__init__.py": "",
        "src/shop/a.py": "import flask\n",
        "src/shop/b.py": "import flask\nimport django\n",
    }
    assert detect(files) == Detection(root="src", framework=Finding("flask", "requirements.txt"))


def test_imports_alone_tell_too() -> None:
    """Where nothing is declared."""
    assert detect({"web.py": "    from starlette.routing import Route\n"}).framework == Finding("starlette", "web.py")


@given(
    st.sampled_from(["pyproject.toml", "Pipfile", "setup.cfg", "setup.py", "METADATA", "requirements.txt"]), st.text()
)
@example("pyproject.toml", "project = 1\n[tool]\npoetry = []")
@example("pyproject.toml", "project.dependencies = [1, {a = 2}]")
@example("Pipfile", f"a = {'[' * 3000}")
def test_any_file_can_be_looked_at(name: str, text: str) -> None:
    """However broken it is."""
    assert all(package == package.lower() for package in declared_dependencies(name, text))


def test_only_a_few_files_of_a_folder_are_read(tmp_path: Path) -> None:
    """Dependencies, hidden folders, data and broken encodings do not disturb."""
    for name in ("manage.py", "node_modules/x.py", ".git/x.py", "venv/x.py", "data.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(MANAGE)
    (tmp_path / "latin.py").write_bytes(b"# caf\xe9\n")
    (tmp_path / "huge.py").write_text("#" * 300_000)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert read_marker_files(tmp_path) == {"manage.py": MANAGE, "latin.py": "# caf\N{REPLACEMENT CHARACTER}\n"}


def test_what_is_there_for_tests_tells_last() -> None:
    """A helper that starts on SQLite says nothing of what the server runs on."""
    found = detect(
        {
            "app/testing/utilities.py": "URL = 'sqlite+aiosqlite:///x'\nfrom fastapi import FastAPI\napp = FastAPI()\n",
            "app/server/api/server.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "app/server/database/engines.py": "import asyncpg\n",
        }
    )
    assert found.framework == Finding("fastapi", "app/server/api/server.py")
    assert found.engine == Finding("postgresql", "app/server/database/engines.py")
