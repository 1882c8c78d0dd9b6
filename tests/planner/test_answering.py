"""v2 has to answer before it is given the writes: nobody else does afterwards."""

from __future__ import annotations

import pytest

from strangler.model.errors import UnavailableError
from strangler.planner.answering import answering_condition
from strangler.project_reader import parse_project

PROJECT = '[services.reviews]\nupstreams = ["http://127.0.0.1:8101", "${SECOND}"]\n'
ENVIRONMENT = {"SECOND": "http://127.0.0.1:8102"}


@pytest.mark.parametrize(
    ("statuses", "holds", "found"),
    [
        ((200, 404), True, "http://127.0.0.1:8101 answers"),
        ((None, 404), True, "http://127.0.0.1:8102 answers"),
        ((503, None), False, "http://127.0.0.1:8101 answers / with 503; http://127.0.0.1:8102: refused"),
    ],
)
def test_one_of_its_hosts_is_enough(statuses: tuple[int | None, ...], holds: bool, found: str) -> None:
    """Any answer below 500: what stands at ``/`` is the application's affair."""
    (service,) = parse_project(PROJECT).services.values()
    answers = dict(zip(("http://127.0.0.1:8101", "http://127.0.0.1:8102"), statuses, strict=True))

    def ask(url: str) -> int:
        status = answers[url]
        if status is None:
            raise UnavailableError("refused", where=url)
        return status

    condition = answering_condition(service, ENVIRONMENT, ask)
    assert (condition.holds, condition.found) == (holds, found)
    assert condition.waivable


def test_an_address_that_is_not_known_does_not_answer() -> None:
    """What is not set cannot be asked."""
    (service,) = parse_project(PROJECT.replace('"http://127.0.0.1:8101", ', "")).services.values()
    condition = answering_condition(service, {}, lambda _: 200)
    assert not condition.holds
    assert "SECOND is not set" in condition.found
