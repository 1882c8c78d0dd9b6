"""The command line as a whole: help, errors, exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PathDistribution
from pathlib import Path
from types import ModuleType

import pytest
import typer

from strangler.cli import commands, etl
from strangler.cli.commands import COMMANDS, LazyCommand, LazyGroup
from strangler.cli.common_options import ProgressMode, settings_of
from strangler.cli.main import run
from strangler.model.errors import InputError, UnavailableError
from tests.cli.saved_shop import save_shop

HELP = """\
Usage: strangler [OPTIONS] COMMAND [ARGS]...

  Take services out of a Python monolith, one feature at a time.

Options:
  --version                       Print the version.
  --install-completion            Install completion for the current shell.
  --show-completion               Show completion for the current shell, to
                                  copy it or customize the installation.
  -q, --quiet                     Print results and errors only.
  -v, --verbose                   Print details.
  --debug                         Show the traceback of an error.
  --progress <auto|rich|plain|none|json>
                                  How to show progress; auto, the default, is
                                  rich on a terminal, else plain.
  --help                          Show this message and exit.

Commands:
  init          Write a strangler.toml from what is found in a folder.
  analyze       Map a monolith: modules, calls, routes, tables.
  record        Run tests and record calls, requests and SQL statements.
  report        Write the report of an existing map.
  graph         Export the map for other programs.
  trace         Walk one request through the code.
  why           Explain why one part depends on another.
  suggest       Propose services, and show what crosses between them.
  plan          Turn a boundary into the steps of a migration, each with its
                gate.
  next          Show the next step, what its gate lacks, and the command.
  undo          Take back the last step, or say how.
  check         Fail on new violations of the boundaries in strangler.toml.
  diff          Show new and removed dependencies between two analyses.
  design        Design APIs and events, and check them against the rules.
  generate      Generate a running service from its document.
  contract      Test a running service against its document.
  dependencies  Show what the monolith and its services depend on.
  gateway       Run the gateway, and control it.
  doctor        Say what a migration lacks, and how to fix it.
  journal       Record changes, and apply them to the other side.
  etl           Fill a service's own database, and verify that it is equal.
  events        Publish changes as events, and manage their consumers.
  cutover       Move a service's writes to v2, or finish the move.
  rollback      Move a service's writes back to v1, or finish that.
  status        Show where the migration of each service stands.
  rewrite       Make the monolith call a service through a port.
  retire        Find and remove code that is dead once a service answers.
  demo          Move the sample monolith's reviews out under load, and back.
