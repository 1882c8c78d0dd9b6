"""Commands that are recorded: what is noted of their processes, and that nothing else changes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from strangler.model.errors import UsageError
from strangler.recorder.session import Session, record
from tests.analyzers.source_tree import write

_HELPER = """
    def deep(number):
        return sorted([number], key=inner)

    def inner(number):
        return leaf()

    def leaf():
        return 1

    def store(connection):
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES ('secret')")
        return [row for row in connection.execute("SELECT a FROM t")]
"""


def _run(folder: Path, source: str, arguments: Sequence[str] = (), **environment: str) -> Session:
    write(folder, {"helper.py": _HELPER, "main.py": source})
    command = [sys.executable, str(folder / "main.py"), *arguments]
    return record(command, folder, {**os.environ, **environment})


def _calls(session: Session, *, through: bool = False) -> set[tuple[str, str]]:
    functions = session.recording.functions
    pairs = session.recording.through if through else session.recording.adjacent
    return {(functions[caller].name, functions[callee].name) for caller, callee in pairs}


def test_calls_are_noted_with_what_is_between(tmp_path: Path) -> None:
    """One function above another, also from C; and through frames of a library."""
    session = _run(
        tmp_path, "import functools, helper\nhelper.deep(1)\nfunctools.reduce(lambda a, b: helper.leaf(), [1, 2])"
    )
    assert _calls(session) == {
        ("<module>", "deep"),
        ("deep", "inner"),
        ("inner", "leaf"),
        ("<lambda>", "leaf"),
        ("<module>", "<lambda>"),
    }
    through = _run(tmp_path, "import json, helper\njson.loads('{}', object_hook=helper.inner)")
    assert ("<module>", "inner") in _calls(through, through=True)


def test_the_exit_status_and_output_are_those_of_the_command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A test that fails fails when it is recorded too."""
    session = _run(tmp_path, "import sys\nprint('out', sys.argv[1:])\nsys.exit(7)", ["a b", "-x"])
    assert (session.status, session.processes) == (7, 1)
    assert capfd.readouterr() == ("out ['a b', '-x']\n", "")
    killed = _run(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    assert (killed.status, killed.processes) == (137, 0)


def test_a_recorder_that_is_told_to_end_keeps_what_was_noted(tmp_path: Path) -> None:
    """A server that is recorded ends as it does when it is told so itself."""
    before = signal.getsignal(signal.SIGTERM)
    session = _run(
        tmp_path,
        """
        import os, select, signal, sys
        import helper

        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(5))
        helper.leaf()
        os.kill(os.getppid(), signal.SIGTERM)
        while True:  # A pause would last for ever where the signal comes just before it.
            select.select([], [], [], 0.02)
        """,
    )
    assert session.status == 5
    assert ("<module>", "leaf") in _calls(session)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_amid_the_last_words_takes_nothing_away(tmp_path: Path) -> None:
    """Whoever is impatient sends a second one; the program's handler ends it then where it stands."""
    session = _run(
        tmp_path,
        """
        import json, os, signal, sys
        import helper

        def dump(*arguments):
            json.dump = written
            os.kill(os.getpid(), signal.SIGTERM)
            written(*arguments)

        written, json.dump = json.dump, dump
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(5))
        helper.leaf()
        """,
    )
    assert ("<module>", "leaf") in _calls(session)


@pytest.mark.parametrize("server", ["", "restored = signal.signal(signal.SIGTERM, lambda number, frame: None)"])
def test_what_sigterm_ends_keeps_what_was_noted(tmp_path: Path, server: str) -> None:
    """Also a server that has handled the signal, puts back what was there and raises it again, as uvicorn does."""
    session = _run(
        tmp_path,
        f"""
        import os, signal
        import helper

        {server}
        helper.leaf()
        os.kill(os.getpid(), signal.SIGTERM)
        signal.signal(signal.SIGTERM, restored)
        signal.raise_signal(signal.SIGTERM)
        """,
    )
    assert session.status == 143
    assert ("<module>", "leaf") in _calls(session)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_child_processes_are_recorded(tmp_path: Path, method: str) -> None:
    """Those of multiprocessing, however they are started, and Pythons that the program starts."""
    source = """
        import multiprocessing, subprocess, sys
        import helper

        if __name__ == "__main__":
            process = multiprocessing.get_context(sys.argv[1]).Process(target=helper.deep, args=(1,))
            process.start()
            process.join()
            subprocess.run([sys.executable, "-c", "import helper; helper.inner(1)"], cwd=sys.path[0], check=True)
    """
    session = _run(tmp_path, source, [method])
    assert (session.status, session.processes) == (0, 3)
    assert _calls(session) >= {("deep", "inner"), ("inner", "leaf")}


def test_threads_are_recorded(tmp_path: Path) -> None:
    """What runs in one has no caller of the application."""
    source = "import threading, helper\nt = threading.Thread(target=helper.deep, args=(1,))\nt.start()\nt.join()"
    assert _calls(_run(tmp_path, source)) == {("deep", "inner"), ("inner", "leaf")}


def test_statements_are_noted_without_values(tmp_path: Path) -> None:
    """With the nearest function of the application; drivers are heard where no ORM stands before them."""
    session = _run(tmp_path, "import sqlite3, helper\nhelper.store(sqlite3.connect(':memory:', isolation_level=None))")
    functions = session.recording.functions
    told = [
        (functions[place].name if place is not None else None, text) for place, _, text in session.recording.statements
    ]
    assert told == [
        ("store", "CREATE TABLE t (a)"),
        ("store", "INSERT INTO t VALUES (?)"),
        ("store", "SELECT a FROM t"),
    ]


def test_what_runs_in_a_greenlet_has_who_waits_for_it_above(tmp_path: Path) -> None:
    """As all of SQLAlchemy's asyncio does: its statements and calls are those of the function that awaits them."""
    session = _run(
        tmp_path,
        """
        import sqlite3
        from greenlet import greenlet
        import helper

        def load():
            connection = sqlite3.connect(":memory:")
            greenlet(connection.execute).switch("SELECT 1")
            greenlet(helper.leaf).switch()

        load()
        """,
    )
    functions = session.recording.functions
    assert [(functions[place or 0].name, text) for place, _, text in session.recording.statements] == [
        ("load", "SELECT ?")
    ]
    assert ("load", "leaf") in _calls(session, through=True)


def test_a_statement_given_by_keyword_still_runs(tmp_path: Path) -> None:
    """Methods that are heard take their arguments as they always did, and fail as they always did."""
    source = """
        from django.conf import settings
        from django.db import connection

        settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
        with connection.cursor() as cursor:
            cursor.execute(params=[7], sql="SELECT %s")
            assert cursor.fetchone() == (7,)
            try:
                cursor.execute()
            except TypeError as error:
                assert "execute() missing 1 required positional argument: 'sql'" in str(error), error
    """
    session = _run(tmp_path, source)
    assert session.status == 0
    assert "SELECT %s" in {text for _, _, text in session.recording.statements}


def test_a_sitecustomize_of_the_user_still_runs(tmp_path: Path) -> None:
    """Ours hides it, and so has to run it; modules and path look as they would without us."""
    write(tmp_path / "own", {"sitecustomize.py": "import builtins\nbuiltins.seen = __file__\n"})
    source = """
        import sys
        assert seen == sys.modules["sitecustomize"].__file__, seen
        assert not [entry for entry in sys.path if "injected" in entry], sys.path
        raise SystemExit(3)
    """
    assert _run(tmp_path, source, PYTHONPATH=str(tmp_path / "own")).status == 3


def test_requests_of_django_are_noted(tmp_path: Path) -> None:
    """With the statements that run while they are answered."""
    source = """
        import django
        from django.conf import settings
        from django.db import connection
        from django.http import HttpResponse
        from django.urls import path

        settings.configure(
            ALLOWED_HOSTS=["*"],
            ROOT_URLCONF=__name__,
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        )
        django.setup()

        def order(request, number):
            with connection.cursor() as cursor:
                cursor.execute("SELECT %s", [number])
            return HttpResponse("")

        urlpatterns = [path("orders/<int:number>", order)]

        from django.test import Client

        assert Client().get("/orders/7").status_code == 200
    """
    session = _run(tmp_path, source)
    assert session.status == 0
    assert session.recording.requests == (("GET", "/orders/7"),)
    functions = session.recording.functions
    told = {
        (functions[place].name, request, text)
        for place, request, text in session.recording.statements
        if place is not None and text.startswith("SELECT")
    }
    assert ("order", 0, "SELECT %s") in told


def test_a_command_that_can_not_be_started_is_told(tmp_path: Path) -> None:
    """Before anything is recorded."""
    with pytest.raises(UsageError, match="no-such-command cannot be started: No such file"):
        record(["no-such-command"], tmp_path, os.environ)
