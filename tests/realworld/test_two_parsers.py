"""Applications from PyPI, read by both parsers: where this Python can parse a file, the trees are the same."""

from __future__ import annotations

import msgspec
import pytest

from benchmarks.wheels import WheelUnavailableError, unpacked
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.extraction import decode, parse
from strangler_analyzers.source.tolerant.reader import read_tolerantly

pytestmark = pytest.mark.realworld


@pytest.mark.parametrize("requirement", ["pretix==2026.8.0", "netbox==4.7.3", "prefect==3.8.8"])
def test_real_applications_read_the_same(requirement: str) -> None:
    """Not one file of a thousand differs, and no file is left unread."""
    try:
        folder = unpacked(requirement)
    except WheelUnavailableError as error:
        pytest.skip(str(error))
    different: list[str] = []
    unread: list[str] = []
    for path in folder.rglob("*.py"):
        outcome = parse(path.read_bytes())
        if isinstance(outcome, str) or (outcome.tolerant and outcome.cuts):
            unread.append(str(path))
        elif not outcome.tolerant and _bytes(outcome) != _bytes(read_tolerantly(decode(path.read_bytes()))):
            different.append(str(path))
    assert (different, unread) == ([], [])


def _bytes(tree: s.Tree) -> bytes:
    return msgspec.msgpack.encode(msgspec.structs.replace(tree, tolerant=False))
