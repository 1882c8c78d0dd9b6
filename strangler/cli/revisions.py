"""The source in git: the revision that a change began at, and the files of a revision."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from strangler.model.errors import InputError, UnavailableError, UsageError


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository; `top` is its top folder."""

    top: Path

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """The repository that contains a folder; InputError if there is none."""
        try:
            top = _git(folder, "rev-parse", "--show-toplevel").decode().rstrip("\n")
        except UsageError as error:
            raise InputError("is in no git repository", where=str(folder), remedy="run: git init") from error
        return cls(Path(top))

    def inside(self, path: Path) -> str:
        """A path relative to the top, with ``/`` between its parts; empty for the top itself."""
        text = path.resolve().relative_to(self.top.resolve()).as_posix()
        return "" if text == "." else text

    def begin_of(self, base: str) -> str:
        """The merge base of the checked-out commit and `base`; InputError if there is no `base`.

        If they have none, as in a shallow clone, it is `base` itself.
        """
        commit = self.commit(base)
        try:
            return _git(self.top, "merge-base", commit, "HEAD").decode().strip()
        except UsageError:
            return commit

    def commit(self, revision: str) -> str:
        """The commit that a revision names; InputError if there is none."""
        try:
            return _git(self.top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
        except UsageError as error:
            raise InputError(f"there is no revision {revision}", remedy="fetch it: git fetch") from error

    def require_unchanged(self, folder: Path) -> None:
        """Raise InputError if anything below a folder is not committed, including new files."""
        status = _git(self.top, "status", "--porcelain", "--untracked-files=normal", "--", str(folder.resolve()))
        changes = status.decode("utf-8", "replace").splitlines()
        if changes:
            more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
            raise InputError(
                f"has changes that are not committed: {changes[0].strip()}{more}",
                where=str(folder),
                remedy="commit or stash them first",
            )

    def require_kept(self, paths: Iterable[Path]) -> None:
        """Raise InputError if git does not track one of these files, for example because it ignores it."""
        names = {self.inside(path): path for path in paths}
        kept = _git(self.top, "ls-files", "-z").decode("utf-8", "surrogateescape").split("\0")
        if lost := sorted(names.keys() - set(kept)):
            raise InputError(
                "git does not keep this file, so nobody could bring it back",
                where=str(names[lost[0]]),
                remedy="add it, and commit",
            )

    def file(self, commit: str, path: Path) -> bytes | None:
        """The content of a file in a commit; None if it did not exist."""
        try:
            return _git(self.top, "show", f"{commit}:{self.inside(path)}")
        except UsageError:
            return None

    @contextmanager
    def folder(self, commit: str, path: Path) -> Generator[Path]:
        """A folder as it was in a commit, unpacked for the duration of the context."""
        inside = self.inside(path)
        try:
            packed = _git(self.top, "archive", "--format=tar", commit, *((inside,) if inside else ()))
        except UsageError as error:
            raise InputError(f"there is no {inside or 'source'} in {commit[:12]}", where=str(path)) from error
        with tempfile.TemporaryDirectory(prefix="strangler-") as name:
            # It has the name of the original folder, because the analysis may name the program after it.
            top = Path(name) / self.top.name
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(top, filter="data")
            yield top / inside


def _git(folder: Path, *arguments: str) -> bytes:
    """The output of git; UsageError with its first line of output if it fails."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S607
    except FileNotFoundError as error:
        raise UnavailableError("git is not installed", remedy="install git") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(lines[0] if lines else f"git {arguments[0]} failed")
    return done.stdout
