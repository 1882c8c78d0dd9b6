"""What `strangler rewrite --check` tells of a service's seams."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import rich.console
from rich.text import Text

from strangler.cli.render.sections import section
from strangler_analyzers.rewriting.recipes import recipe, used
from strangler_analyzers.rewriting.seams import Seam, SeamKind


@dataclass(frozen=True, slots=True)
class SeamRecord:
    """A seam with what is to be said of it; `why` and `recipe` are None where a port replaces it."""

    kind: SeamKind
    file: str
    line: int
    column: int
    used: str
    why: str | None
    recipe: str | None


def seam_record(seam: Seam) -> SeamRecord:
    """Everything that is to be said of a seam."""
    advice, place = recipe(seam), seam.place
    why, how = (None, None) if advice is None else (advice.why, advice.recipe)
    return SeamRecord(seam.kind, place.file, place.line, place.column, used(seam), why, how)


@dataclass(frozen=True, slots=True)
class SeamsPage:
    """Renders the seams of a service: those a port replaces, then the others by kind and reason, with a recipe."""

    service: str
    seams: Sequence[Seam]

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        numbers = Counter(seam.kind for seam in self.seams)
        yield Text.assemble((self.service, "bold"), f": {len(self.seams)} seams")
        for kind in SeamKind:
            if numbers[kind]:
                yield Text(f"  {kind.value} {numbers[kind]}")
        calls = [seam for seam in self.seams if recipe(seam) is None]
        yield from section(f"Calls that a port can take ({len(calls)})")
        yield from map(_line, calls)
        yield from section(f"Not rewritten ({len(self.seams) - len(calls)})")
        yield from self._rest()

    def _rest(self) -> Iterator[Text]:
        groups: defaultdict[tuple[int, str, str], list[Seam]] = defaultdict(list)
        order = {kind: position for position, kind in enumerate(SeamKind)}
        for seam in self.seams:
            advice = recipe(seam)
            if advice is not None:
                groups[order[seam.kind], advice.why, advice.recipe].append(seam)
        for (_, why, how), seams in sorted(groups.items(), key=lambda item: item[0]):
            yield Text(f"{seams[0].kind.value}: {why}")
            yield Text(f"  recipe: {how}", "dim")
            yield from map(_line, seams)


def _line(seam: Seam) -> Text:
    return Text.assemble((f"  {seam.place} ", "dim"), used(seam))
