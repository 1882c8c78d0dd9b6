"""Which files are found, what their modules are called, what is reported instead."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from strangler.model.errors import InputError
from strangler.model.generated_code import ABOUT
from strangler.model.system import ModuleRole, SkippedFile
from strangler_analyzers.source.discovery import MAX_BYTES, Discovery, discover
from tests.analyzers.source_tree import write


def _modules(discovery: Discovery) -> list[str]:
    return [file.module for file in discovery.files]


def test_names_start_below_the_topmost_package(tmp_path: Path) -> None:
    """Analysing a folder inside a package still gives the names that import statements use."""
    write(tmp_path, {"site/shop/orders/models.py": ""})
    (tmp_path / "site" / "__init__.py").unlink()
    assert _modules(discover(tmp_path / "site" / "shop" / "orders")) == ["shop.orders", "shop.orders.models"]


def test_source_folders_are_not_part_of_the_name(tmp_path: Path) -> None:
    """`src` and the folder of manage.py are on the import path, so they name nothing."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "shop.py").write_text("")
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "manage.py").write_text("")
    (tmp_path / "backend" / "site_settings.py").write_text("")
    assert _modules(discover(tmp_path)) == ["manage", "shop", "site_settings"]


@pytest.mark.parametrize("below", ["", "backend"])
def test_the_folder_of_manage_py_may_look_like_a_package(tmp_path: Path, below: str) -> None:
    """Somebody left an ``__init__.py`` beside manage.py: the names are those that manage.py's settings have."""
    manage = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")'
    write(tmp_path / "project" / below, {"manage.py": manage, "shop/settings.py": "", "shop/orders/models.py": ""})
    (tmp_path / "project" / below / "__init__.py").write_text("")
    modules = _modules(discover(tmp_path / "project"))
    assert {"manage", "shop.settings", "shop.orders.models"} <= set(modules)
    assert _modules(discover(tmp_path / "project" / below / "shop" / "orders")) == [
        "shop.orders",
        "shop.orders.models",
    ]


def test_a_package_with_a_manage_py_of_its_own_settings_stays_one(tmp_path: Path) -> None:
    """``DJANGO_SETTINGS_MODULE`` names the package itself: it is installed, and manage.py is a part of it."""
    manage = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")'
    write(tmp_path, {"shop/manage.py": manage, "shop/settings.py": ""})
    assert "shop.settings" in _modules(discover(tmp_path / "shop"))


def test_namespace_packages_keep_their_folders(tmp_path: Path) -> None:
    """A folder without __init__.py is still part of the dotted name (PEP 420)."""
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "nightly.py").write_text("")
    assert _modules(discover(tmp_path)) == ["jobs.nightly"]


