"""Records, inside a process of the user, the calls between functions of the application, requests and SQL statements.

Nothing here may change what the process does: no error leaves this file, it imports nothing that the process would not
have imported itself (except `signal`, and `json` at the end), and needs only the standard library.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import sys
import threading

from _strangler_libraries import current_request, patches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType, FrameType, ModuleType
    from typing import Any

ROOT_VARIABLE = "STRANGLER_RECORD_ROOT"
PARTS_VARIABLE = "STRANGLER_RECORD_PARTS"

_OPTIMISED = 0x1
"""The code flag of functions, which modules and class bodies lack (inspect.CO_OPTIMIZED)."""
_PARTS = frozenset({"<module>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
"""Names of code objects that are parts of the code around them."""
_MOST_STATEMENTS = 200_000
"""The most distinct statements, with their values, that are kept; further ones are only counted."""
_DATABASE_LAYERS = ("django.db.", "sqlalchemy.")


def start_from_environment() -> None:
    """Record this process when `strangler record` started it, directly or through other processes."""
    root, parts = os.environ.get(ROOT_VARIABLE), os.environ.get(PARTS_VARIABLE)
    if root and parts and os.path.isdir(parts):
        recorder = Recorder(root, parts)
        recorder.start()


class Recorder:
    """Records one process. Numbers of functions begin at 1; 0 stands for code outside the application.

    The code of a module, class or comprehension has a negative number: nothing calls it, but it calls others.

    Threads record concurrently and without a lock, which a fork could leave locked. A number is therefore taken before
    the entry for it is stored, and some numbers may have no entry.
    """

    def __init__(self, root: str, parts: str) -> None:
        self.root = os.path.join(os.path.realpath(root), "")
        self.parts = parts
        self.numbers: dict[int, int] = {}
        self.functions: dict[int, tuple[str, int, str]] = {}
        self.adjacent: set[tuple[int, int]] = set()
        self.through: set[tuple[int, int]] = set()
        self.requests: dict[tuple[str, str], int] = {}
        self.statements: set[tuple[int, int, str]] = set()
        self.left_out = 0
        self._kept: list[CodeType] = []  # keeps code objects alive, since numbers go by their id, which may be reused
        self._files: dict[str, str | None] = {}
        self._next_function = itertools.count(1)
        self._next_request = itertools.count()
        self._flushed = 0
        self.patches: dict[str, Callable[[ModuleType], None]] = patches(self)

    def start(self) -> None:
        """Begin to record; the recording is written when the process ends, by itself in any way or by SIGTERM."""
        atexit.register(self.flush)
        self._write_at_termination()
        for name in ("_exit", "execv", "execve"):
            if hasattr(os, name):
                setattr(os, name, _after(self.flush, getattr(os, name)))
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)
        if sys.version_info >= (3, 12):
            _watch_by_monitoring(self)
        else:
            _watch_by_profile(self)

    def _write_at_termination(self) -> None:
        """Write the recording before SIGTERM ends a process that does not handle it.

        Servers that do handle it restore this handler in the end and raise the signal again, as uvicorn does.
        """
        import signal

        def terminated(number: int, _: object) -> None:
            self.flush()
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

        try:
            if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
                signal.signal(signal.SIGTERM, terminated)
        except ValueError:  # not in the main thread, which alone may set signal handlers
            pass

    def learn(self, frame: FrameType) -> int:
        """Return a number for a frame's code that is seen for the first time."""
        code = frame.f_code
        number = 0
        try:
            file = self._application_file(code.co_filename)
            if file is not None:
                number = next(self._next_function)
                self.functions[number] = (file, code.co_firstlineno, code.co_name)
                if code.co_name in _PARTS or not code.co_flags & _OPTIMISED:
                    number = -number
        except Exception:  # no error of the recorder may reach the program
            number = 0
        self._kept.append(code)
        self.numbers[id(code)] = number
        return number

    def number(self, frame: FrameType) -> int:
        """Return the number of a frame's code."""
        known = self.numbers.get(id(frame.f_code))
        return self.learn(frame) if known is None else known

    def entered(self, frame: FrameType, number: int) -> None:
        """Record the caller of an application's function, or the nearest one beyond library frames."""
        caller = frame.f_back
        above = self.number(caller) if caller is not None else 0
        if above:
            self.adjacent.add((abs(above), number))
            return
        above = next(filter(None, map(self.number, _above(frame))), 0)
        if above:
            self.through.add((abs(above), number))

    def awaited_patch(self, frame: FrameType) -> str | None:
        """Return the name of the module whose code the frame runs, when it must be patched once it is complete."""
        if frame.f_code.co_name != "<module>":
            return None
        name = frame.f_globals.get("__name__")
        return name if name in self.patches else None

    def patch(self, name: str) -> None:
        """Patch a module that is complete."""
        patch, module = self.patches.pop(name, None), sys.modules.get(name)
        if patch is not None and module is not None:
            try:
                patch(module)
            except Exception:  # another version of the library, whose statements stay unseen
                pass

    def request(self, method: str, path: str) -> int:
        """Return the number of a request."""
        return self.requests.setdefault((method, path), next(self._next_request))

    def statement(self, statement: object, *, driver: bool = False) -> None:
        """Record a statement; ignore one of a driver below a database layer, which reports the statement itself."""
        try:
            number = 0
            for frame in _above(sys._getframe(1)):
                if driver and str(frame.f_globals.get("__name__")).startswith(_DATABASE_LAYERS):
                    return
                number = abs(self.number(frame))
                if number:
                    break
            noted = (number, current_request.get(), str(statement))
            if len(self.statements) < _MOST_STATEMENTS:
                self.statements.add(noted)
            elif noted not in self.statements:
                self.left_out += 1
        except Exception:
            pass

    def flush(self) -> None:
        """Write what was recorded since the last time."""
        if not (self.functions or self.statements or self.requests):
            return
        try:
            self._write()
        except Exception:  # a full disk must not concern the program
            pass
        except BaseException:  # a signal came meanwhile, and the program's handler for it ends the program
            try:
                self._write()
            except Exception:
                pass
            raise

    def _write(self) -> None:
        import json

        part: dict[str, Any] = {
            "adjacent": _copied(self.adjacent),
            "through": _copied(self.through),
            "statements": _copied(self.statements),
            "left_out": self.left_out,
        }
        # Copied after the entries that refer to them, because other threads keep adding.
        part["functions"] = dict(_copied(self.functions.items()))
        part["requests"] = {number: request for request, number in _copied(self.requests.items())}
        self._flushed += 1
        path = os.path.join(self.parts, f"{os.getpid()}-{self._flushed}-{id(part)}")
        with open(f"{path}.part", "w", encoding="utf-8", errors="backslashreplace") as file:
            json.dump(part, file)
        os.rename(f"{path}.part", f"{path}.json")
        self._forget()

    def _forget(self) -> None:
        """Begin anew: the recording so far is written, or in a forked process left to the parent to write."""
        self.adjacent, self.through, self.statements = set(), set(), set()
        self.left_out = 0

    def _application_file(self, filename: str) -> str | None:
        """Return the path of an application's file below the root; None for any other file."""
        if filename in self._files:
            return self._files[filename]
        file: str | None = None
        if not filename.startswith("<"):
            whole = os.path.realpath(filename)
            if whole.startswith(self.root):
                below = whole[len(self.root) :]
                folders = below.split(os.sep)[:-1]
                outside = any(name.startswith(".") or name in {"site-packages", "dist-packages"} for name in folders)
                file = None if outside else below
        self._files[filename] = file
        return file


