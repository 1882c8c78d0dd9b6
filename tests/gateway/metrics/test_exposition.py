"""The text that Prometheus reads, read by its own client library."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from strangler_gateway.metrics.exposition import exposition
from strangler_gateway.metrics.measures import Distribution, Histogram, Measures, amount, counted


def test_the_text() -> None:
    """Whole, so that a change is seen."""
    labels = (("route", "GET /a"),)
    measures = Measures(
        (
            counted("requests_total", "Requests.", [(labels, 3)]),
            amount("retry_budget", "Retries\nthat may be made.", [((), 9.5)]),
        ),
        (
            Histogram(
                "seconds",
                "Seconds.",
                (0.1, 2.0),
                ((labels, Distribution((1, 2, 3), 12.25)), ((), Distribution((0, 0, 1), 3))),
            ),
        ),
    )
    assert "".join(exposition(measures)) == (
        "# HELP strangler_gateway_requests_total Requests.\n"
        "# TYPE strangler_gateway_requests_total counter\n"
        'strangler_gateway_requests_total{route="GET /a"} 3\n'
        "# HELP strangler_gateway_retry_budget Retries\\nthat may be made.\n"
        "# TYPE strangler_gateway_retry_budget gauge\n"
        "strangler_gateway_retry_budget 9.5\n"
        "# HELP seconds Seconds.\n"
        "# TYPE seconds histogram\n"
        'seconds_bucket{route="GET /a",le="0.1"} 1\n'
        'seconds_bucket{route="GET /a",le="2"} 3\n'
        'seconds_bucket{route="GET /a",le="+Inf"} 6\n'
        'seconds_sum{route="GET /a"} 12.25\n'
        'seconds_count{route="GET /a"} 6\n'
        'seconds_bucket{le="0.1"} 0\n'
        'seconds_bucket{le="2"} 0\n'
        'seconds_bucket{le="+Inf"} 1\n'
        "seconds_sum 3\n"
        "seconds_count 1\n"
    )


@given(st.text(st.characters(exclude_categories=["Cs"])), st.floats(allow_nan=False, allow_infinity=False))
def test_any_name_and_any_number_is_read_as_it_was(name: str, value: float) -> None:
    """A route may be called anything: quotes, backslashes and line breaks end neither the label nor the line."""
    text = "".join(exposition(Measures((amount("some", "Some.", [((("route", name),), value)]),))))
    (family,) = text_string_to_metric_families(text)
    ((sample_name, labels, read, *_),) = family.samples
    assert (sample_name, labels, read) == ("strangler_gateway_some", {"route": name}, value)
