"""How right the analyzer's facts are: scored against truths recorded from running applications.

    python -m benchmarks.accuracy TRUTHS [--app NAME] [--list N] [--quick] [--json]

TRUTHS is a folder with one folder per application: ``meta.json`` (`pypi`: the pinned wheel, `package_folder`) and
the recordings (`routes.json`, `tables.json`, `trace.json`, ...). The wheels are downloaded and unpacked, never
executed.
``--json`` prints ``{"APP KIND recall": {"ours": [value], "peer": null, "unit": "ratio"}, ...}``. `--quick` scores only
the smallest application.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks.scoring import Score, score
from benchmarks.wheels import WheelUnavailableError, unpacked
from strangler.model.progress import SilentProgress
from strangler_analyzers.export.facts import neutral_facts
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze


@dataclass(frozen=True, slots=True)
class Application:
    """An application with a recorded truth."""

    name: str
    truth: Path
    requirement: str
    package: str
    lines: int

    @classmethod
    def read(cls, truth: Path) -> Application:
        """From the truth's ``meta.json``."""
        meta: dict[str, Any] = json.loads((truth / "meta.json").read_text(encoding="utf-8"))
        return cls(truth.name, truth, meta["pypi"], PurePosixPath(meta["package_folder"]).name, meta["py_lines"])


def main(arguments: list[str]) -> int:
    """Score every application of a folder of truths; 0, or 4 when none could be scored."""
    parser = argparse.ArgumentParser(description="Score the analyzer against recorded truths.")
    parser.add_argument("truths", type=Path)
    parser.add_argument("--app", action="append", help="only this application (repeatable)")
    parser.add_argument(
        "--list", type=int, default=0, metavar="N", help="show N missing and N extra items of each kind"
    )
    parser.add_argument("--quick", action="store_true", help="only the smallest application")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    folders = sorted(path.parent for path in options.truths.glob("*/meta.json"))
    applications = [Application.read(folder) for folder in folders]
    chosen = [app for app in applications if not options.app or app.name in options.app]
    if options.quick:
        chosen = sorted(chosen, key=lambda app: app.lines)[:1]
    results: dict[str, dict[str, Score]] = {}
    for app in chosen:
        try:
            results[app.name] = _score(app)
        except WheelUnavailableError as error:
            print(f"skipped {app.name}: {error}", file=sys.stderr)
    if options.json:
        print(json.dumps(_samples(results), indent=1))
    else:
        for name, scores in results.items():
            _print(name, scores, options.list)
    return 0 if results else 4


def _score(app: Application) -> dict[str, Score]:
    facts = analyze(unpacked(app.requirement) / app.package, SilentProgress())
    return score(app.truth, dict(neutral_facts(SystemGraph(facts))))


def _samples(results: dict[str, dict[str, Score]]) -> dict[str, object]:
    return {
        f"{app} {kind} {side}": {"ours": [round(getattr(found, side), 4)], "peer": None, "unit": "ratio"}
        for app, scores in results.items()
        for kind, found in scores.items()
        for side in ("precision", "recall")
    }


def _print(app: str, scores: dict[str, Score], count: int) -> None:
    print(f"\n{app}\n  {'kind':26} {'precision':>9} {'recall':>7}   right/predicted/true")
    for kind, found in scores.items():
        counts = f"{found.right}/{found.predicted}/{found.true}"
        print(f"  {kind:26} {found.precision:9.3f} {found.recall:7.3f}   {counts}")
        for label, items in (("missing", found.missing), ("extra", found.extra)):
            for item in items[:count]:
                print(f"      {label}: {item}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
