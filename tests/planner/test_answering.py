"""A side has to answer before it is given the writes: nobody else does afterwards."""

from __future__ import annotations

import pytest

from strangler.model.authority import Side
from strangler.model.errors import UnavailableError
from strangler.planner.answering import answering_condition
from strangler.project_reader import parse_project

PROJECT = """
[monolith]
upstreams = ["http://127.0.0.1:8000"]

[services.reviews]
upstreams = ["http://127.0.0.1:8101", "${SECOND}"]
"""
PATH = "/_internal_/readiness"
ENVIRONMENT = {"SECOND": "http://127.0.0.1:8102"}


@pytest.mark.parametrize(
    ("statuses", "holds", "found"),
    [
        ((200, 404), True, "http://127.0.0.1:8101 answers"),
        ((None, 404), True, "http://127.0.0.1:8102 answers"),
        (
            (503, None),
            False,
            f"http://127.0.0.1:8101{PATH} answers with 503; http://127.0.0.1:8102{PATH}: refused",
        ),
    ],
)
def test_one_of_its_hosts_is_enough(statuses: tuple[int | None, ...], holds: bool, found: str) -> None:
    """Any answer below 500: not every application knows the path."""
    urls = [f"http://127.0.0.1:{port}{PATH}" for port in (8101, 8102)]

    def ask(url: str) -> int:
        status = statuses[urls.index(url)]
        if status is None:
            raise UnavailableError("refused", where=url)
        return status

    condition = answering_condition(parse_project(PROJECT), "reviews", Side.V2, ENVIRONMENT, ask)
    assert (condition.holds, condition.found) == (holds, found)
    assert condition.waivable


def test_an_address_that_is_not_known_does_not_answer() -> None:
    """What is not set cannot be asked."""
    project = parse_project(PROJECT.replace('"http://127.0.0.1:8101", ', ""))
    condition = answering_condition(project, "reviews", Side.V2, {}, lambda _: 200)
    assert not condition.holds
    assert "SECOND is not set" in condition.found


def test_the_way_back_asks_the_monolith() -> None:
    """Which may be down while v2 answers."""

    def ask(url: str) -> int:
        raise UnavailableError("refused", where=url)

    condition = answering_condition(parse_project(PROJECT), "reviews", Side.V1, ENVIRONMENT, ask)
    assert (condition.name, condition.found) == ("v1 answers", "http://127.0.0.1:8000/: refused")


def test_a_health_check_of_its_own_is_asked() -> None:
    """A process that lives may have lost its database."""
    asked: list[str] = []

    def ask(url: str) -> int:
        asked.append(url)
        return 200

    project = parse_project(f'{PROJECT}[services.reviews.resilience.health]\npath = "/health"\n')
    assert answering_condition(project, "reviews", Side.V2, ENVIRONMENT, ask).holds
    assert asked == ["http://127.0.0.1:8101/health"]
