"""Calls a service for ``strangler contract test``, as its command line says."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import typer

from strangler.cli.console import console_of
from strangler.cli.contract_comparison import comparison
from strangler.cli.contract_requests import SentHeaders, sending
from strangler.cli.progress import progress_of
from strangler.contracts.document import Document, Operation
from strangler.contracts.library import Library
from strangler.contracts.verification.answer import Outcome, Request
from strangler.contracts.verification.curl import curl_line
from strangler.contracts.verification.finding import Finding
from strangler.contracts.verification.known_values import KnownValues
from strangler.contracts.verification.pace import Pace
from strangler.contracts.verification.report import Report
from strangler.contracts.verification.sample import Samples
from strangler.contracts.verification.verification import Terms, Verification
from strangler.model.errors import UsageError
from strangler.project import Project


@dataclass(frozen=True, slots=True)
class Asking:
    """How the command line says that a service is called."""

    url: str
    headers: SentHeaders
    against: str | None
    against_headers: SentHeaders
    parameters: Mapping[str, str]
    only: frozenset[str]
    skipped: frozenset[str]
    writes: bool
    seed: int
    rate: float
    seconds: float
    timeout: float
    draws: int

    def wants(self, operation: Operation) -> bool:
        """Whether an operation is to be called."""
        return operation.name not in self.skipped and (not self.only or operation.name in self.only)


def verified(context: typer.Context, asking: Asking, project: Project, document: Document, library: Library) -> Report:
    """Call the service; UnavailableError if it cannot be reached."""
    if not asking.writes:
        console_of(context).note(
            "only what reads is sent; --write sends the rest, and leaves behind what no DELETE of the document removes"
        )
    names = asking.headers.names
    with ExitStack() as stack:
        send = stack.enter_context(sending(asking.url, asking.headers, asking.timeout))
        pace = Pace(send, asking.rate, asking.seconds, time.monotonic, time.sleep)
        terms = Terms(
            writes=asking.writes,
            named=asking.only,
            sent_headers=names,
            draws=asking.draws,
            is_over=pace.is_over,
            line=lambda request: curl_line(request, asking.url, names),
        )
        samples = Samples(library, random.Random(asking.seed))  # noqa: S311 - to be repeatable, not to be secret
        known = KnownValues(library, asking.parameters)
        progress = stack.enter_context(progress_of(context))
        progress.start("requests", None)
        progress.limit(asking.rate)

        def counted(request: Request) -> Outcome:
            progress.advance()
            return pace(request)

        verification = Verification(document, library, samples, known, counted, terms)
        if asking.against is not None:
            other = stack.enter_context(sending(asking.against, asking.against_headers, asking.timeout))
            verification.compare = comparison(project, pace, other)
        report = verification.ask(asking.wants)
        progress.finish()
    return replace(report, findings=tuple(_unveiled(item, asking) for item in report.findings))


def _unveiled(item: Finding, asking: Asking) -> Finding:
    def unveiled(text: str) -> str:
        return asking.against_headers.unveiled(asking.headers.unveiled(text))

    return replace(item, subject=unveiled(item.subject), expected=unveiled(item.expected), came=unveiled(item.came))


def rows_given(texts: Sequence[str]) -> Mapping[str, str]:
    """Parse ``NAME=VALUE``; UsageError shows any other text."""
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name or value in {"", ".", ".."}:
            raise UsageError(f"--parameter is NAME=VALUE, not {text}", remedy="as in --parameter id=7")
        found[name] = value
    return found


def operations_named(names: Sequence[str], document: Document) -> frozenset[str]:
    """The operations with those names; UsageError if there is none."""
    known = {item.name for item in document.operations}
    for name in names:
        if name not in known:
            raise UsageError(f"{document.file} has no operation {name}", remedy=f"it has {', '.join(sorted(known))}")
    return frozenset(names)


def check_rows(asking: Asking, document: Document) -> None:
    """Raise UsageError for a value that no path uses, or that would name rows of several types for writing."""
    taken: dict[str, set[str]] = {}
    for resource in document.resources:
        for operation in filter(asking.wants, resource.operations):
            for item in operation.parameters:
                if f"{{{item.field.name}}}" in operation.path:
                    taken.setdefault(f"{resource.type.short}.{item.field.name}", set())
                    is_written = asking.writes and not operation.method.is_safe
                    taken.setdefault(item.field.name, set()).update({resource.type.short} if is_written else ())
    for name in asking.parameters:
        if name not in taken:
            raise UsageError(
                f"no path has a parameter {name}", remedy=f"there are {', '.join(sorted(taken)) or 'none'}"
            )
        if len(taken[name]) > 1:
            whole = ", ".join(f"{type_}.{name}" for type_ in sorted(taken[name]))
            raise UsageError(f"--parameter {name} would write to rows of several types", remedy=f"say which: {whole}")
