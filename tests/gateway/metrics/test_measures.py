"""What several processes count, as one."""

from __future__ import annotations

from strangler_gateway.metrics.measures import Distribution, Histogram, Measures, amount, counted, state, total
from strangler_gateway.metrics.workers import WorkerMeasures, WorkerTotals

A = (("route", "GET /a"),)
B = (("route", "GET /b"),)


def measures(requests: float, busy: float = 0, held: float = 0) -> Measures:
    """Return what a process says."""
    return Measures(
        (
            counted("requests_total", "Requests.", [(A, requests)]),
            amount("busy", "Busy.", [(A, busy)]),
            state("held", "Held.", [(A, held)]),
        ),
        (Histogram("seconds", "Seconds.", (0.1,), ((A, Distribution((int(requests), 1), 0.5)),)),),
    )


def values(measured: Measures) -> dict[str, float]:
    """Return what route A has in each series."""
    return {one.name: dict(one.values)[A] for one in measured.series}


def test_numbers_are_added_up_and_states_are_not() -> None:
    """A hold is on when one worker holds."""
    both = total([measures(3, busy=2, held=1), measures(4, busy=5, held=1)])
    assert values(both) == {
        "strangler_gateway_requests_total": 7,
        "strangler_gateway_busy": 7,
        "strangler_gateway_held": 1,
    }
    assert both.histograms[0].values == ((A, Distribution((7, 2), 1.0)),)


def test_what_only_one_process_has_seen_is_there_too() -> None:
    """Workers see different routes."""
    one = Measures((counted("requests_total", "Requests.", [(A, 1)]),))
    other = Measures((counted("requests_total", "Requests.", [(B, 2)]), counted("retries_total", "Retries.", [(B, 3)])))
    assert [dict(series.values) for series in total([one, other]).series] == [{A: 1, B: 2}, {B: 3}]


def test_no_sum_falls_when_a_worker_ends() -> None:
    """Neither while it says nothing nor when its place is another process's; what it had under way is gone."""
    totals = WorkerTotals()

    def heard(**places: tuple[int, Measures]) -> dict[str, float]:
        said = {int(place[1:]): WorkerMeasures(*one) for place, one in places.items()}
        return values(totals.total(said, Measures()))

    assert heard(w0=(10, measures(5, busy=1)), w1=(11, measures(7, busy=2)))["strangler_gateway_requests_total"] == 12
    silent = heard(w0=(10, measures(6, busy=1)))
    assert silent["strangler_gateway_requests_total"] == 13
    assert silent["strangler_gateway_busy"] == 1
    replaced = heard(w0=(10, measures(6)), w1=(12, measures(1, busy=1)))
    assert replaced["strangler_gateway_requests_total"] == 14
    assert replaced["strangler_gateway_busy"] == 1
    again = heard(w0=(10, measures(6)), w1=(13, measures(2)))
    assert again["strangler_gateway_requests_total"] == 16


def test_a_distribution_is_told_by_other_bounds() -> None:
    """What lies between two of them is taken for the longer; nothing is lost."""
    found = Histogram("seconds", "Seconds.", (0.1, 0.2, 1), ((A, Distribution((1, 2, 3, 4), 0.5)),))
    assert found.within((0.1, 1, 5)).values == ((A, Distribution((1, 5, 0, 4), 0.5)),)
