"""The move of the demo where Envoy carries the bytes: under load no request fails, and no write is lost or doubled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.envoy, pytest.mark.faults, pytest.mark.postgres]

SECONDS = 560
"""Longer than a run takes where others need the machine too."""


def moved(folder: Path, *arguments: str) -> dict[str, Any]:
    """Run the demo to its end and return what it found."""
    command = [sys.executable, "-m", "strangler", "demo", "--engine", "envoy", "--json", "--keep", str(folder / "run")]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-4000:] + done.stdout[-2000:]
    return json.loads(done.stdout)


def clean(found: dict[str, Any]) -> bool:
    """Whether the ledger is."""
    proof = found["proof"]
    return found["summary"]["failed"] == 0 and not proof["lost"] and not proof["doubled"] and proof["acknowledged"] > 0


def test_a_cut_over_under_load(tmp_path: Path) -> None:
    """In short: a small shop, few requests, up to the cut-over."""
    found = moved(tmp_path, "--orders", "1000", "--seconds", "4", "--rate", "16", "--until", "cutover")
    assert [step["step"] for step in found["steps"]][-2:] == ["share", "cutover"]
    assert clean(found)


def test_the_whole_story(tmp_path: Path) -> None:
    """Compared, shared, cut over, rolled back, and cut over again."""
    found = moved(tmp_path, "--orders", "2000", "--seconds", "20", "--rate", "60")
    assert len(found["steps"]) == 12
    assert clean(found)
