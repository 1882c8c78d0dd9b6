"""The counts Envoy keeps of every request, configured as access logs that write nothing.

The cost of each is in docs/decisions/0039-reads-are-counted-by-their-beginnings.md.
"""

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
_MILLISECONDS, _UNDER_WAY, _BEGUN = "milliseconds", "under_way", "begun"
UNDER_WAY = f"envoy_{PREFIX}_{_UNDER_WAY}"
MILLISECONDS = f"envoy_{PREFIX}_{_MILLISECONDS}"
BEGUN = f"envoy_{PREFIX}_{_BEGUN}"
ENDED = f"{MILLISECONDS}_count"
BEGINNINGS_AND_ENDS = f"{_BEGUN}|{_MILLISECONDS}"
WRITES_UNDER_WAY = _UNDER_WAY
"""Filters that ask Envoy for these counts only."""
READ = "GET"
"""The method whose requests are not counted individually while in flight."""
_SCOPE: JsonObject = {"prefix": PREFIX, "sharing_name": "requests"}
"""Shared, so that the counts survive the replacement of a listener, for instance for a new certificate."""
_TAGS = {"route": "%ROUTE_NAME%", "host": "%UPSTREAM_HOST_NAME%", "code": "%RESPONSE_CODE%"}
_MILLISECOND_BOUNDS = (0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000)
BOUNDS = tuple(bound / 1000 for bound in _MILLISECOND_BOUNDS)
"""Seconds: the bounds of Envoy's own histograms, except the two longest."""


def counts() -> JsonObject:
    """Return the access logs that make a connection manager count its requests."""
    return {
        "access_log": [_ended(), _writes_under_way(), _begun()],
        "access_log_options": {"flush_access_log_on_new_request": True},
    }


def _ended() -> JsonObject:
    """Return the log that counts requests that have ended, by route, host and status.

    Only in the histogram of their durations: a separate counter would cost every request as much again.
    """
    tags = [_tag(name, value) for name, value in _TAGS.items()]
    stat: JsonObject = {"name": _MILLISECONDS, "tags": tags}
    histogram: JsonObject = {"stat": stat, "unit": "Milliseconds", "value_format": "%DURATION%"}
    return {**_log(histograms=[histogram]), "filter": {"log_type_filter": {"types": [_END]}}}


def _writes_under_way() -> JsonObject:
    """Return the log that counts requests in flight, except reads, by route and method."""
    stat: JsonObject = {"name": _UNDER_WAY, "tags": [_tag("route", _TAGS["route"]), _tag("method", _METHOD)]}
    operation = {"add_log_type": _START, "sub_log_type": _END}
    log = _log(gauges=[{"stat": stat, "value_fixed": 1, "add_subtract": operation}])
    read = {"name": ":method", "string_match": {"exact": READ}, "invert_match": True}
    return {**log, "filter": {"header_filter": {"header": read}}}


def _begun() -> JsonObject:
    """Return the log that counts requests that have begun, by route; less those that ended, the reads in flight."""
    stat: JsonObject = {"name": _BEGUN, "tags": [_tag("route", _TAGS["route"])]}
    log = _log(counters=[{"stat": stat, "value_fixed": 1}])
    return {**log, "filter": {"log_type_filter": {"types": [_START]}}}


def _log(**stats: Json) -> JsonObject:
    return extension(_LOGGER, "access_loggers.stats.v3.Config", stats_scope=_SCOPE, **stats)


def _tag(name: str, value: str) -> JsonObject:
    return {"name": name, "value_format": value}


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
