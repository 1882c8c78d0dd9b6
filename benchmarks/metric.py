"""What a benchmark hands back: samples of ours, and of what was measured in turn with them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Metric:
    """Samples of ours and, taken in turn with them, of what they are compared with."""

    name: str
    against: str
    target: str
    unit: str = "s"
    ours: list[float] = field(default_factory=list[float])
    peer: list[float] | None = None

    def add(self, ours: float, peer: float | None = None) -> None:
        """One sample of each side."""
        self.ours.append(ours)
        if peer is not None:
            self.peer = [*(self.peer or ()), peer]

    def line(self) -> str:
        """Medians and their ratio in one line."""
        median = statistics.median(self.ours)
        text = f"{self.name:18} {median:8.2f} {self.unit:2}"
        if self.peer:
            other = statistics.median(self.peer)
            ratio = statistics.median(a / b for a, b in zip(self.ours, self.peer, strict=True))
            text += f"  {self.against} {other:.2f} {self.unit}, ratio {ratio:.3f}"
        return f"{text}; target {self.target}; {len(self.ours)} rounds"


def as_json(metrics: Iterable[Metric]) -> str:
    """One object: ``{name: {ours: [samples], peer: [samples] or null, unit}}``."""
    return json.dumps({m.name: {"ours": m.ours, "peer": m.peer, "unit": m.unit} for m in metrics})
