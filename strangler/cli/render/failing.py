"""What fails or ends with a cut-over: writes of routes that stay on v1 and of other programs, and side effects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from strangler.cli.render.lines import PlacedLine, PlacedLines
from strangler.model.printable import printable_parts
from strangler.model.quantity import first_of, quantity
from strangler.planner.failing_routes import ACCEPT, FailingRoute
from strangler.planner.readiness import Condition
from strangler.planner.side_effects import SideEffect
from strangler.planner.writers import Writer, Writers
from strangler_analyzers.own_requests.own_requests import OwnRequest


@dataclass(frozen=True, slots=True)
class FailingPage:
    """Writers that a cut-over shuts out: they still go to the monolith, whose tables then refuse their writes.

    Also what the monolith no longer does for routes that move.
    """

    service: str
    routes: tuple[FailingRoute, ...]
    writers: Writers
    own_requests: tuple[OwnRequest, ...] = ()
    side_effects: tuple[SideEffect, ...] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield a paragraph for each kind; that of routes says what can be done."""
        if self.routes:
            yield from self._routes()
        remaining = self.writers.remaining
        if remaining:
            yield Text(
                f"{quantity(len(remaining), 'route')} of {self.service} {_verb(remaining, 'leaves', 'leave')} methods"
                " on v1 that no rule names; should the monolith know them, their writes fail too:"
            )
            yield _lines((writer, _tables(writer)) for writer in remaining)
        outside = self.writers.outside
        if outside:
            routes = _verb(outside, "is no route", "are no routes")
            yield Text(
                f"{quantity(len(outside), 'writer')} of the same tables {routes}:"
                " nothing holds their writes, and from the cut-over on these fail in the monolith's database:"
            )
            yield _lines((writer, _tables(writer)) for writer in outside)
        if self.side_effects:
            yield Text(
                "From the cut-over on, v1 no longer does this for routes that move; the service has to do it, or a"
                " consumer of its events:"
            )
            yield PlacedLines(
                [
                    PlacedLine(Text(f"  {one.effect} in {one.function}: {first_of(one.routes, 3)}"), one.location)
                    for one in self.side_effects
                ]
            )
        for request in printable_parts(self.own_requests):
            yield Text(request.told)

    def _routes(self) -> Iterator[RenderableType]:
        stay, write = ("stays", "writes") if len(self.routes) == 1 else ("stay", "write")
        yield Text(
            f"{quantity(len(self.routes), 'route')} {stay} on v1 and {write} what moves. After the cut-over each such"
            " write fails: the monolith's database refuses it, and the monolith answers with its own error,"
            " as a rule 500:"
        )
        yield _lines((route.writer, f"{_tables(route.writer)}; {_seen(route)}") for route in self.routes)
        yield Text(
            "  what can be done about each:\n"
            "    give it to the service: a rule in [[routes]], once the service answers it\n"
            f"    take the write out of it: strangler rewrite {self.service} sends calls to the service, and names\n"
            "      recipes for signals and models; then strangler analyze\n"
            "    show that nobody calls it: strangler analyze --access-log FILE\n"
            f"    let it fail: strangler cutover {self.service} {ACCEPT}\n"
        )


@dataclass(frozen=True, slots=True)
class ConditionLines:
    """Every condition of a move; `missing` are required conditions that do not hold."""

    conditions: tuple[Condition, ...]
    missing: tuple[Condition, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield a line for each condition, with its remedy."""
        width = max((len(one.name) for one in self.conditions), default=0)
        for one in self.conditions:
            mark = "missing" if one in self.missing else "ok" if one.holds else "waived"
            yield Text(f"{mark:<8}{one.name:<{width}}  {one.found}")
            if one in self.missing and one.mend:
                yield Text(f"        {'':<{width}}  {one.mend}", "dim")


def _lines(writers: Iterable[tuple[Writer, str]]) -> RenderableType:
    return PlacedLines([PlacedLine(Text(f"  {writer.name}: {text}"), writer.location) for writer, text in writers])


def _tables(writer: Writer) -> str:
    return ", ".join(writer.tables)


def _verb(items: Sequence[Writer], one: str, many: str) -> str:
    return one if len(items) == 1 else many


def _seen(route: FailingRoute) -> str:
    logged = None if route.requests is None else quantity(route.requests, "request")
    counted = "no access log was read" if logged is None else f"{logged} in the log"
    return f"{counted}, and a recorded run entered it" if route.recorded else counted
