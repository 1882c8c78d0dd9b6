"""Applications from the package index with their names hidden; what was extracted is kept, by wheel and extractor."""

from __future__ import annotations

import hashlib
import inspect
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import msgspec

import benchmarks.hidden_names
import strangler_analyzers.boundaries.names
from benchmarks.hidden_names import HiddenSystem, hide
from benchmarks.wheels import cache_folder, unpacked
from strangler.model.progress import SilentProgress
from strangler.project import Monolith
from strangler.store import write_atomic
from strangler_analyzers.cache.origin import code_of_facts
from strangler_analyzers.pipeline import analyze

_READERS = frozenset(("boundaries", "evidence", "export", "ratchet", "retiring", "rewriting"))
"""Rooms of the analyzers that only read facts (a contract of `make imports`): facts stay the same when they change."""
_MOST_SECONDS = 120
"""Of processor time for one analysis: an hour and more for all of them on a busy machine would be of no use."""


class AnalysisTooSlowError(Exception):
    """An application took more than `_MOST_SECONDS`; the message says so."""


@dataclass(frozen=True, slots=True)
class Application:
    """A wheel, ``name==version``, and the folder in it that is analysed, "" for all of it, but for what is excluded."""

    requirement: str
    folder: str
    exclude: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The distribution."""
        return self.requirement.partition("==")[0]

    def system(self) -> HiddenSystem:
        """The facts with hidden names and the app of each table; extracted once by each state of the extractor.

        Raises WheelUnavailableError without a network or when the index has no such wheel, AnalysisTooSlowError where
        it takes too long; only in the main thread of a process can that be noticed.
        """
        kept = cache_folder().parent / "hidden" / f"{self.requirement}-{_extractor()}"
        if kept.exists():
            return msgspec.msgpack.decode(kept.read_bytes(), type=HiddenSystem)
        root = unpacked(self.requirement) / self.folder
        with _limited():
            found = hide(analyze(root, SilentProgress(), workers=1, monolith=Monolith(exclude=self.exclude)))
        kept.parent.mkdir(parents=True, exist_ok=True)
        for old in kept.parent.glob(f"{self.requirement}-*"):
            old.unlink()
        write_atomic(kept, msgspec.msgpack.encode(found))
        return found


@contextmanager
def _limited() -> Generator[None]:
    """End what takes too much processor time, which a busy machine does not lengthen as it does the clock's."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise AnalysisTooSlowError(f"not analysed in {_MOST_SECONDS} s of processor time")

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, _MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _extractor() -> str:
    """Changes with all code that makes facts of source and hides their names."""
    digest = hashlib.blake2b(digest_size=8)
    for name, path in sorted(_code()):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _code() -> Iterator[tuple[str, Path]]:
    """Files by what they are called in the package."""
    for place in code_of_facts():
        for path in place.rglob("*.py") if place.is_dir() else (place,):
            if path == place or path.relative_to(place).parts[0] not in _READERS:
                yield path.relative_to(place.parent).as_posix(), path
    for module in (benchmarks.hidden_names, strangler_analyzers.boundaries.names):
        yield module.__name__, Path(inspect.getfile(module))
