"""The output of `strangler design diff` on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import rich.console
from rich.text import Text

from strangler.cli.render.sections import section
from strangler.contracts.comparison.change import CHANGE_RULES
from strangler.contracts.comparison.reach import Reach
from strangler.model.quantity import quantity


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Renders changes, breaking ones first, with the reason and the services that break."""

    changes: Sequence[Reach]

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        breaking = [item for item in self.changes if item.change.breaking]
        other = [item for item in self.changes if not item.change.breaking]
        if not self.changes:
            yield Text("nothing that a client could see has changed", "bold")
            return
        yield Text(f"{quantity(len(breaking), 'breaking change')}, {len(other)} harmless", "bold")
        yield from _part("Breaking", breaking)
        yield from _part("Harmless", other)


def _part(title: str, changes: Sequence[Reach]) -> Iterator[Text]:
    if changes:
        yield from section(f"{title} ({len(changes)})")
    for reach in changes:
        item = reach.change
        yield Text.assemble(f"  {item.message} ({item.way})", (f"  {item.location}", "dim"))
        if item.breaking:
            yield Text(f"    {item.rule.value}: {CHANGE_RULES[item.rule]}", "dim")
            if reach.users is not None:
                yield Text(f"    used by {', '.join(reach.users) or 'no other service of strangler.toml'}")
