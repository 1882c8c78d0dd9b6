"""Artefacts on disk: whole, versioned, ignored by git."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from strangler.model.errors import InputError, StranglerError, UnavailableError
from strangler.store import ArtefactStore, Schema, check_writable, write_atomic

GRAPH = Schema("strangler.graph", 2)
MADE_BY = "strangler analyze"


def names_in(folder: Path) -> list[str]:
    """Name everything in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def test_a_write_replaces_the_whole_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """After a write the folder holds the file and no temporary one."""
    path = tmp_path / "deep" / "graph.json"
    write_atomic(path, b"long old content")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert names_in(path.parent) == ["graph.json"]


def test_a_failing_write_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails before the rename costs the new content only."""
    path = tmp_path / "graph.json"
    write_atomic(path, b"old")

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UnavailableError, match=r"graph\.json: cannot be written: No space left on device"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["graph.json"]


def test_a_full_disk_can_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known before anything is written, also of a folder that is not there yet."""
    usage = shutil.disk_usage(tmp_path)
    check_writable(tmp_path / "new", "")
    monkeypatch.setattr("shutil.disk_usage", {tmp_path: usage._replace(free=100)}.__getitem__)
    with pytest.raises(UnavailableError, match="new: cannot be written: No space left on device; make room"):
        check_writable(tmp_path / "new", "")


def test_a_write_keeps_the_mode_of_the_file(tmp_path: Path) -> None:
    """Who may read the file is the user's decision."""
    path = tmp_path / "strangler.toml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomic(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_gets_the_mode_the_user_wants_for_new_files(tmp_path: Path) -> None:
    """The umask decides, as for any other program."""
    old = os.umask(0o027)
    try:
        write_atomic(tmp_path / "new", b"")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_a_write_goes_through_a_symbolic_link(tmp_path: Path) -> None:
    """A file kept elsewhere stays there."""
    target = tmp_path / "elsewhere.toml"
    target.write_bytes(b"old")
    link = tmp_path / "strangler.toml"
    link.symlink_to(target)
    write_atomic(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    """And not replaced by a file, as a device would be by whoever may do so."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomic(pipe, b"new")
        assert pipe.is_fifo()
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)


def test_git_ignores_the_folder(tmp_path: Path) -> None:
    """Artefacts are facts that can be made again; nobody commits them by accident."""
    store = ArtefactStore.beside(tmp_path)
    store.write(store.graph_path, b"{}")
    assert (tmp_path / ".strangler" / ".gitignore").read_text() == "*\n"
    assert (tmp_path / ".strangler" / "graph.json").read_bytes() == b"{}"


def test_a_document_of_the_expected_version_is_returned(tmp_path: Path) -> None:
    """The caller gets the bytes and decodes them into its own types."""
    store = ArtefactStore(tmp_path)
    data = b'{"schema": "strangler.graph", "version": 2, "modules": []}'
    store.write(store.graph_path, data)
    assert store.read_document(store.graph_path, GRAPH, MADE_BY) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "there is no such file; run: strangler analyze"),
        (
            b"not json",
            "is not a strangler.graph document: JSON is malformed: invalid character (byte 4); run: strangler analyze",
        ),
        (
            b"[]",
            "is not a strangler.graph document: Expected `object`, got `array`; run: strangler analyze",
        ),
        (
            b'{"schema": "strangler.plan", "version": 2}',
            "holds strangler.plan, not strangler.graph; run: strangler analyze",
        ),
        (
            b'{"schema": "strangler.graph", "version": 3}',
            (
                "holds strangler.graph version 3 of a newer strangler, this one reads version 2;"
                " install a newer strangler"
            ),
        ),
        (
            b'{"schema": "strangler.graph", "version": 1}',
            "holds strangler.graph version 1 of an older strangler, this one reads version 2; run: strangler analyze",
        ),
    ],
    ids=["missing", "no JSON", "no object", "other schema", "newer", "older"],
)
def test_a_document_that_can_not_be_used_says_what_to_do(tmp_path: Path, data: bytes | None, message: str) -> None:
    """Every way a document can be wrong names the command that mends it."""
    store = ArtefactStore(tmp_path)
    if data is not None:
        store.write(store.graph_path, data)
    with pytest.raises(InputError) as caught:
        store.read_document(store.graph_path, GRAPH, MADE_BY)
    assert str(caught.value) == f"{store.graph_path}: {message}"


def test_a_folder_that_can_not_be_made_is_an_error_of_the_environment(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / ".strangler").write_text("")
    store = ArtefactStore.beside(tmp_path)
    with pytest.raises(StranglerError) as caught:
        store.write(store.graph_path, b"{}")
    assert caught.value.exit_code == 4
