"""Changes to strangler.toml made for the user."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.errors import ConfigurationError
from strangler.project_file import ProjectFile

BEFORE = """\
# Our shop.
[monolith]
root = "app"  # the Django project

[gateway]
listen = "0.0.0.0:8080"   # behind the load balancer
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a project file on disk."""
    file = tmp_path / "strangler.toml"
    file.write_text(BEFORE)
    return file


def test_a_change_keeps_comments_order_and_spacing(path: Path) -> None:
    """Only what changes changes; new tables go to the end."""
    file = ProjectFile.read(path)
    file.put(("monolith", "root"), "src")
    file.put(("services", "reviews", "tables"), ["reviews_review"])
    project = file.save()
    assert project.services["reviews"].tables == ("reviews_review",)
    assert path.read_text() == BEFORE.replace('"app"', '"src"') + '\n[services.reviews]\ntables = ["reviews_review"]\n'


def test_a_change_reaches_tables_that_are_split(path: Path) -> None:
    """Tables of one name may stand in several places; none of them is lost."""
    path.write_text('[services.a]\ndesign = "a"\n[gateway]\n[services.b]\ndesign = "b"\n')
    file = ProjectFile.read(path)
    file.put(("services", "b", "design"), "new")
    file.save()
    assert path.read_text() == '[services.a]\ndesign = "a"\n[gateway]\n[services.b]\ndesign = "new"\n'


def test_a_change_that_makes_the_file_wrong_is_not_saved(path: Path) -> None:
    """The file on disk always reads."""
    file = ProjectFile.read(path)
    file.put(("gateway", "listen"), "nowhere")
    with pytest.raises(ConfigurationError, match="listen must be host:port"):
        file.save()
    assert path.read_text() == BEFORE


def test_a_section_that_was_appended_leaves_nothing_when_it_is_removed(path: Path) -> None:
    """Nor the empty line before it."""
    ProjectFile.read(path).append('\n[services.cart]\ntables = ["cart_cart"]\n')
    file = ProjectFile.read(path)
    file.remove(("services", "cart", "tables"))
    file.remove(("services", "cart"))
    file.save()
    assert path.read_text() == BEFORE
