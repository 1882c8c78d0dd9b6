"""What the audit log gives back."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.errors import UnavailableError
from strangler.model.migration import Decision
from strangler.planner.audit_log import TAIL_BYTES, AuditLog, latest


def _log(folder: Path) -> AuditLog:
    return AuditLog(folder / "audit.jsonl", "somebody@here", lambda: 0.0)


def test_the_latest_decisions_come_first(tmp_path: Path) -> None:
    """With their figures, and no more than asked for."""
    log = _log(tmp_path)
    for share in (1, 5, 20):
        log.record("reviews", "gateway shift", {"v2": share, "routes": "GET /reviews"})
    found = latest(log.path, 2)
    assert [item.details["v2"] for item in found] == [20, 5]
    details = {"v2": 20, "routes": "GET /reviews"}
    assert found[0] == Decision("1970-01-01T00:00:00.000+00:00", "somebody@here", "reviews", "gateway shift", details)


def test_a_number_that_is_none_is_null(tmp_path: Path) -> None:
    """Quantiles of nothing, say: JSON has no NaN, and the line would be lost to its readers."""
    log = _log(tmp_path)
    log.record("reviews", "deliver", {"p99": float("nan")})
    assert "NaN" not in log.path.read_text()
    assert latest(log.path, 1)[0].details == {"p99": None}


def test_a_line_that_does_not_fit_on_the_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk takes a part of it, to which the next line would be added."""
    log = _log(tmp_path)
    log.record("reviews", "one", {})
    whole, write = log.path.read_bytes(), os.write

    def write_half(descriptor: int, data: bytes) -> int:
        return write(descriptor, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", write_half)
    with pytest.raises(UnavailableError, match="No space left"):
        log.record("reviews", "two", {})
    assert log.path.read_bytes() == whole


def test_without_a_log_there_are_none(tmp_path: Path) -> None:
    """Nothing was decided yet."""
    assert latest(tmp_path / "audit.jsonl", 10) == ()


@given(cut=st.integers(1, 60))
def test_a_line_that_was_cut_off_is_left_out(cut: int) -> None:
    """Wherever: the others are told."""
    with tempfile.TemporaryDirectory() as name:
        log = _log(Path(name))
        log.record("reviews", "first", {})
        whole = log.path.read_bytes()
        log.path.write_bytes(whole + whole[:cut] + b"\n" + whole)
        assert [item.action for item in latest(log.path, 10)] == ["first", "first"]


def test_of_a_long_log_the_end_is_read(tmp_path: Path) -> None:
    """From the first whole line on."""
    log = _log(tmp_path)
    log.record("reviews", "long", {"reason": "x" * TAIL_BYTES})
    log.record("reviews", "last", {})
    assert [item.action for item in latest(log.path, 10)] == ["last"]
