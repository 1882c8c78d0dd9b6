"""Reads and parses the source files, on several cores."""

from __future__ import annotations

import gc
import inspect
import sys
import tokenize
import warnings
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from multiprocessing import get_context

import msgspec

from strangler.model.errors import UnavailableError
from strangler.model.progress import Progress
from strangler.model.system import ModuleRole, Reading, SkippedFile
from strangler_analyzers.source.content import content_of, digest_of, unreadable
from strangler_analyzers.source.discovery import SourceFile
from strangler_analyzers.source.documents import Document
from strangler_analyzers.source.lowering import lower
from strangler_analyzers.source.misleading_names import holds_tests, imported_names, is_imported
from strangler_analyzers.source.references import References, references_of
from strangler_analyzers.source.roles import is_called_test, role_of_folder
from strangler_analyzers.source.sharing import share_strings
from strangler_analyzers.source.syntax import Tree
from strangler_analyzers.source.templates import Template
from strangler_analyzers.source.workers import begin_work, cores, interrupts_held

_PARALLEL_FROM = 120
"""With fewer files, one process is faster than starting workers."""

_FRAMES = 4_000
"""The interpreter frames that parsing a file may use, which limits how deeply its expressions may nest."""

_TOO_DEEP = "expressions nested too deeply"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Tree).decode
_decode_references = msgspec.msgpack.Decoder(References).decode


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A source file and its slim tree."""

    source: SourceFile
    tree: Tree


@dataclass(frozen=True, slots=True)
class Extraction:
    """The files that could be parsed, and the others with the reason."""

    parsed: tuple[ParsedFile, ...]
    skipped: tuple[SkippedFile, ...]
    templates: tuple[Template, ...] = ()
    documents: tuple[Document, ...] = ()

    def reading(self) -> Reading:
        """The number of files read in each way."""
        tolerant = [item.tree for item in self.parsed if item.tree.tolerant]
        partial = sum(bool(tree.cuts) for tree in tolerant)
        read = {item.source.file for item in self.parsed}
        unread = len({item.file for item in self.skipped} - read)
        return Reading(len(self.parsed) - len(tolerant), len(tolerant) - partial, partial, unread)


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """The packed tree of a file, or one line that says why there is none, with the digest of the file's content."""

    digest: bytes
    data: bytes | str
    references: bytes = b""
    """The file's packed references to others; empty if they were not requested or there is no tree."""

    def known_references(self) -> References | None:
        """The file's references to others; None if they were not requested or there is no tree."""
        return _decode_references(self.references) if self.references else None


def with_references(outcome: FileOutcome) -> FileOutcome:
    """The outcome with its references added, if there is a tree."""
    if outcome.references or isinstance(outcome.data, str):
        return outcome
    return replace(outcome, references=_encode(references_of(unpacked(outcome.data))))


def extract(files: Sequence[SourceFile], progress: Progress, workers: int | None = None) -> Extraction:
    """Read and parse every file: `read_files` and `extraction_of` in one."""
    return extraction_of(files, read_files(files, progress, workers))


def read_files(
    files: Sequence[SourceFile],
    progress: Progress,
    workers: int | None = None,
    known: Sequence[FileOutcome | None] = (),
    *,
    refer: bool = False,
) -> list[FileOutcome]:
    """Parse every file except those with a `known` outcome (one entry for each file, or None).

    With `refer`, the outcomes of the parsed files include their references to each other.

    `workers` defaults to the cores this process may use. The result does not depend on it.
    Raises UnavailableError if the system kills a worker.
    """
    progress.start("parse", len(files))
    outcomes: list[FileOutcome | None] = list(known) or [None] * len(files)
    missing = [position for position, outcome in enumerate(outcomes) if outcome is None]
    progress.advance(len(files) - len(missing))
    for position, outcome in zip(missing, _read([files[p].path for p in missing], workers, refer=refer), strict=True):
        outcomes[position] = outcome
        progress.advance()
    progress.finish()
    return [outcome for outcome in outcomes if outcome is not None]


def extraction_of(
    files: Sequence[SourceFile],
    outcomes: Sequence[FileOutcome],
    templates: tuple[Template, ...] = (),
    documents: tuple[Document, ...] = (),
) -> Extraction:
    """The trees of the files, from the outcome of each."""
    parsed: list[ParsedFile] = []
    skipped: list[SkippedFile] = []
    for source, outcome in zip(files, outcomes, strict=True):
        tree = outcome.data if isinstance(outcome.data, str) else unpacked(outcome.data)
        if isinstance(tree, str):
            skipped.append(SkippedFile(source.file, tree))
        else:
            parsed.append(ParsedFile(source, tree))
            skipped += [SkippedFile(source.file, cut) for cut in tree.cuts]
    return Extraction(tuple(_with_roles(parsed)), tuple(skipped), templates, documents)


