"""A file of a cache is whole or as good as not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler_analyzers.cache.sealed_file import SealedFile


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    """The parts come back as one."""
    file = SealedFile(tmp_path / "deep" / "file", b"me")
    file.write((b"one, ", b"two"))
    assert bytes(file.read() or b"") == b"one, two"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file"]


def test_another_program_sees_nothing(tmp_path: Path) -> None:
    """What a program of another version left may mean something else."""
    SealedFile(tmp_path / "file", b"old").write((b"content",))
    assert SealedFile(tmp_path / "file", b"new").read() is None


def test_damage_anywhere_makes_the_file_as_good_as_missing(tmp_path: Path) -> None:
    """Cut short or changed in any byte: nothing of it is believed."""
    file = SealedFile(tmp_path / "file", b"me")
    file.write((b"some content",))
    whole = file.path.read_bytes()
    for position in range(len(whole)):
        file.path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert file.read() is None
        file.path.write_bytes(whole[:position])
        assert file.read() is None
    file.path.write_bytes(b"")
    assert file.read() is None


@pytest.mark.parametrize("obstacle", ["file", "folder"])
def test_what_can_not_be_written_is_done_without(tmp_path: Path, obstacle: str) -> None:
    """A file where the folder should be, or a folder where the file should be, is no error."""
    if obstacle == "file":
        (tmp_path / "cache").write_text("in the way")
    else:
        (tmp_path / "cache" / "file").mkdir(parents=True)
    file = SealedFile(tmp_path / "cache" / "file", b"me")
    file.write((b"content",))
    assert file.read() is None
    assert not list(tmp_path.rglob("*.part"))
