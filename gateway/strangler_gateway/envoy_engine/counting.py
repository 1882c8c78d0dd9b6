"""What Envoy counts of every request, and what that is under the gateway's own names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from strangler.model.json_value import JsonObject
from strangler_gateway.export.envoy.extension import extension
from strangler_gateway.metrics.measures import PREFIX

_REQUESTS, _MILLISECONDS = "requests", "milliseconds"
REQUESTS = f"envoy_{PREFIX}_{_REQUESTS}"
MILLISECONDS = f"envoy_{PREFIX}_{_MILLISECONDS}"
_TAGS = {"route": "%ROUTE_NAME%", "host": "%UPSTREAM_HOST_NAME%"}
_MILLISECOND_BOUNDS = (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000)
BOUNDS = tuple(bound / 1000 for bound in _MILLISECOND_BOUNDS)
"""Seconds: the bounds of Envoy's own histograms, but for the two longest."""


def counting_log() -> JsonObject:
    """Return the access log that writes nothing and counts, by route, host and status."""
    tags = [{"name": name, "value_format": value} for name, value in _TAGS.items()]
    code = {"name": "code", "value_format": "%RESPONSE_CODE%"}
    return extension(
        "envoy.access_loggers.stats",
        "access_loggers.stats.v3.Config",
        stats_scope={"prefix": PREFIX},
        counters=[{"stat": {"name": _REQUESTS, "tags": [*tags, code]}, "value_fixed": 1}],
        histograms=[
            {"stat": {"name": _MILLISECONDS, "tags": tags}, "unit": "Milliseconds", "value_format": "%DURATION%"}
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
