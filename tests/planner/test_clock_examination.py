"""Whether the hosts of a migration agree on the time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strangler.model.clock import ClockReading
from strangler.planner.clock_examination import Clocks, application_clocks, clock_condition, clock_findings
from strangler.project import Address
from strangler.project_reader import parse_project
from strangler_etl.examination.finding import Level

PROJECT = parse_project(
    """
[monolith]
upstreams = ["http://127.0.0.1:8000"]
[services.reviews]
upstreams = ["http://127.0.0.1:8100", "${ELSEWHERE}"]
[gateway]
admin = ["127.0.0.1:9900"]
identity = { whoami = "/whoami", key = "${KEY}" }
"""
)
REVIEWS = PROJECT.service("reviews")
GATEWAY = Address("127.0.0.1", 9900)


def at(ahead: float, coarse: float = 0.0) -> ClockReading:
    """A clock that is this much ahead, read within a tenth of a second."""
    return ClockReading(1000.05 + ahead, 1000.0, 1000.1, coarse)


def findings(
    gateway: float = 0, service: float = 0, monolith: float = 0, source: float = 0, target: float = 0
) -> list[tuple[Level, str]]:
    """What is said of clocks that are so much ahead."""
    applications = {"http://127.0.0.1:8100": at(service - 1, 2), "http://127.0.0.1:8000": at(monolith - 1, 2)}
    told = application_clocks(PROJECT, REVIEWS, {}, applications.get)
    clocks = Clocks(at(source), at(target), {GATEWAY: at(gateway)}, told)
    return [(one.level, one.found) for one in clock_findings(REVIEWS, clocks)]


def test_clocks_that_agree_are_named() -> None:
    """An application with an address that is not known is left out."""
    ((level, found),) = findings()
    assert level is Level.OK
    assert found == (
        "no difference of more than 1 s is certain: gateway 127.0.0.1:9900, reviews at http://127.0.0.1:8100,"
        " v1 at http://127.0.0.1:8000, reviews's database, v1's database"
    )


@pytest.mark.parametrize(("behind", "level"), [(3, Level.WARNING), (55, Level.WARNING), (180, Level.PROBLEM)])
def test_a_gateway_behind_v2_is_a_problem_beyond_the_leeway(behind: float, level: Level) -> None:
    """Every token it passes on would have expired."""
    told = (
        f"gateway 127.0.0.1:9900 is {behind:.1f} s (± 1.1 s) behind reviews at http://127.0.0.1:8100:"
        " reviews refuses the gateway's tokens when they differ by more than its leeway"
    )
    assert findings(gateway=-behind) == [(level, told)]


def test_databases_that_differ_make_times_jump() -> None:
    """More than ten seconds are a problem, more than one a warning."""
    told = "s (± 0.1 s) ahead of v1's database: times of new rows and events jump when the writes move"
    assert findings(target=5) == [(Level.WARNING, f"reviews's database is 5.0 {told}")]
    assert findings(target=30) == [(Level.PROBLEM, f"reviews's database is 30.0 {told}")]


def test_applications_of_both_sides_are_compared() -> None:
    """Most rows get their times from the application."""
    assert [level for level, _ in findings(monolith=-120)] == [Level.PROBLEM]


def test_a_gateway_of_a_service_without_identities_may_differ() -> None:
    """Nothing depends on it."""
    service = replace(REVIEWS, identity=None)
    clocks = Clocks(None, None, {GATEWAY: at(500)}, application_clocks(PROJECT, service, {}, lambda _: at(0)))
    assert [one.level for one in clock_findings(service, clocks)] == [Level.OK]


def test_what_cannot_be_read_is_compared_with_nothing() -> None:
    """SQLite has no clock, an application may not tell its own."""
    clocks = Clocks(None, None, {}, application_clocks(PROJECT, REVIEWS, {}, lambda _: None))
    assert list(clock_findings(REVIEWS, clocks)) == []
    assert clock_condition(REVIEWS, clocks).holds


def test_a_cutover_does_not_begin_where_v2_would_refuse_everybody() -> None:
    """It tells both hosts, and what to do."""
    applications = application_clocks(PROJECT, REVIEWS, {}, lambda _: at(-1, 2))
    clocks = Clocks(None, None, {GATEWAY: at(-300)}, applications)
    condition = clock_condition(REVIEWS, clocks)
    assert (condition.holds, condition.mend) == (False, "let NTP set the clocks of both hosts")
    assert condition.found.startswith("gateway 127.0.0.1:9900 is 300.0 s (± 1.1 s) behind reviews at http://")
    assert condition.waivable
