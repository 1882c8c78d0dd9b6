"""What a shift writes into the project file."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.errors import InputError, UsageError
from strangler.project import Project
from strangler.project_file import ProjectFile
from strangler.project_reader import load_project
from strangler_gateway.routing.route_traffic import Shift
from strangler_gateway.routing.shares import put_shift, shift_target

FILE = """
[services.reviews]
upstreams = ["http://127.0.0.1:9"]
traffic = { v2 = 0, sticky = "cookie:session", override = "header:X-Try" }  # for all

[[routes]]
service = "reviews"
match = { path = "/reviews", methods = ["GET"] }

[[routes]]
service = "reviews"
match = { path = "/reviews/{id}", methods = ["GET"] }
"""

ARMED = """
[[routes]]
service = "reviews"
match = { path = "/votes", methods = ["GET"] }
traffic = { sticky = "user", arms = [{ name = "old", side = "v1", weight = 1 }] }
"""


def shifted(folder: Path, target: str, text: str = FILE) -> Project:
    """Return the project once a tenth of what `target` names goes to v2."""
    path = folder / "strangler.toml"
    path.write_text(text)
    project = load_project(path)
    service, named = shift_target(project, target, ())
    file = ProjectFile.read(path)
    put_shift(file, project, service, Shift(10), named)
    return file.save()


def test_a_share_for_the_whole_service_stays_where_its_traffic_is_written(tmp_path: Path) -> None:
    """No route gets traffic of its own, and the comment stays."""
    project = shifted(tmp_path, "reviews")
    assert [(rule.traffic.v2, rule.inherits) for rule in project.routes] == [(10, True), (10, True)]
    assert "# for all" in project.path.read_text()


def test_a_share_for_one_route_keeps_what_it_had_from_its_service(tmp_path: Path) -> None:
    """Who is in the share, and who chooses, is as before; the other route is not touched."""
    one, other = shifted(tmp_path, "GET /reviews").routes
    assert (one.traffic.v2, other.traffic.v2) == (10, 0)
    assert (one.traffic.sticky, one.traffic.override) == (other.traffic.sticky, other.traffic.override)
    assert str(one.traffic.sticky) == "cookie:session"
    assert other.inherits


@pytest.mark.parametrize("target", ["reviews", "GET /votes"])
def test_a_route_with_arms_takes_no_share(tmp_path: Path, target: str) -> None:
    """What to do in its place is said, and nothing is written."""
    with pytest.raises(InputError, match="arms in GET /votes") as caught:
        shifted(tmp_path, target, FILE + ARMED)
    assert "strangler gateway rollback reviews" in str(caught.value)
    assert (tmp_path / "strangler.toml").read_text() == FILE + ARMED


def test_what_is_neither_a_service_nor_a_route_is_refused(tmp_path: Path) -> None:
    """With where the names are found; a path beside the name of a route says two things."""
    with pytest.raises(UsageError, match="strangler gateway routes"):
        shifted(tmp_path, "GET /nothing")
    with pytest.raises(UsageError, match="--path is for services"):
        shift_target(load_project(tmp_path), "GET /reviews", ["/reviews"])
