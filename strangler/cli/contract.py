"""``strangler contract``: check that a running service behaves as its document says."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.contract_asking import Asking, check_rows, operations_named, rows_given, verified
from strangler.cli.contract_files import ReportFiles
from strangler.cli.contract_options import (
    Against,
    AgainstHeaders,
    Draws,
    Events,
    Headers,
    Ignore,
    Junit,
    Only,
    Rate,
    Rows,
    Sarif,
    Seconds,
    Seed,
    Shown,
    Skip,
    Strict,
    Timeout,
    Url,
    Write,
)
from strangler.cli.contract_requests import base_url, sent_headers
from strangler.cli.design_documents import project_library
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.render.contract import ContractPage, finding_lines, found_text
from strangler.contracts.document import Document
from strangler.contracts.library import Library
from strangler.contracts.verification.event_messages import event_findings
from strangler.contracts.verification.evidence import document_fingerprint, evidence_of, save_evidence
from strangler.contracts.verification.finding import Finding
from strangler.contracts.verification.report import Report
from strangler.model.errors import ExitCode, InputError, UsageError
from strangler.model.printable import printable_parts
from strangler.model.quantity import quantity
from strangler.project_reader import load_project
from strangler.store import ArtefactStore

contract = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@contract.callback()
def group() -> None:
    """Test a running service against its document."""


@contract.command("test")
def verify(
    context: typer.Context,
    service: ServiceName,
    url: Url = None,
    write: Write = False,
    headers: Headers = None,
    against: Against = None,
    against_headers: AgainstHeaders = None,
    parameters: Rows = None,
    only: Only = None,
    skip: Skip = None,
    ignore: Ignore = None,
    strict: Strict = False,
    events: Events = None,
    seed: Seed = 0,
    draws: Draws = 5,
    rate: Rate = 50.0,
    seconds: Seconds = 120.0,
    timeout: Timeout = 10.0,
    sarif_file: Sarif = None,
    junit_file: Junit = None,
    rows: Shown = 10,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Test everything a service's document declares; the exit status is 1 if an answer is not as declared."""
    _require_sides(url, events, against, write=write)
    console, project = console_of(context), load_project(config)
    library = project_library(project, (service,))
    document = library.document(service)
    ignored = frozenset(ignore or ())
    report = Report((), ())
    if url is not None:
        asking = Asking(
            url=base_url(url, "--url"),
            headers=sent_headers(headers or (), os.environ),
            against=None if against is None else base_url(against, "--against"),
            against_headers=sent_headers(against_headers or headers or (), os.environ),
            parameters=rows_given(parameters or ()),
            only=operations_named(only or (), document),
            skipped=operations_named(skip or (), document),
            writes=write,
            seed=seed,
            rate=rate,
            seconds=seconds,
            timeout=timeout,
            draws=draws,
        )
        check_rows(asking, document)
        report = verified(context, asking, project, document, library)
    count, wrong = (0, ()) if events is None else _events(events, document, library)
    report = replace(report, findings=tuple(item for item in (*report.findings, *wrong) if item.rule not in ignored))
    if url is not None and against is None and not only and not skip:
        made_of = document_fingerprint(document, library)
        evidence = evidence_of(url.rstrip("/"), made_of, report, time.time(), ignored)
        save_evidence(ArtefactStore.beside(project.folder), service, evidence)
    fails_unproven = strict or (url is not None and report.shows_nothing)
    ReportFiles(sarif_file, junit_file).write(service, report, project, strict=fails_unproven)
    if json:
        console.json({"url": url, "seed": seed, "events": count, "proven": report.proven, **_parts(report)})
    else:
        _show(console, f"{service} at {url}" if url else "", report, count, rows)
    if not _is_kept(report, asked=url is not None, strict=strict):
        raise typer.Exit(ExitCode.FINDINGS)


def _is_kept(report: Report, *, asked: bool, strict: bool) -> bool:
    """Whether a run may exit with 0: there are no findings, and something was proven if anything was `asked`."""
    proves_nothing = asked and report.shows_nothing
    return not (report.findings or proves_nothing or (strict and report.proven < len(report.operations)))


def _require_sides(url: str | None, events: Path | None, against: str | None, *, write: bool) -> None:
    if url is None and events is None:
        raise UsageError("--url or --events is needed", remedy="as in --url http://127.0.0.1:8100")
    if against is not None and (url is None or write):
        raise UsageError(
            "--against compares what reads from --url", remedy="leave out --write" if write else "add --url"
        )


def _events(file: Path, document: Document, library: Library) -> tuple[int, tuple[Finding, ...]]:
    try:
        with file.open("rb") as lines:
            return event_findings(lines, str(file), document, library)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(file)) from error


def _parts(report: Report) -> dict[str, object]:
    return {"operations": report.operations, "findings": report.findings}


def _show(console: Console, title: str, report: Report, events: int, rows: int) -> None:
    shown = printable_parts(report)
    if title:
        console.terminal.print(ContractPage(title, shown, rows), soft_wrap=True)
        return
    console.result(f"{found_text(shown.findings)} in {quantity(events, 'event')}")
    for line in finding_lines(shown.findings, rows):
        console.terminal.print(line, soft_wrap=True)