def _with_roles(parsed: Sequence[ParsedFile]) -> Iterator[ParsedFile]:
    """The files with their roles corrected from their contents, where the name alone may mislead."""
    misleading = {
        item.source.module
        for item in parsed
        if is_called_test(item.source.file)
        and role_of_folder(item.source.file) is not ModuleRole.TEST
        and not holds_tests(item.tree)
    }
    used = imported_names(item.tree for item in parsed if misleading and item.source.role is ModuleRole.APPLICATION)
    for item in parsed:
        source = item.source
        if source.module in misleading and is_imported(source.module, used):
            yield ParsedFile(replace(source, role=role_of_folder(source.file)), item.tree)
        else:
            yield item


def _read(paths: Sequence[str], workers: int | None, *, refer: bool) -> Iterator[FileOutcome]:
    count = workers if workers is not None else cores()
    if count <= 1 or len(paths) < _PARALLEL_FROM:
        yield from (_read_file(path, refer=refer) for path in paths)
        return
    chunks = [paths[start : start + 24] for start in range(0, len(paths), 24)]
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=begin_work)
    try:
        with interrupts_held():
            read = pool.map(partial(_read_chunk, refer=refer), chunks)
        for outcomes in read:
            yield from outcomes
    except BrokenProcessPool as error:
        raise UnavailableError(
            "a process that parses files was ended from outside", remedy="check that there is enough memory"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _read_chunk(paths: Iterable[str], *, refer: bool) -> list[FileOutcome]:
    gc.disable()  # The trees hold no cycles; garbage collection while they grow only costs time.
    return [_read_file(path, refer=refer) for path in paths]


def _read_file(path: str, *, refer: bool) -> FileOutcome:
    try:
        data = content_of(path)
    except OSError as error:
        return FileOutcome(*unreadable(error))
    tree = parse(data)
    packed = tree if isinstance(tree, str) else _packed(tree)
    if isinstance(tree, str) or isinstance(packed, str):
        return FileOutcome(digest_of(data), packed)
    return FileOutcome(digest_of(data), packed, _encode(references_of(tree)) if refer else b"")


def _packed(tree: Tree) -> bytes | str:
    """The packed tree, or why there is none: an arm of ``elif`` nests deeper in the tree than while it is parsed."""
    try:
        with _frames(_FRAMES):
            return _encode(tree)
    except RecursionError:
        return _TOO_DEEP


def unpacked(data: bytes) -> Tree:
    """The tree of a `FileOutcome`."""
    with _frames(_FRAMES):
        tree = _decode(data)
    share_strings(tree)
    return tree


def parse(data: bytes) -> Tree | str:
    """The slim tree of a file's bytes, or one line that says why there is none."""
    try:
        source = decode(data)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        return f"not readable as text: {_first_line(error)}"
    try:
        with warnings.catch_warnings(), _frames(_FRAMES):
            warnings.simplefilter("ignore")  # Invalid escapes in the monolith's strings do not concern our user.
            return lower(source)
    except SyntaxError as error:
        # Newer syntax is an error to an older interpreter, so the message names the version that read the file.
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return _read_tolerantly(source, f"syntax error at line {error.lineno} for Python {version}: {error.msg}")
    except ValueError as error:
        return f"not Python: {_first_line(error)}"
    except (RecursionError, MemoryError):
        return _TOO_DEEP


def _read_tolerantly(source: str, reason: str) -> Tree | str:
    """The tree of what can be understood of a file that the interpreter cannot parse; `reason` if nothing can."""
    if "\0" in source:  # Not Python of any version.
        return reason
    try:
        from strangler_analyzers.source.tolerant.reader import read_tolerantly  # noqa: PLC0415 - most projects need none

        with _frames(_FRAMES):
            tree = read_tolerantly(source)
    except (ImportError, RecursionError):
        return reason
    return tree if tree.body else reason


@contextmanager
def _frames(count: int) -> Generator[None]:
    """Allow this many more interpreter frames in the block, however deep the caller is: a worker's stack is shorter."""
    depth, frame = 0, inspect.currentframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + count)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def decode(data: bytes) -> str:
    """Source text by PEP 263: a coding line or byte-order mark, otherwise UTF-8."""
    if data.isascii() and b"coding" not in data[:200]:
        return data.decode("ascii").replace("\r\n", "\n")
    encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
    return data.decode(encoding).replace("\r\n", "\n")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