"""

HEAVY = ("networkx", "libcst", "sqlglot", "tree_sitter", "starlette", "httpx", "rich", "pydantic", "tomlkit", "msgspec")

Install = Callable[..., None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Let a test add a command ``probe`` that runs the given function."""

    def install(function: Callable[..., None], extra: str | None = None) -> None:
        module = ModuleType("probe_command")
        module.__dict__["probe"] = function
        monkeypatch.setitem(sys.modules, module.__name__, module)
        entry = LazyCommand("Probe.", "probe_command:probe", extra)
        monkeypatch.setattr(LazyGroup, "table", {**COMMANDS, "probe": entry})

    return install


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_help_lists_every_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Asking for help and asking for nothing show the same page, on standard output."""
    assert run(arguments) == 0
    assert capsys.readouterr() == (HELP, "")


def test_help_imports_nothing_heavy() -> None:
    """The list of commands comes from a static table."""
    script = (
        "import sys; from strangler.cli.main import run; run(['--help']);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert process.stderr == "[]\n"


def test_filling_a_database_imports_neither_gateway_client_nor_analysis() -> None:
    """A copy of a small table takes no longer than its imports."""
    heavy = (
        "httpx", "starlette", "strangler_gateway", "strangler_analyzers", "networkx", "libcst", "tomlkit",
        "strangler_etl.verification", "strangler_etl.planning", "strangler_etl.refreshing",
        "strangler_etl.sqlite.database",
    )  # fmt: skip
    script = (
        "import sys; from strangler.cli.main import run; run(['etl', 'run', 'nobody', '--config', '/nowhere']);"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert process.stdout == "[]\n"


@pytest.mark.parametrize(
    ("name", "entry"), [*COMMANDS.items(), *((f"etl {name}", entry) for name, entry in etl.COMMANDS.items())]
)
def test_the_list_says_what_the_command_says(name: str, entry: LazyCommand) -> None:
    """The static tables repeat the first line of the command's own help."""
    assert commands.load(name, entry).get_short_help_str(limit=200) == entry.help


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version is that of the installed distribution."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == "strangler 0.1.0\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["anlyze"], "error: there is no command anlyze; did you mean analyze?\n"),
        (["zzz"], "error: there is no command zzz; see strangler --help\n"),
        (["--zzz"], "error: no such option: --zzz; see strangler --help\n"),
        (["init", "--forc"], "error: no such option: --forc (Possible options: --force); see strangler init --help\n"),
        (["trace"], "error: missing argument 'request'; see strangler trace --help\n"),
        (["why", "", ""], "error: an argument is empty: strangler why '' ''; was a variable not set?\n"),
        (["analyze", " "], "error: an argument is empty: strangler analyze ' '; was a variable not set?\n"),
        (
            ["graph", "--output="],
            "error: the value of --output is empty: strangler graph --output=; was a variable not set?\n",
        ),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_code_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong and where to look, without the usage page."""
    assert run(arguments) == 2
    assert capsys.readouterr() == ("", message)


def test_an_error_of_ours_is_one_line_with_its_exit_code(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """The error tells itself and knows its exit code."""

    def probe() -> None:
        raise InputError("is empty", where="app")

    install(probe)
    assert run(["probe"]) == 3
    assert capsys.readouterr() == ("", "error: app: is empty\n")


def test_what_was_noted_beside_an_error_comes_behind_it(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """The reason first; what failed because of it is no reason of its own."""

    def fail() -> None:
        error = UnavailableError("the first")
        error.add_note("the second")
        raise error

    install(fail)
    assert run(["probe"]) == 4
    assert capsys.readouterr().err == "error: the first\nerror: the second\n"


def test_a_place_below_the_current_folder_is_told_as_seen_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every line of an error; elsewhere the whole path is needed."""
    (tmp_path / "strangler.toml").write_text("[monolith]\nrot = 1\nzebra = 2\n")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run(["gateway", "routes"]) == 3
    assert [line.split()[1] for line in capsys.readouterr().err.splitlines()][:2] == [
        "strangler.toml:2:1:",
        "strangler.toml:3:1:",
    ]
    monkeypatch.chdir(tmp_path / "below")
    assert run(["gateway", "routes"]) == 3
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / 'strangler.toml'}:2:1: ")


