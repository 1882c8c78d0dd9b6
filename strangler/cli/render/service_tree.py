"""The output of `strangler dependencies services`: which service needs which, as a tree, and the deepest calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import rich.console
from rich.text import Text

from strangler.cli.render.guides import Guides, guides_of
from strangler.cli.render.sections import section
from strangler.contracts.dependencies.call_graph import CallGraph, Request
from strangler.contracts.dependencies.service_uses import Party, ServiceUse, ServiceUses, UseKind
from strangler.contracts.latency import latency_text
from strangler.model.printable import printable

_FORWARD = {UseKind.CALLS: "calls", UseKind.FOLLOWS: "follows"}
_BACK = {UseKind.CALLS: "called by", UseKind.FOLLOWS: "followed by"}


@dataclass(frozen=True, slots=True)
class ServiceTree:
    """Renders a tree for each party; what was shown above appears again only by name."""

    services: ServiceUses
    graph: CallGraph
    parties: Sequence[Party]
    reverse: bool

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        drawing = _Drawing(self.services, guides_of(options), self.reverse)
        alone: list[Party] = []
        first = True
        for party in self.parties:
            if not drawing.uses(party) and len(self.parties) > 1:
                alone.append(party)
                continue
            if not first:
                yield Text("")
            first = False
            yield Text.assemble((party.name, "bold"), (f"  {party.namespace}", "dim"))
            yield from drawing.below(party, "", (party,))
            if not self.reverse:
                yield from self._depth(party)
        if alone:
            nobody = "used by no other service" if self.reverse else "use no other service"
            yield from section(f"{nobody}: {', '.join(party.name for party in alone)}")
        yield from self._circles()

    def _depth(self, party: Party) -> Iterator[Text]:
        chain = self.graph.deepest(party.namespace)
        if len(chain) > 1:
            way = " -> ".join(self._request(item, party) for item in chain)
            yield Text(f"depth {len(chain) - 1}: {way}")
            wait = self.graph.wait(chain[0])
            yield Text(f"  waits at least {latency_text(wait)}" if wait else "  nothing below has a target", "dim")

    def _circles(self) -> Iterator[Text]:
        if self.graph.ways:
            yield from section(f"Circles of calls ({len(self.graph.ways)}), see strangler design lint")
        for way in self.graph.ways:
            yield Text("  " + " -> ".join(self._request(item) for item in (*way, way[0])))

    def _request(self, request: Request, of: Party | None = None) -> str:
        """``catalog GET /products/{id} (50 ms)``; the service's name is omitted if it is the one described."""
        party = self.services.parties.get(request.namespace)
        name = party.name if party else request.namespace
        operation = self.graph.operations.get(request)
        target = "no target" if operation is None or operation.p99 is None else latency_text(operation.p99)
        return printable(f"{'' if party == of and of else f'{name} '}{request.name} ({target})")


@dataclass(frozen=True, slots=True)
class _Drawing:
    services: ServiceUses
    guides: Guides
    reverse: bool
    shown: set[Party] = field(default_factory=set[Party])

    def uses(self, party: Party) -> Sequence[ServiceUse]:
        """What a service uses, or what others use of it: calls first, then by the other's name."""
        found = self.services.of_used(party) if self.reverse else self.services.of_user(party)
        return sorted(found, key=lambda use: (use.kind, self._other(use).name))

    def below(self, party: Party, indent: str, way: tuple[Party, ...]) -> Iterator[Text]:
        self.shown.add(party)
        words = _BACK if self.reverse else _FORWARD
        uses = self.uses(party)
        for index, use in enumerate(uses):
            last, other = index == len(uses) - 1, self._other(use)
            line = Text.assemble(
                (indent + (self.guides.last if last else self.guides.fork), "dim"),
                (f"{words[use.kind]} ", "cyan" if use.kind is UseKind.CALLS else "yellow"),
                (other.name, "bold"),
                f": {', '.join(_told(name, use) for name in use.names)}",
            )
            if other.file is None:
                line.append(" [no document]", "magenta")
            deeper = use.kind is UseKind.CALLS and self.uses(other)
            if deeper and other in self.shown:
                line.append(" [circle]" if other in way else " [above]", "magenta")
            yield line
            if deeper and other not in self.shown:
                yield from self.below(other, indent + ("   " if last else self.guides.pass_by), (*way, other))

    def _other(self, use: ServiceUse) -> Party:
        return use.user if self.reverse else use.used


def _told(name: str, use: ServiceUse) -> str:
    return f"{name} [not there]" if name in use.absent else name
