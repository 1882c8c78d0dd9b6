"""Applications that the analyzer was never tried on while it was written, with truths of routes and tables.

    python -m benchmarks.unseen FOLDER [--app NAME]
    python -m benchmarks.accuracy FOLDER

Each is installed from the package index into an environment of its own (in the cache of this benchmark), started far
enough that its framework knows all routes and tables, and asked for them (`benchmarks/record_truth.py`). Unlike the
analyzer, this runs the code of the applications.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from benchmarks.unseen_applications import UNSEEN, Unseen
from benchmarks.wheels import cache_folder

_RECORDER = Path(__file__).with_name("record_truth.py")


def main(arguments: list[str]) -> int:
    """Record every application; 0, or 4 when one could not be installed or started."""
    parser = argparse.ArgumentParser(description="Install applications and record their routes and tables.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--app", action="append", help="only this application (repeatable)")
    options = parser.parse_args(arguments)
    failed = 0
    for app in UNSEEN:
        if not options.app or app.name in options.app:
            outcome = record(app, options.folder / app.name)
            failed += outcome is not None
            print(f"{app.name}: {outcome or 'recorded'}", flush=True)
    return 4 if failed else 0


def record(app: Unseen, truth: Path) -> str | None:
    """Write the truth of one application into a folder; what went wrong, or None."""
    home = cache_folder().parent / "environments" / app.requirement.replace("==", "-")
    python = home / "bin" / "python"
    if not (home / ".complete").exists():
        venv.create(home, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", app.requirement, *app.pins]
        outcome = subprocess.run(command, check=False, capture_output=True, text=True, timeout=900)
        if outcome.returncode != 0:
            return "not installed: " + _last_line(outcome.stderr)
        (home / ".complete").touch()
    truth.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as start:
        outcome = _started(app, python, truth.resolve(), Path(start))
    if outcome.returncode != 0:
        return "not started: " + _last_line(outcome.stderr)
    wheel = f"{app.name}=={app.requirement.partition('==')[2]}"
    folder = "" if "," in app.package else f"site-packages/{app.package}"
    meta = {"pypi": wheel, "package_folder": folder, "py_lines": 0}
    (truth / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")
    return None


def _started(app: Unseen, python: Path, truth: Path, start: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(start), **app.environment}
    for name, text in app.files.items():
        (start / name).write_text(text, encoding="utf-8")
    command = [str(python), str(_RECORDER.resolve()), app.kind, app.package, str(truth)]
    if app.kind != "django":
        command.append(app.start)
    elif "\n" in app.start:
        (start / "truth_settings.py").write_text(app.start, encoding="utf-8")
        environment["DJANGO_SETTINGS_MODULE"] = "truth_settings"
    else:
        environment["DJANGO_SETTINGS_MODULE"] = app.start
    environment["PYTHONPATH"] = str(start)
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, cwd=start, env=environment)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