def _above(frame: FrameType) -> Iterator[FrameType]:
    """Yield the frames above one, the nearest first: those of its greenlet, then of the greenlets that wait for it.

    SQLAlchemy's asyncio support runs synchronous code in a greenlet, whose frames end where the greenlet begins.
    """
    above, current = frame.f_back, None
    while True:
        while above is not None:
            yield above
            above = above.f_back
        try:
            greenlet = sys.modules.get("greenlet")
            if greenlet is None:
                return
            current = greenlet.getcurrent() if current is None else current
            current = current.parent
            above = None if current is None else current.gr_frame
        except Exception:  # another version of greenlet, or another module of that name
            return
        if above is None:
            return


def _copied(values: Iterable[Any]) -> list[Any]:
    """Return a copy of a collection to which other threads may be adding."""
    while True:
        try:
            return list(values)
        except RuntimeError:
            continue


def _after(first: Callable[[], None], function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        first()
        return function(*arguments, **keywords)

    return wrapped


# --- how functions are watched


def _watch_by_profile(recorder: Recorder) -> None:
    numbers, learn, entered = recorder.numbers, recorder.learn, recorder.entered
    awaited: dict[int, str] = {}

    def hook(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            number = numbers.get(id(frame.f_code))
            if number is None:
                number = learn(frame)
                name = recorder.awaited_patch(frame)
                if name is not None:
                    awaited[id(frame.f_code)] = name
            if number > 0:
                entered(frame, number)
        elif awaited and event == "return":
            name = awaited.pop(id(frame.f_code), None)
            if name is not None:
                recorder.patch(name)

    threading.setprofile(hook)
    sys.setprofile(hook)


def _watch_by_monitoring(recorder: Recorder) -> None:
    """Watch functions in Python 3.12 and later: other code costs nothing after its first call (PEP 669)."""
    monitoring: Any = sys.monitoring
    tool = next((number for number in (4, 3, 1) if monitoring.get_tool(number) is None), None)
    if tool is None:
        return
    events, disable = monitoring.events, monitoring.DISABLE
    numbers, entered = recorder.numbers, recorder.entered
    awaited: dict[int, str] = {}

    def started(code: CodeType, _: int) -> object:
        number = numbers.get(id(code))
        if number is None:
            frame = sys._getframe(1)
            number = recorder.learn(frame)
            name = recorder.awaited_patch(frame)
            if name is not None:
                awaited[id(code)] = name
                monitoring.set_local_events(tool, code, events.PY_RETURN)
        if number <= 0:
            return disable
        entered(sys._getframe(1), number)
        return None

    def returned(code: CodeType, _: int, __: object) -> object:
        name = awaited.pop(id(code), None)
        if name is not None:
            recorder.patch(name)
        return disable

    monitoring.use_tool_id(tool, "strangler")
    monitoring.register_callback(tool, events.PY_START, started)
    monitoring.register_callback(tool, events.PY_RETURN, returned)
    monitoring.set_events(tool, events.PY_START)
