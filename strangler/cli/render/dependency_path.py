"""The output of `strangler why`: the path from one part to another, hop by hop."""

from __future__ import annotations

from dataclasses import dataclass

import rich.console
from rich.text import Text

from strangler.cli.render.lines import PlacedLine, PlacedLines
from strangler.model.quantity import quantity
from strangler_analyzers.graph.dependency_path import DependencyPath, Hop, HopKind

_VERBS = {
    HopKind.CONTAINS: "contains",
    HopKind.IMPORTS: "imports",
    HopKind.INHERITS: "inherits",
    HopKind.CALLS: "calls",
    HopKind.HANDLED_BY: "is handled by",
    HopKind.ENTERS: "runs",
    HopKind.READS: "reads",
    HopKind.WRITES: "writes",
    HopKind.MAPS: "maps",
    HopKind.REFERENCES: "references",
    HopKind.USES: "uses",
    HopKind.PART_OF: "is part of",
}
_WIDEST_VERB = max(map(len, _VERBS.values()))


@dataclass(frozen=True, slots=True)
class DependencyPathLines:
    """Renders a path: the two parts, then a line per hop with its evidence."""

    path: DependencyPath

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        length = self.path.length
        steps = quantity(length, "step")
        title = Text.assemble((self.path.source, "bold"), " depends on ", (self.path.target, "bold"), f" in {steps}")
        yield Text.assemble(title, no_wrap=True, overflow="ignore")
        yield PlacedLines([PlacedLine(_line(hop), hop.location) for hop in self.path.hops])


def _line(hop: Hop) -> Text:
    text = Text.assemble(("  " + _VERBS[hop.kind].rjust(_WIDEST_VERB), "cyan"), f" {hop.target}")
    for mark in _marks(hop):
        text.append(f" [{mark}]", "magenta")
    return text


def _marks(hop: Hop) -> list[str]:
    attributes = hop.attributes
    marks = [str(attributes[name]) for name in ("operation",) if attributes.get(name)]
    if attributes.get("call_kind", "direct") != "direct":
        marks.append("later" if attributes["call_kind"] == "async" else str(attributes["call_kind"]))
    if attributes.get("confidence", "certain") != "certain":
        marks.append(str(attributes["confidence"]))
    marks += [name for name in ("deferred", "middleware") if attributes.get(name)]
    if "from_column" in attributes:
        marks.append(str(attributes["from_column"]))
    return marks
