"""The programs that an installation makes of the monolith's functions, as its files declare them."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.system import Module, ModuleRole, SystemFacts
from strangler.planner.console_scripts import ConsoleScript, console_scripts, project_scripts
from strangler.project import Monolith, Project

TIDY = ConsoleScript("tidy-shop", "shop.tidy:main")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", '[project.scripts]\ntidy-shop = "shop.tidy:main"\n'),
        ("pyproject.toml", '[project.gui-scripts]\ntidy-shop = "shop.tidy:main [extra]"\n'),
        ("pyproject.toml", '[tool.poetry.scripts]\ntidy-shop = "shop.tidy:main"\n'),
        ("pyproject.toml", '[tool.poetry.scripts.tidy-shop]\nreference = "shop.tidy:main"\ntype = "console"\n'),
        ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    tidy-shop = shop.tidy:main\n"),
        ("setup.py", 'setup(entry_points={"console_scripts": ["tidy-shop=shop.tidy:main"]})\n'),
        (
            "setup.py",
            "setup(\n    entry_points={\n        'console_scripts': [\n 'tidy-shop = shop.tidy:main',\n ],\n },\n)",
        ),
    ],
)
def test_every_way_to_declare_a_program_is_read(tmp_path: Path, file: str, text: str) -> None:
    """A plugin of another group is no program: its host decides whether it runs."""
    Path(tmp_path, file).write_text(text)
    assert console_scripts(tmp_path, tmp_path, ()) == (TIDY,)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", '[project.entry-points.pytest11]\ntidy = "shop.tidy:main"\n'),
        ("pyproject.toml", "[project.scripts]\ntidy-shop = 3\n"),
        ("pyproject.toml", "[project"),
        ("setup.cfg", "tidy-shop = shop.tidy:main"),
        ("setup.py", "setup(entry_points=PROGRAMS)"),
    ],
)
def test_what_declares_no_program_or_cannot_be_read_declares_none(tmp_path: Path, file: str, text: str) -> None:
    """The rest of the report does not depend on it."""
    Path(tmp_path, file).write_text(text)
    assert console_scripts(tmp_path, tmp_path, ()) == ()


def test_programs_are_declared_beside_the_code_or_above_it_within_the_project(tmp_path: Path) -> None:
    """In the folder of a distribution among several, in the monolith's and in the project's; not above that."""
    part = tmp_path / "project" / "app" / "part"
    part.mkdir(parents=True)
    for number, folder in enumerate([tmp_path, *(tmp_path / "project", tmp_path / "project" / "app", part)]):
        Path(folder, "pyproject.toml").write_text(f'[project.scripts]\np{number} = "m:f"\n')
    facts = SystemFacts("app", modules=(Module("m", "part/m.py", 1), Module("t", "t.py", 1, ModuleRole.TEST)))
    project = Project(tmp_path / "project" / "strangler.toml", Monolith("app"))
    assert [script.name for script in project_scripts(project, facts)] == ["p1", "p2", "p3"]
