"""Publishers and consumers in the text format of Prometheus (version 0.0.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from strangler_etl.streams.parking import ConsumerState
from strangler_etl.streams.publication_state import PublicationState

StateT = TypeVar("StateT")


@dataclass(frozen=True, slots=True)
class _Metric(Generic[StateT]):
    """A figure of a state; None where it has none."""

    name: str
    kind: str
    text: str
    value: Callable[[StateT], float | None]


_OF_PUBLISHER: tuple[_Metric[PublicationState], ...] = (
    _Metric(
        "strangler_changes_to_publish", "gauge", "Changes of rows that are to be published.", lambda one: one.waiting
    ),
    _Metric(
        "strangler_publisher_lag_seconds",
        "gauge",
        "Age of the first change to be published.",
        lambda one: one.lag_seconds,
    ),
    _Metric(
        "strangler_publisher_looked_seconds",
        "gauge",
        "How long ago the publisher has looked for changes: each second while it runs.",
        lambda one: one.looked_seconds,
    ),
    _Metric(
        "strangler_publisher_stopped",
        "gauge",
        "1 where the publisher cannot go on.",
        lambda one: one.stopped is not None,
    ),
)


def publisher_metrics(states: Mapping[str, PublicationState]) -> str:
    """How far the changes of services are published, by the names of the services."""
    return "".join(_lines(_OF_PUBLISHER, [(f'service="{name}"', state) for name, state in states.items()]))


def consumer_metrics(states: Sequence[ConsumerState], now: float) -> str:
    """The state of consumers; `now` in seconds since 1970."""
    figures: tuple[_Metric[ConsumerState], ...] = (
        _Metric("strangler_events_handled_total", "counter", "Events handled.", lambda one: one.handled),
        _Metric("strangler_event_failures_total", "counter", "Times the handler has failed.", lambda one: one.failures),
        _Metric("strangler_events_waiting", "gauge", "Events that are not handled yet.", lambda one: one.waiting),
        _Metric("strangler_events_parked", "gauge", "Events that could not be handled.", lambda one: one.parked),
        _Metric(
            "strangler_event_lag_seconds",
            "gauge",
            "Age of the oldest event that is not handled.",
            lambda one: 0.0 if one.oldest is None else max(0.0, now - one.oldest),
        ),
        _Metric(
            "strangler_consumer_seen_seconds",
            "gauge",
            "How long ago the consumer has asked for events: each ten seconds while it runs.",
            lambda one: None if one.seen is None else max(0.0, now - one.seen),
        ),
    )
    return "".join(_lines(figures, [(f'consumer="{one.consumer}"', one) for one in states]))


def _lines(metrics: Sequence[_Metric[StateT]], states: Sequence[tuple[str, StateT]]) -> Iterator[str]:
    for metric in metrics:
        found = [(label, value) for label, state in states if (value := metric.value(state)) is not None]
        if found:
            yield f"# HELP {metric.name} {metric.text}\n# TYPE {metric.name} {metric.kind}\n"
        for label, value in found:
            yield f"{metric.name}{{{label}}} {float(value):.15g}\n"
