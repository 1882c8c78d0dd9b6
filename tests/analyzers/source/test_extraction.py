"""What becomes of files that are not plain, valid Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.model.progress import SilentProgress
from strangler_analyzers.source.discovery import discover
from strangler_analyzers.source.extraction import decode, extract, parse_file
from strangler_analyzers.source.syntax import Tree
from tests.analyzers.source_tree import write


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"def broken(:\n", "syntax error at line 1"),
        (b"x = '\xff'\n", "not readable as text"),
        (b"# -*- coding: no-such -*-\nx = '\xe4'\n", "not readable as text"),
        (b"x = 1\x00\n", "source code string cannot contain null bytes"),
        (b"(" * 4000 + b")" * 4000, "too many nested parentheses"),
        (b"x = " + b"-" * 100_000 + b"1", "nested too deeply"),
    ],
)
def test_a_file_that_can_not_be_parsed_says_why(tmp_path: Path, data: bytes, reason: str) -> None:
    """Each kind of damage gives one line with its reason, never an exception."""
    path = tmp_path / "broken.py"
    path.write_bytes(data)
    outcome = parse_file(path)
    assert isinstance(outcome, str)
    assert reason in outcome
    assert "\n" not in outcome


def test_declared_encodings_are_honoured() -> None:
    """PEP 263: a coding line or a byte-order mark decides, otherwise UTF-8."""
    assert decode("# coding: latin-1\nx = 'ä'".encode("latin-1")) == "# coding: latin-1\nx = 'ä'"
    assert decode(b"\xef\xbb\xbfx = 1") == "x = 1"
    assert decode("x = 'ä'".encode()) == "x = 'ä'"


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """The rest is analysed and the bad file reported."""
    write(tmp_path, {"good.py": "x = 1", "bad.py": "def ("})
    extraction = extract(discover(tmp_path).files, SilentProgress(), workers=1)
    assert [parsed.source.module for parsed in extraction.parsed] == ["good"]
    assert [skipped.file for skipped in extraction.skipped] == ["bad.py"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_give_a_tree_or_a_reason(tmp_path: Path, data: bytes) -> None:
    """No content of a file makes the extraction raise."""
    path = tmp_path / "any.py"
    path.write_bytes(data)
    assert isinstance(parse_file(path), Tree | str)
