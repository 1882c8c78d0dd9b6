"""The standard process metrics of Prometheus, and the version that runs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from strangler_gateway.metrics.measures import Kind, Series, state

_MEMORY = Path("/proc/self/statm")


def process_series() -> Iterator[Series]:
    """Yield the process metrics; https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics."""
    cpu = ((), time.process_time())
    yield Series("process_cpu_seconds_total", Kind.COUNTED, "User and system CPU time.", (cpu,))
    if _MEMORY.exists():
        resident = ((), float(int(_MEMORY.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")))
        yield Series("process_resident_memory_bytes", Kind.AMOUNT, "Resident memory.", (resident,))
    yield state("build_info", "1; the version is in the label.", [((("version", own_version()),), 1)])


@cache
def own_version() -> str:
    """Return the version of the installed ``strangler`` distribution."""
    return version("strangler")
