"""Child processes: how they are awaited, stopped, and kept from outliving whoever started them."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from strangler.demo.processes import Process, ProcessError, Processes, Program, answers, free_port
from tests.waiting import until

SLEEP = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
PARENT = """
import os, sys, time
from pathlib import Path
from strangler.demo.processes import Processes, Program

program = Program("child", (sys.executable, "-c", sys.argv[2]), Path(sys.argv[1]))
with Processes(Path(sys.argv[1])) as processes:
    print(processes.start(program).pid, flush=True)
    time.sleep(600)
"""
FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(f"child={child.pid};", flush=True)
time.sleep(600)
"""


def python(source: str, folder: Path, name: str = "program") -> Program:
    """Return a program of Python source."""
    return Program(name, (sys.executable, "-c", source), folder)


def is_gone(pid: int) -> bool:
    """Whether a process has ended: there is none, or only its entry waits for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    """Give a place for processes; the tests enter it."""
    return Processes(tmp_path / "logs")


def test_a_process_is_ready_when_its_log_says_so(processes: Processes, tmp_path: Path) -> None:
    """What an earlier process of that name logged does not count."""
    with processes:
        first = processes.start(python("print('ready')", tmp_path))
        first.wait(10)
        second = processes.start(python("import time; time.sleep(0.1); print('ready now', flush=True)", tmp_path))
        assert "ready" not in second.said()
        second.wait_until(second.says("ready"))
        assert second.log.read_text() == "ready\nready now\n"


def test_a_process_that_ends_before_it_is_ready_is_an_error_with_its_last_words(
    processes: Processes, tmp_path: Path
) -> None:
    """The message says what the log says."""
    with processes, pytest.raises(ProcessError, match=r"program ended with status 1: no port"):
        processes.start(python("raise SystemExit('no port')", tmp_path)).wait_until(lambda: False)


def test_a_process_that_never_gets_ready_is_an_error(processes: Processes, tmp_path: Path) -> None:
    """The deadline is part of the message."""
    with processes, pytest.raises(ProcessError, match=r"was not ready after 0\.1 s: its log is empty"):
        processes.start(python(SLEEP, tmp_path)).wait_until(lambda: False, seconds=0.1)


def test_a_server_is_ready_when_it_answers(processes: Processes, tmp_path: Path) -> None:
    """Readiness is asked over HTTP; a refused connection and another status are no answer."""
    port = free_port()
    program = Program("server", (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"), tmp_path)
    assert not answers(f"http://127.0.0.1:{port}/")()
    with processes:
        processes.start(program).wait_until(answers(f"http://127.0.0.1:{port}/"))
        assert not answers(f"http://127.0.0.1:{port}/missing")()
        assert answers(f"http://127.0.0.1:{port}/missing", (404,))()


def test_a_free_port_is_taken_by_nobody_who_asks_for_any() -> None:
    """What listens or connects meanwhile, without saying where, gets another."""
    assert all(1024 <= free_port() < 32_768 for _ in range(100))


def test_the_end_of_the_block_ends_everything_with_its_children(processes: Processes, tmp_path: Path) -> None:
    """Also what the processes started themselves."""
    with processes:
        process = processes.start(python(FAMILY, tmp_path))
        process.wait_until(process.says(";"))
        child = int(process.said().partition("child=")[2].partition(";")[0])
    assert process.status == -signal.SIGTERM
    until(lambda: is_gone(child))


def test_an_exception_ends_everything_too(processes: Processes, tmp_path: Path) -> None:
    """Ctrl-C is one."""
    started: list[Process] = []
    with suppress(KeyboardInterrupt), processes:
        started.append(processes.start(python(SLEEP, tmp_path)))
        raise KeyboardInterrupt
    assert not started[0].running


def test_a_process_that_does_not_listen_is_killed(processes: Processes, tmp_path: Path) -> None:
    """It is asked first."""
    with processes:
        process = processes.start(python(DEAF, tmp_path))
        process.wait_until(process.says("deaf"))
        process.stop(seconds=0.1)
    assert process.status == -signal.SIGKILL


def test_a_killed_process_is_gone_at_once(processes: Processes, tmp_path: Path) -> None:
    """The fault tests kill parts of the system this way."""
    with processes:
        process = processes.start(python(SLEEP, tmp_path))
        process.kill()
        assert process.status == -signal.SIGKILL
        process.kill()  # a second time nobody is there to kill


def test_a_program_that_does_not_exist_is_an_error(processes: Processes, tmp_path: Path) -> None:
    """It is found out before anything is started."""
    with processes, pytest.raises(Exception, match="there is no program no-such-program"):
        processes.start(Program("program", ("no-such-program",), tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
@pytest.mark.parametrize("child", [SLEEP, DEAF], ids=["obedient", "deaf"])
def test_nothing_survives_a_sigkill_of_the_parent(tmp_path: Path, child: str) -> None:
    """No cleaning up happens then; the kernel ends the children."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), child], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not is_gone(pid)
        parent.kill()
    until(lambda: is_gone(pid))
