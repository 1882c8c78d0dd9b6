"""Measures in the text format of Prometheus.

Version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from strangler_gateway.metrics.measures import Distribution, Histogram, Kind, Labels, Measures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_VALUE_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})


def exposition(measures: Measures) -> Iterator[str]:
    """Yield the text in parts, each of which is made quickly, so that requests can run in between."""
    for series in measures.series:
        yield _head(series.name, "counter" if series.kind is Kind.COUNTED else "gauge", series.about)
        for labels, value in series.values:
            yield f"{series.name}{_braced(_labels(labels))} {_number(value)}\n"
    for histogram in measures.histograms:
        yield _head(histogram.name, "histogram", histogram.about)
        for labels, distribution in histogram.values:
            yield "".join(_distribution(histogram, labels, distribution))


def _head(name: str, kind: str, about: str) -> str:
    return f"# HELP {name} {about.translate(_HELP_ESCAPES)}\n# TYPE {name} {kind}\n"


def _distribution(histogram: Histogram, labels: Labels, distribution: Distribution) -> Iterator[str]:
    name = histogram.name
    said = _labels(labels)
    comma = "," if said else ""
    counts = list(accumulate(distribution.buckets))
    for bound, count in zip((*map(_number, histogram.bounds), "+Inf"), counts, strict=True):
        yield f'{name}_bucket{{{said}{comma}le="{bound}"}} {count}\n'
    yield f"{name}_sum{_braced(said)} {_number(distribution.sum)}\n"
    yield f"{name}_count{_braced(said)} {counts[-1]}\n"


def _labels(labels: Labels) -> str:
    return ",".join(f'{name}="{value.translate(_VALUE_ESCAPES)}"' for name, value in labels)


def _braced(labels: str) -> str:
    return f"{{{labels}}}" if labels else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
