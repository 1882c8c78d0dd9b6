"""How long the analysis takes and how much memory it holds, beside other programs that read the same files.

    python -m benchmarks.analysis [--quick] [--json]

| metric | ours | beside it |
|---|---|---|
| cold_vs_ast_parse | all facts, nothing cached | `ast.parse` over the same files in one process |
| warm_vs_grimp | all facts, nothing changed since the run before | grimp's import graph with its cache |
| edit_vs_cold | all facts, one file edited | our own cold run |
| pretix_vs_pyan3 | all facts of pretix, nothing cached | pyan3's call graph of it |
| parent_memory_mb, worker_memory_mb | the cold run's peaks | |

The input is five applications of the package index in one folder (`benchmarks.corpora` says why), a million lines.
Ours and the other take turns; times are those of whole processes, interpreter and imports included; the report is not
part of them. `--quick` measures pretix (181,000 lines) with fewer rounds, and pyan3 on django-oscar.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import corpora, peers
from benchmarks.corpora import Corpus
from benchmarks.metric import Metric, as_json
from benchmarks.peers import PeerUnavailableError
from benchmarks.processes import memory, seconds
from benchmarks.wheels import WheelUnavailableError


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured on what, and how often."""

    corpus: Corpus
    small: Corpus
    rounds: int
    short_rounds: int


def main(arguments: list[str]) -> int:
    """Measure; 0, or 4 when the source cannot be had."""
    parser = argparse.ArgumentParser(description="Time the analysis beside other programs.")
    parser.add_argument("--quick", action="store_true", help="a smaller application, fewer rounds")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        plan = _plan(quick=options.quick)
    except WheelUnavailableError as error:
        _note(f"skipped: {error}")
        return 4
    found = list(_measured(plan))
    if options.json:
        print(as_json(found))
    else:
        print(f"{plan.corpus.name}: {len(plan.corpus.files())} files; pyan3 on {plan.small.name}")
        for metric in found:
            print(metric.line())
    return 0


def _plan(*, quick: bool) -> Plan:
    if quick:
        _note("--quick: pretix instead of a million lines, and pyan3, which takes minutes on pretix, on django-oscar")
        return Plan(corpora.pretix(), corpora.oscar(), 2, 3)
    return Plan(corpora.million_lines(), corpora.pretix(), 3, 7)


def _measured(plan: Plan) -> Iterator[Metric]:
    try:
        interpreter = peers.peer_interpreter()
    except PeerUnavailableError as error:
        _note(f"skipped what needs grimp and pyan3: {error}")
        interpreter = None
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        yield _cold(plan, folder)
        if interpreter is not None:
            yield _warm(plan, folder, interpreter)
        yield _edited(plan, folder)
        if interpreter is not None:
            yield _against_pyan3(plan, folder, interpreter)
        yield from _memory(plan, folder)


def _analysis(corpus: Corpus, cache: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.analysis_run", str(corpus.folder), str(cache)]


def _cold(plan: Plan, scratch: Path) -> Metric:
    metric = Metric("cold_vs_ast_parse", "ast.parse", "<= 2.0")
    for turn in range(plan.rounds):
        ours = seconds(_analysis(plan.corpus, scratch / f"cold-{turn}"))
        shutil.rmtree(scratch / f"cold-{turn}", ignore_errors=True)
        metric.add(ours, seconds(*peers.ast_parse(plan.corpus)))
    return metric


def _warm(plan: Plan, scratch: Path, interpreter: Path) -> Metric:
    metric = Metric("warm_vs_grimp", "grimp", "<= 3 and <= 0.6 s for a million lines")
    ours, other = _analysis(plan.corpus, scratch / "ours"), peers.grimp(interpreter, plan.corpus, scratch / "grimp")
    seconds(ours)
    seconds(*other)
    for _ in range(plan.short_rounds):
        metric.add(seconds(ours), seconds(*other))
    return metric


def _edited(plan: Plan, scratch: Path) -> Metric:
    metric = Metric("edit_vs_cold", "cold", "<= 0.1")
    files = [path for path in plan.corpus.files() if path.name != "__init__.py" and path.stat().st_size > 2_000]
    seconds(_analysis(plan.corpus, scratch / "ours"))
    for turn in range(plan.rounds):
        path = files[(turn + 1) * len(files) // (plan.rounds + 1)]
        with _edit(path, turn):
            ours = seconds(_analysis(plan.corpus, scratch / "ours"))
            metric.add(ours, seconds(_analysis(plan.corpus, scratch / f"edit-{turn}")))
        seconds(_analysis(plan.corpus, scratch / "ours"))
        shutil.rmtree(scratch / f"edit-{turn}", ignore_errors=True)
    return metric


@contextmanager
def _edit(path: Path, turn: int) -> Generator[None]:
    """Add a function at the end of a file, every other time a line at its beginning as well, which moves all others."""
    before = path.read_bytes()
    added = b"\n\ndef benchmark_edit(value):\n    return str(value).strip()\n"
    try:
        path.write_bytes((b"# edited\n" if turn % 2 else b"") + before + added)
        yield
    finally:
        path.write_bytes(before)


def _against_pyan3(plan: Plan, scratch: Path, interpreter: Path) -> Metric:
    metric = Metric("pretix_vs_pyan3", f"pyan3 on {plan.small.name}", "<= 0.025")
    metric.add(seconds(_analysis(plan.small, scratch / "small")), seconds(*peers.pyan3(interpreter, plan.small)))
    return metric


def _memory(plan: Plan, scratch: Path) -> Iterator[Metric]:
    if not Path("/proc/self/smaps_rollup").exists():
        _note("skipped memory: it is read from /proc, which only Linux has")
        return
    held = memory(_analysis(plan.corpus, scratch / "memory"))
    for name, value, target in (
        ("parent_memory_mb", held.parent, "<= 400 for a million lines"),
        ("worker_memory_mb", held.worker, "<= 200 for a million lines"),
    ):
        metric = Metric(name, "", target, "MB")
        metric.add(value)
        yield metric


def _note(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
