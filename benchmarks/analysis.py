"""How long the analysis takes, beside `ast.parse` over the same files.

    python -m benchmarks.analysis [--quick] [--json]

Both run in turn, each in a fresh process, on the unpacked wheel of pretix (181,000 lines; `--quick`: django-oscar, one
round). The figure of `analyze` is the wall time of the whole command, report included.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.wheels import WheelUnavailableError, unpacked

_PARSE = """
import ast, pathlib, sys, warnings
warnings.simplefilter("ignore")
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.py")):
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        pass
"""


def main(arguments: list[str]) -> int:
    """Measure; 0, or 4 when the wheel can not be had."""
    parser = argparse.ArgumentParser(description="Time the analysis against ast.parse.")
    parser.add_argument("--quick", action="store_true", help="a smaller application, one round")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    requirement, package = ("django-oscar==4.2.1", "oscar") if options.quick else ("pretix==2026.8.0", "pretix")
    rounds = 1 if options.quick else 5
    try:
        folder = unpacked(requirement) / package
    except WheelUnavailableError as error:
        print(f"skipped: {error}", file=sys.stderr)
        return 4
    ours: list[float] = []
    peer: list[float] = []
    with tempfile.TemporaryDirectory() as output:
        analyze = ["-m", "strangler", "analyze", str(folder), "--output", output, "--progress", "none", "--quiet"]
        for _ in range(rounds):
            ours.append(_seconds([sys.executable, *analyze]))
            peer.append(_seconds([sys.executable, "-c", _PARSE, str(folder)]))
    name = f"{package}_cold"
    if options.json:
        print(json.dumps({name: {"ours": ours, "peer": peer, "unit": "s"}}))
    else:
        ratio = statistics.median(a / b for a, b in zip(ours, peer, strict=True))
        medians = f"median {statistics.median(ours):.1f} s, ast.parse {statistics.median(peer):.1f} s"
        print(f"{name}: {medians}, ratio {ratio:.1f}; {rounds} rounds")
    return 0


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=Path.cwd())
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