def test_a_bug_is_one_line_that_asks_for_debug(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback reaches a user who did not ask for one."""

    def probe() -> None:
        raise ValueError("two\nlines")

    install(probe)
    assert run(["probe"]) == 5
    assert capsys.readouterr().err == (
        "error: this is a bug in strangler: ValueError: two lines; repeat the command with --debug for the traceback\n"
    )


@pytest.mark.parametrize("arguments", [["--debug", "probe"], ["probe", "--debug"]])
def test_debug_shows_the_traceback(arguments: list[str], install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """Before or after the command's name; the one-line message still comes last."""

    def probe() -> None:
        raise InputError("is empty", where="app")

    install(probe)
    assert run(arguments) == 3
    error = capsys.readouterr().err
    assert error.startswith("Traceback (most recent call last):\n")
    assert error.endswith("\nerror: app: is empty\n")


def test_a_missing_package_names_its_extra(
    install: Install, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command that needs an optional part says how to get it from where the rest came from."""

    def origin(_distribution: PathDistribution, _name: str) -> str:
        return '{"url": "file:///src/strangler", "dir_info": {}}'

    monkeypatch.setattr(PathDistribution, "read_text", origin)

    def probe() -> None:
        raise ModuleNotFoundError("No module named 'networkx.algorithms'", name="networkx.algorithms")

    install(probe, extra="analyze")
    assert run(["probe"]) == 4
    assert capsys.readouterr().err == (
        "error: strangler probe needs the package networkx, which is not installed;"
        " run: pip install '/src/strangler[analyze]'\n"
    )


@pytest.mark.parametrize(
    ("arguments", "package", "extra"),
    [
        (["gateway", "run"], "uvloop", "gateway"),
        (["gateway", "status", "--help"], "httpx", "gateway"),
        (["graph", "--format", "graphml"], "networkx", "analyze"),
        (["etl", "run"], "sqlglot", "etl"),
        (["status"], "httpx", "gateway"),
        (["demo"], "psycopg", "postgres"),
    ],
)
def test_a_command_whose_packages_are_not_installed(
    arguments: list[str], package: str, extra: str, tmp_path: Path
) -> None:
    """Whether it imports them when it is loaded, or only when it runs."""
    script = f"import sys; sys.modules[{package!r}] = None; from strangler.cli.main import main; main({arguments!r})"
    command = [sys.executable, "-c", script]
    process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=save_shop(tmp_path))
    assert process.returncode == 4
    assert process.stderr.startswith(f"error: strangler {arguments[0]} ")
    assert f" needs the package {package}, which is not installed; run: pip install " in process.stderr
    assert f"[{extra}]" in process.stderr


def test_a_missing_module_of_ours_is_a_bug(install: Install) -> None:
    """No extra mends a broken installation."""

    def probe() -> None:
        raise ModuleNotFoundError("No module named 'strangler.gone'", name="strangler.gone")

    install(probe, extra="analyze")
    assert run(["probe"]) == 5


def test_an_interrupted_command_exits_with_130(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """As a shell expects of a program that was stopped by Ctrl-C."""

    def probe() -> None:
        raise KeyboardInterrupt

    install(probe)
    assert run(["probe"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


_WAITING = """
import signal
import sys
from types import ModuleType
from strangler.cli.commands import LazyCommand, LazyGroup
from strangler.cli.main import main

def probe():
    try:
        print("ready", flush=True)
        while True:  # A signal that arrives just before signal.pause() would be waited for in vain.
            pass
    finally:
        print("cleaned up")

# Whoever starts the tests in the background may have it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.modules["probe_command"] = ModuleType("probe_command")
sys.modules["probe_command"].probe = probe
LazyGroup.table = {"probe": LazyCommand("Probe.", "probe_command:probe")}
main(["probe"])
"""


@pytest.mark.parametrize(
    ("number", "status", "message"),
    [(signal.SIGTERM, 143, "terminated\n"), (signal.SIGINT, 130, "interrupted\n")],
)
def test_a_signal_ends_a_command_cleanly(number: signal.Signals, status: int, message: str) -> None:
    """SIGTERM as well as Ctrl-C: what the command has begun, it takes back."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WAITING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert process.communicate() == ("cleaned up\n", message)
    assert process.returncode == status


def test_a_command_may_end_with_findings(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 is a result, not an error."""

    def probe() -> None:
        raise typer.Exit(1)

    install(probe)
    assert run(["probe"]) == 1
    assert capsys.readouterr() == ("", "")


def test_the_common_options_reach_the_command(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever they stand on the command line; the last one said wins."""
    seen: list[object] = []

    def probe(context: typer.Context) -> None:
        seen.append(settings_of(context))

    install(probe)
    assert run(["--progress", "plain", "-v", "probe", "--quiet", "--progress", "json"]) == 0
    assert run(["--progress", "plain", "probe"]) == 0
    first, second = seen
    assert repr(first) == f"Settings(quiet=True, verbose=True, debug=False, progress={ProgressMode.JSON!r})"
    assert repr(second) == f"Settings(quiet=False, verbose=False, debug=False, progress={ProgressMode.PLAIN!r})"
    assert capsys.readouterr() == ("", "")


def test_json_output_is_json(capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """With --json, standard output is one JSON document and nothing else."""
    assert run(["init", str(tmp_path_factory.mktemp("shop")), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["detected"]["root"] == "."
