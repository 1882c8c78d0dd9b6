"""The output of `strangler check`: on the terminal, as annotations for a CI service, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import rich.console
from rich.text import Text

from strangler.cli.render.sections import more, section
from strangler.model.quantity import quantity
from strangler_analyzers.ratchet.baseline import Exemption, Judgement, Known
from strangler_analyzers.ratchet.findings import RULES, Finding, Rule


class Annotations(StrEnum):
    """The CI services whose way of annotating a changed line is known."""

    NONE = "none"
    GITHUB = "github"
    AZURE = "azure"


@dataclass(frozen=True, slots=True)
class CheckPage:
    """Renders a judgement; shows the first `rows` findings of each rule. `baseline` is the name of its file."""

    judgement: Judgement
    baseline: str
    rows: int

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        judgement = self.judgement
        yield Text(headline(judgement, self.baseline), "bold")
        for rule, items in _by_rule(judgement.new):
            yield from section(f"{rule.value} ({len(items)}): {RULES[rule]}")
            for item in items[: self.rows]:
                yield from _lines(item)
            yield from more(len(items) - self.rows)
        yield from _exemptions("Expired exemptions", [_expired(item) for item in judgement.expired], self.rows)
        if judgement.expired:
            yield Text(f"mend them, or give them a later day and a reason in {self.baseline}, where a reviewer sees it")
        yield from _exemptions("Exempt, but new", list(map(_exemption, judgement.grown)), self.rows)
        yield from _exemptions("Exempt, but gone", list(map(_exemption, judgement.stale)), self.rows)
        if judgement.stale:
            yield Text(f"take them out of {self.baseline}: strangler check --shrink")


def headline(judgement: Judgement, baseline: str) -> str:
    """The result in one line."""
    if judgement.passes:
        return f"nothing new crosses a boundary ({_count(judgement.known)} in {baseline})"
    parts = [
        quantity(len(judgement.new), "new finding") if judgement.new else "",
        quantity(len(judgement.expired), "expired exemption") if judgement.expired else "",
        f"{quantity(len(judgement.grown), 'exemption')} added for what is new" if judgement.grown else "",
        f"{quantity(len(judgement.stale), 'exemption')} for what is gone" if judgement.stale else "",
    ]
    return f"{', '.join(filter(None, parts))} ({_count(judgement.known)} in {baseline})"


def annotation_lines(judgement: Judgement, prefix: str, style: Annotations) -> Iterator[str]:
    """An annotation command for the CI service per failing finding; `prefix` is the path from repository to source.

    GitHub: docs.github.com, "Workflow commands"; Azure Pipelines: learn.microsoft.com, "Logging commands".
    """
    for item in judgement.failing:
        file = "strangler.toml" if item.location is None else f"{prefix}{item.location.file}"
        line = 1 if item.location is None else max(1, item.location.line)
        if style is Annotations.GITHUB:
            title = f"strangler: {item.rule.value}"
            text = _github(f"{item.message}\n{item.remedy}")
            yield f"::error file={_github_property(file)},line={line},title={_github_property(title)}::{text}"
        elif style is Annotations.AZURE:
            properties = f"type=error;sourcepath={_azure(file)};linenumber={line};code={item.rule.value};"
            yield f"##vso[task.logissue {properties}]{_azure(f'{item.message}. {item.remedy}')}"


def markdown(judgement: Judgement, baseline: str) -> str:
    """A summary for the page of a build or of a pull request."""
    lines = [f"### strangler check: {headline(judgement, baseline)}", ""]
    if judgement.new or judgement.expired:
        lines += ["| rule | finding | place | remedy |", "|---|---|---|---|"]
        lines += [_row(item) for item in judgement.new]
        lines += [_row(item.ended) for item in judgement.expired]
        lines.append("")
    for title, items in (("Exempt, but new", judgement.grown), ("Exempt, but gone", judgement.stale)):
        if items:
            lines += [f"**{title}**", "", *(f"- {_cell(_exemption(item))}" for item in items), ""]
    if judgement.stale:
        lines += ["Take out what is gone: `strangler check --shrink`", ""]
    return "\n".join(lines)


def _by_rule(findings: Sequence[Finding]) -> Iterator[tuple[Rule, list[Finding]]]:
    for rule, items in groupby(findings, key=lambda item: item.rule):
        yield rule, list(items)


def _lines(item: Finding) -> Iterator[Text]:
    place = "" if item.location is None else f"  {item.location}"
    yield Text.assemble(f"  {item.message}", (place, "dim"))
    yield Text(f"    remedy: {item.remedy}", "dim")


def _exemptions(title: str, lines: Sequence[str], rows: int) -> Iterator[Text]:
    if lines:
        yield from section(f"{title} ({len(lines)})")
        for line in lines[:rows]:
            yield Text(f"  {line}")
        yield from more(len(lines) - rows)


def _exemption(item: Exemption) -> str:
    return f"{item.rule}: {item.subject}"


def _expired(item: Known) -> str:
    place = "" if item.finding.location is None else f" at {item.finding.location}"
    return f"{item.exemption.expires}: {_exemption(item.exemption)}{place} ({item.exemption.reason})"


def _count(known: Sequence[Known]) -> str:
    return f"{len(known)} known"


def _row(item: Finding) -> str:
    place = "" if item.location is None else f"`{item.location}`"
    return f"| {item.rule.value} | {_cell(item.message)} | {place} | {_cell(item.remedy)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _github(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github(text).replace(":", "%3A").replace(",", "%2C")


def _azure(text: str) -> str:
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A").replace(";", "%3B").replace("]", "%5D")
