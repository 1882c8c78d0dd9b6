"""Runs small programs and writes down which of their functions called which: the oracle of the call graph suite.

    python -m tests.analyzers.call_recorder FOLDER...

prints one line of JSON for each folder: the sorted pairs of caller and callee seen while ``main.py`` runs. The
caller is the nearest frame of the program, whatever library or builtin stands between. What an edge means:

- Names are ``module.qualname`` without ``<locals>``; a module's own code is the module. Class bodies and comprehensions
  count for the code around them; a scope's second lambda is ``<lambda>2``.
- A generator or coroutine function is called where it is called, not where what it made is resumed.
- Importing a module is no call.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import json
import re
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from importlib.machinery import FileFinder, SourceFileLoader
from io import StringIO
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import TypeAlias

_RESUMED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_COMPREHENSION = re.compile(r"(\.<locals>)?\.?<(listcomp|dictcomp|setcomp|genexpr)>")
_NOTE = "__note_call__"
_Positions: TypeAlias = tuple[tuple[int, int], ...]
"""Lines and columns of a piece of code, which tell two lambdas apart."""


@dataclass(slots=True)
class Recorder:
    """Notes the calls between the functions of the program below `root`."""

    root: Path
    edges: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    _names: dict[CodeType, str] = field(default_factory=dict[CodeType, str])
    _own: dict[CodeType, bool] = field(default_factory=dict[CodeType, bool])
    _starters: dict[threading.Thread, str] = field(default_factory=dict[threading.Thread, str])
    _lambdas: dict[tuple[str, str], dict[_Positions, int]] = field(
        default_factory=dict[tuple[str, str], dict[_Positions, int]]
    )

    def profile(self, frame: FrameType, event: str, _argument: object) -> None:
        """The profile function of `sys.setprofile`."""
        code = frame.f_code
        if event == "call" and self._is_own(code) and code.co_flags & inspect.CO_NEWLOCALS:
            anonymous = code.co_name in {"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"}
            if not anonymous and not code.co_flags & _RESUMED:
                self.note(code, frame.f_back)

    def note(self, callee: CodeType, caller: FrameType | None) -> None:
        """One call, made by the nearest frame of the program."""
        while caller is not None and not self._is_own(caller.f_code):
            caller = caller.f_back
        holder = self._holder(caller) if caller is not None else self._starters.get(threading.current_thread())
        if holder is not None:
            self.edges.add((holder, self.name(callee)))

    def _thread_starts(self, thread: threading.Thread, caller: FrameType | None) -> None:
        """What runs in a thread is called by the code that starts the thread."""
        while caller is not None and not self._is_own(caller.f_code):
            caller = caller.f_back
        if caller is not None:
            self._starters[thread] = self._holder(caller)

    def _is_own(self, code: CodeType) -> bool:
        known = self._own.get(code)
        if known is None:
            known = self._own[code] = Path(code.co_filename).is_relative_to(self.root)
        return known

    def _holder(self, frame: FrameType) -> str:
        """The name of the function or module a frame counts for."""
        current: FrameType | None = frame
        while current is not None:
            code = current.f_code
            is_class_body = not code.co_flags & inspect.CO_NEWLOCALS and code.co_name != "<module>"
            if not is_class_body:
                return self.name(code)
            current = current.f_back
        raise AssertionError(frame)

    def name(self, code: CodeType) -> str:
        """The dotted name of a function or module."""
        known = self._names.get(code)
        if known is None:
            known = self._names[code] = self._name(code)
        return known

    def _name(self, code: CodeType) -> str:
        path = Path(code.co_filename).relative_to(self.root).with_suffix("")
        parts = path.parts[:-1] if path.name == "__init__" else path.parts
        qualname = _COMPREHENSION.sub("", code.co_qualname).strip(".")
        if qualname == "<module>":
            qualname = ""
        if qualname.endswith("<lambda>"):
            qualname += self._number(code, qualname)
        return ".".join((*parts, *qualname.replace(".<locals>", "").split("."))).rstrip(".")

    def _number(self, code: CodeType, qualname: str) -> str:
        """Which of the lambdas of one scope this is; nothing for the first."""
        numbers = self._lambdas.get((code.co_filename, qualname))
        if numbers is None:
            source = Path(code.co_filename).read_text(encoding="utf-8")
            found = [inner for inner in _codes(compile(source, code.co_filename, "exec")) if _same(inner, qualname)]
            found.sort(key=_place)
            numbers = {_place(inner): number for number, inner in enumerate(found, 1)}
            self._lambdas[code.co_filename, qualname] = numbers
        number = numbers[_place(code)]
        return str(number) if number > 1 else ""

    @contextmanager
    def watching(self) -> Generator[None]:
        """Record what runs inside, in every thread."""
        recorder, start = self, threading.Thread.start

        def noted(self: threading.Thread) -> None:
            recorder._thread_starts(self, _caller())
            start(self)

        threading.Thread.start = noted
        threading.setprofile(self.profile)
        sys.setprofile(self.profile)
        try:
            yield
        finally:
            threading.Thread.start = start
            sys.setprofile(None)
            threading.setprofile(None)  # pyright: ignore[reportArgumentType] - undone as `sys.setprofile` is


def _caller() -> FrameType | None:
    """The frame that called the function that asks."""
    frame = inspect.currentframe()
    return frame.f_back.f_back if frame is not None and frame.f_back is not None else None


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _same(code: CodeType, qualname: str) -> bool:
    return _COMPREHENSION.sub("", code.co_qualname).strip(".") == qualname


def _place(code: CodeType) -> _Positions:
    positions = ((line or 0, column or 0) for line, _, column, _ in code.co_positions())
    return tuple(sorted(place for place in positions if place[1]))


class _MarkResumed(ast.NodeTransformer):
    """Puts a note on every generator and coroutine function: no profile event tells when such a function is called."""

    def _marked(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node, ast.AsyncFunctionDef) or _yields(node):
            node.decorator_list.append(ast.copy_location(ast.Name(_NOTE, ast.Load()), node))
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _marked  # noqa: N815 - names `ast` looks for


def _yields(node: ast.AST) -> bool:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(child, ast.Yield | ast.YieldFrom) or _yields(child):
            return True
    return False


class _Loader(SourceFileLoader):
    """Compiles the program's modules with notes on their generators."""

    def get_code(self, fullname: str) -> CodeType:
        """The code of a module, never from a cache."""
        path = self.get_filename(fullname)
        return _compiled(Path(path))