def test_tools_folders_are_left_out(tmp_path: Path) -> None:
    """Virtual environments, caches, hidden folders and installed packages are not the monolith."""
    write(tmp_path, {"app.py": "", ".git/hook.py": "", "__pycache__/app.py": ""})
    for folder in (".venv", "env2", "node_modules", "build"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.py").write_text("")
    (tmp_path / "env2" / "pyvenv.cfg").write_text("")
    assert _modules(discover(tmp_path)) == ["app"]


def test_a_package_may_be_called_build(tmp_path: Path) -> None:
    """Only folders that tools make are left out; a package of that name is code."""
    write(tmp_path, {"shop/build/plan.py": ""})
    assert "shop.build.plan" in _modules(discover(tmp_path))


def test_what_is_excluded_is_left_out_and_reported(tmp_path: Path) -> None:
    """Other people's code in the source is no part of the monolith; a name that leads nowhere is a mistake to see."""
    files = {"shop/models.py": "", "shop/dist/__init__.py": "", "shop/dist/x.py": "", "shop/one.py": "", "dist.py": ""}
    write(tmp_path, files)
    discovery = discover(tmp_path, ("shop/dist/", "./shop/one.py", "shop/gone"))
    assert _modules(discovery) == ["dist", "shop", "shop.models"]
    assert [(skipped.file, skipped.reason) for skipped in discovery.skipped] == [
        ("shop/dist", "excluded by strangler.toml"),
        ("shop/gone", "excluded, and not there"),
        ("shop/one.py", "excluded by strangler.toml"),
    ]


def test_link_loops_end(tmp_path: Path) -> None:
    """A symbolic link back to a parent folder is followed no second time and is reported."""
    write(tmp_path, {"shop/models.py": ""})
    (tmp_path / "shop" / "again").symlink_to(tmp_path, target_is_directory=True)
    discovery = discover(tmp_path)
    assert _modules(discovery) == ["shop", "shop.models"]
    assert [skipped.file for skipped in discovery.skipped] == ["shop/again"]


def test_dangling_links_are_reported(tmp_path: Path) -> None:
    """A link to a file that is gone is reported, the rest analysed."""
    write(tmp_path, {"app.py": ""})
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    discovery = discover(tmp_path)
    assert _modules(discovery) == ["app"]
    assert discovery.skipped[0].file == "gone.py"


def test_huge_and_special_files_are_reported(tmp_path: Path) -> None:
    """A file over the limit and a pipe are data, not code."""
    write(tmp_path, {"app.py": ""})
    with (tmp_path / "huge.py").open("wb") as huge:
        huge.truncate(MAX_BYTES + 1)
    os.mkfifo(tmp_path / "pipe.py")
    reasons = {skipped.file: skipped.reason for skipped in discover(tmp_path).skipped}
    assert reasons == {"huge.py": "larger than 8 MiB", "pipe.py": "not a regular file"}


def test_unreadable_folders_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without permission is reported, the rest analysed."""
    write(tmp_path, {"app.py": "", "secret/plan.py": ""})
    scandir = os.scandir

    def guarded(path: Path) -> Iterator[os.DirEntry[str]]:
        # Permission bits do not stop root, under whom the tests may run.
        if Path(path).name == "secret":
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    discovery = discover(tmp_path)
    assert _modules(discovery) == ["app"]
    assert discovery.skipped == (SkippedFile("secret", "folder cannot be read: Permission denied"),)


def test_tests_and_migrations_have_their_roles(tmp_path: Path) -> None:
    """Roles follow the names frameworks and pytest use."""
    write(tmp_path, {"shop/models.py": "", "shop/tests/test_a.py": "", "shop/migrations/m1.py": ""})
    roles = {file.module: file.role for file in discover(tmp_path).files}
    assert roles["shop.models"] is ModuleRole.APPLICATION
    assert roles["shop.tests.test_a"] is ModuleRole.TEST
    assert roles["shop.migrations.m1"] is ModuleRole.MIGRATION


def test_names_that_are_not_utf8_are_reported(tmp_path: Path) -> None:
    """No report could show such a file: it is left out, its neighbours are analysed."""
    write(tmp_path, {"app.py": ""})
    odd = os.fsencode(tmp_path) + b"/caf\xe9"
    Path(os.fsdecode(odd + b".py")).touch()
    Path(os.fsdecode(odd + b".txt")).touch()
    Path(os.fsdecode(odd)).mkdir()
    Path(os.fsdecode(odd + b"/inside.py")).touch()
    discovery = discover(tmp_path)
    assert _modules(discovery) == ["app"]
    reason = "the name is not valid UTF-8"
    assert discovery.skipped == (SkippedFile("caf?", reason), SkippedFile("caf?.py", reason))


def test_a_root_whose_name_is_not_utf8_is_shown_with_question_marks(tmp_path: Path) -> None:
    """Its files are analysed all the same."""
    root = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    root.mkdir()
    (root / "__init__.py").touch()
    discovery = discover(root)
    assert (discovery.name, _modules(discovery)) == ("caf?", ["caf?"])


def test_a_module_hidden_by_a_package_is_reported(tmp_path: Path) -> None:
    """`import a` finds the package: the file beside it is dead code, and says so."""
    write(tmp_path, {"a/__init__.py": "", "a.py": ""})
    discovery = discover(tmp_path)
    assert [file.file for file in discovery.files] == ["a/__init__.py"]
    assert discovery.skipped == (SkippedFile("a.py", "hidden by a/__init__.py, which is called a too"),)


def test_of_two_packages_of_one_name_the_second_keeps_its_path(tmp_path: Path) -> None:
    """Both are analysed, and the package goes by the name its modules begin with."""
    write(tmp_path, {"lib/shop/models.py": "", "src/shop/models.py": ""})
    (tmp_path / "lib" / "__init__.py").unlink()
    (tmp_path / "src" / "__init__.py").unlink()
    assert _modules(discover(tmp_path)) == ["shop", "shop.models", "src.shop", "src.shop.models"]


@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, "Permission denied"), OSError(36, "Name too long")])
def test_a_root_that_can_not_be_looked_at_is_an_input_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """A closed folder above it, a path too long for the system."""

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(InputError, match=f"cannot be read: {error.strerror}"):
        discover(tmp_path)


@pytest.mark.parametrize("content", [None, "", "notes"])
def test_nothing_to_analyse_is_an_input_error(tmp_path: Path, content: str | None) -> None:
    """A path that does not exist, is empty or holds no Python is refused with a mend."""
    target = tmp_path / "app"
    if content is not None:
        target.mkdir()
    if content:
        (target / "readme.txt").write_text(content)
    with pytest.raises(InputError) as caught:
        discover(target)
    assert str(target) in str(caught.value)
    assert caught.value.exit_code == 3


def test_one_file_is_a_program(tmp_path: Path) -> None:
    """A single file can be analysed by naming it."""
    write(tmp_path, {"app.py": ""})
    assert _modules(discover(tmp_path / "app.py")) == ["app"]


@pytest.mark.parametrize(
    ("imports", "names"),
    [
        ("from shop.orders import models", ["shop.orders", "shop.orders.models"]),
        ("from orders import models", ["orders", "orders.models"]),
        ("import shop.gone", ["orders", "orders.models"]),
    ],
)
def test_a_root_without_init_is_a_package_where_its_modules_are_imported_so(
    tmp_path: Path, imports: str, names: list[str]
) -> None:
    """The root may be a namespace package (PEP 420), or a folder on the import path: the imports below it tell."""
    (tmp_path / "shop" / "orders").mkdir(parents=True)
    (tmp_path / "shop" / "orders" / "__init__.py").write_text("")
    (tmp_path / "shop" / "orders" / "models.py").write_text(f"import os\n{imports}\n")
    assert _modules(discover(tmp_path / "shop")) == names


def test_templates_of_projects_to_come_are_left_out(tmp_path: Path) -> None:
    """What `startproject` copies is no code of this program; an app may be called so."""
    write(tmp_path, {"shop/models.py": "", "shop/app_template/models.py": ""})
    (tmp_path / "shop" / "project_template").mkdir()
    (tmp_path / "shop" / "project_template" / "settings.py").write_text("ROOT_URLCONF = 'x'\n")
    discovery = discover(tmp_path)
    assert _modules(discovery) == ["shop", "shop.app_template", "shop.app_template.models", "shop.models"]
    assert [skipped.file for skipped in discovery.skipped] == ["shop/project_template"]


_STAMPED = f"# {ABOUT}\n# sha256 of what follows: 0\n\n"
_OWN_PROJECT = '[tool.hatch.build.targets.wheel]\npackages = ["reviews_service"]\n'


def test_a_generated_service_is_left_out_by_itself(tmp_path: Path) -> None:
    """With its tests; of a folder with other code only its package. What only looks like one is the monolith's."""
    write(
        tmp_path,
        {
            "shop/models.py": "",
            "shop/generated/__init__.py": "# by hand\n",
            "services/reviews/reviews_service/generated/__init__.py": _STAMPED,
            "services/reviews/reviews_service/handlers.py": "",
            "services/reviews/tests/test_handlers.py": "",
            "mixed/catalog_service/generated/__init__.py": _STAMPED.replace("\n", "\r\n"),
            "mixed/shelf.py": "",
        },
    )
    (tmp_path / "services" / "reviews" / "pyproject.toml").write_text(_OWN_PROJECT)
    (tmp_path / "mixed" / "pyproject.toml").write_text('packages = ["mixed"]')
    found = discover(tmp_path, ["services/reviews/tests", "gone"])
    assert {file.file for file in found.files if not file.is_package} == {"mixed/shelf.py", "shop/models.py"}
    assert [(item.file, item.reason.partition(" that ")[0]) for item in found.skipped] == [
        ("gone", "excluded, and not there"),
        ("mixed/catalog_service", "a service"),
        ("services/reviews", "a service"),
    ]
    assert len(discover(tmp_path / "services" / "reviews").files) > 0
