"""The released versions of packages, from the index that pip is configured to use."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from packaging.version import InvalidVersion, Version

from strangler.model.errors import UnavailableError
from strangler.model.progress import Progress

_AT_THE_SAME_TIME = 8
_LONGEST_SECONDS = 120
_SHOWN = 160
"""The most characters of pip's message about a failure; the rest names pip's internal objects."""
_AVAILABLE = re.compile(r"^Available versions:\s*(.*)$", re.MULTILINE)
_FAILED = re.compile(r"Could not fetch URL (.*?)(?: - skipping)?$", re.MULTILINE)
"""When an index fails or refuses, pip continues with the others, and reports that only in verbose output."""
_OPTIONS = (
    "-vv",
    "--disable-pip-version-check",
    "--no-input",
    "--retries",
    "1",
    "--timeout",
    "15",
)

Releases = Mapping[str, tuple[Version, ...]]
"""The final releases by package that the chosen Python can use, oldest first; none for one the index lacks."""


def releases_of(names: Collection[str], python: Path, progress: Progress) -> Releases:
    """Return the releases of packages by ``pip index versions`` of `python`, with its index, credentials and version.

    Raises UnavailableError when pip is missing, an index fails or refuses, or the index knows none of the packages.
    """
    found: dict[str, tuple[Version, ...]] = {}
    progress.start("ask the index", len(names))
    with ThreadPoolExecutor(_AT_THE_SAME_TIME) as pool:
        asked = {name: pool.submit(_asked, python, name) for name in sorted(names)}
        try:
            for name, answer in asked.items():
                found[name] = answer.result()
                progress.advance()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    progress.finish()
    if found and not any(found.values()):
        raise UnavailableError(
            f"the package index knows none of {len(found)} packages",
            remedy=f"see what stops it: {python} -m pip index versions {next(iter(found))}",
        )
    return found


def _asked(python: Path, name: str) -> tuple[Version, ...]:
    command = [python, "-m", "pip", "index", "versions", *_OPTIONS, name]
    remedy = "give the application's Python, with pip: --python .venv/bin/python"
    try:
        answer = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_LONGEST_SECONDS)
    except OSError as error:
        raise UnavailableError(f"cannot be run: {error.strerror}", where=str(python), remedy=remedy) from error
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"the package index does not answer for {name}") from error
    if "No module named pip" in answer.stderr:
        raise UnavailableError("has no pip, which knows the package index", where=str(python), remedy=remedy)
    failed = next((f for f in _FAILED.findall(answer.stdout + answer.stderr) if "404 Client Error" not in f), None)
    if failed is not None:
        raise UnavailableError(f"the package index does not say which {name} there are: {failed[:_SHOWN]}")
    listed = _AVAILABLE.search(answer.stdout)
    return tuple(sorted(_versions(listed[1]))) if listed else ()


def _versions(text: str) -> list[Version]:
    found: list[Version] = []
    for each in text.split(","):
        try:
            found.append(Version(each.strip()))
        except InvalidVersion:
            continue  # a version from before PEP 440, which pip would not install either
    return [version for version in found if not version.is_prerelease]
