"""What the look of a folder says about the monolith in it."""

from __future__ import annotations

from pathlib import Path

from strangler.detection import Detection, Finding, detect, read_marker_files

MANAGE = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'


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
    assert detect({"a.py": "class Flask: ...\nFlask()\n", "b.py": "import flask\n# Flask()\n"}) == Detection()


def test_only_a_few_files_of_a_folder_are_read(tmp_path: Path) -> None:
    """Dependencies, hidden folders, data and broken encodings do not disturb."""
    for name in ("manage.py", "node_modules/x.py", ".git/x.py", "venv/x.py", "data.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(MANAGE)
    (tmp_path / "latin.py").write_bytes(b"# caf\xe9\n")
    (tmp_path / "huge.py").write_text("#" * 300_000)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert read_marker_files(tmp_path) == {"manage.py": MANAGE, "latin.py": "# caf\N{REPLACEMENT CHARACTER}\n"}
