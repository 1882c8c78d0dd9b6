"""What Envoy counts of every request, and what that is under the gateway's own names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from strangler.model.json_value import Json, JsonObject
from strangler_gateway.export.envoy.extension import extension
from strangler_gateway.metrics.measures import PREFIX

_LOGGER = "envoy.access_loggers.stats"
_START, _END = "DownstreamStart", "DownstreamEnd"
_METHOD = "%REQ(:METHOD)%"
COUNTS_BEGINNINGS: JsonObject = {"access_log_options": {"flush_access_log_on_new_request": True}}
_MILLISECONDS, _UNDER_WAY = "milliseconds", "under_way"
UNDER_WAY = f"envoy_{PREFIX}_{_UNDER_WAY}"
MILLISECONDS = f"envoy_{PREFIX}_{_MILLISECONDS}"
_TAGS = {"route": "%ROUTE_NAME%", "host": "%UPSTREAM_HOST_NAME%", "code": "%RESPONSE_CODE%"}
_MILLISECOND_BOUNDS = (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000)
BOUNDS = tuple(bound / 1000 for bound in _MILLISECOND_BOUNDS)
"""Seconds: the bounds of Envoy's own histograms, but for the two longest."""


def counting_log() -> JsonObject:
    """Return the access log that writes nothing and counts what has ended, by route, host and status.

    Into the histogram of their durations alone: a counter beside it costs every request as much again.
    """
    tags = [{"name": name, "value_format": value} for name, value in _TAGS.items()]
    counting = extension(
        _LOGGER,
        "access_loggers.stats.v3.Config",
        stats_scope={"prefix": PREFIX},
        histograms=[
            {"stat": {"name": _MILLISECONDS, "tags": tags}, "unit": "Milliseconds", "value_format": "%DURATION%"}
        ],
    )
    return {**counting, "filter": {"log_type_filter": {"types": [_END]}}}


def under_way_log() -> JsonObject:
    """Return the access log that counts what has begun and has not ended, by route and method.

    It is told of each beginning only where the connection manager says so: `COUNTS_BEGINNINGS`.
    """
    tags: list[Json] = [{"name": "route", "value_format": "%ROUTE_NAME%"}, {"name": "method", "value_format": _METHOD}]
    return extension(
        _LOGGER,
        "access_loggers.stats.v3.Config",
        stats_scope={"prefix": PREFIX},
        gauges=[
            {
                "stat": {"name": _UNDER_WAY, "tags": tags},
                "value_fixed": 1,
                "add_subtract": {"add_log_type": _START, "sub_log_type": _END},
            }
        ],
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of Envoy's metrics."""

    name: str
    labels: Mapping[str, str]
    value: float


_LINE = re.compile(r"(?P<name>[A-Za-z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(?P<name>\w+)="(?P<value>(?:[^"\\]|\\.)*)"')


def samples_of(text: str) -> Iterator[Sample]:
    """Read Prometheus' text format."""
    for line in text.splitlines():
        if found := _LINE.fullmatch(line):
            labels = {label["name"]: _unescaped(label["value"]) for label in _LABEL.finditer(found["labels"] or "")}
            yield Sample(found["name"], labels, float(found["value"]))


def _unescaped(text: str) -> str:
    return text.replace(r"\"", '"').replace(r"\n", "\n").replace("\\\\", "\\")