def _compiled(path: Path) -> CodeType:
    tree = ast.fix_missing_locations(_MarkResumed().visit(ast.parse(path.read_bytes())))
    return compile(tree, str(path), "exec", dont_inherit=True)


def record(root: Path) -> list[tuple[str, str]]:
    """Run ``main.py`` of a folder; the pairs of caller and callee, sorted."""
    recorder = Recorder(root)

    def noting(function: FunctionType) -> Callable[..., object]:
        @functools.wraps(function)
        def called(*arguments: object, **keywords: object) -> object:
            recorder.note(function.__code__, _caller())
            return function(*arguments, **keywords)

        return called

    setattr(builtins, _NOTE, noting)

    def hook(path: str) -> FileFinder:
        if not Path(path).is_relative_to(root):
            raise ImportError(path)
        return FileFinder(path, (_Loader, [".py"]))

    sys.path.insert(0, str(root))
    sys.path_hooks.insert(0, hook)
    before = set(sys.modules)
    main = sys.modules["main"] = ModuleType("main")
    try:
        code = _compiled(root / "main.py")
        with redirect_stdout(StringIO()), recorder.watching():
            exec(code, vars(main))
    finally:
        sys.path_hooks.remove(hook)
        sys.path.remove(str(root))
        for name in set(sys.modules) - before:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(root)) or name == "main":
                del sys.modules[name]
    return sorted(recorder.edges)


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        sys.stdout.write(json.dumps(record(Path(folder))) + "\n")
