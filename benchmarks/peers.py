"""The programs the analysis is timed against, each in an interpreter process of its own.

`ast.parse` is the standard library's; grimp (the import graph only, in Rust) and pyan3 (a call graph) come from the
package index into a virtual environment that the benchmark makes.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.corpora import Corpus
from benchmarks.wheels import cache_folder

_REQUIREMENTS = ("grimp==3.20", "pyan3==2.9.0")

_PARSE = """
import ast, sys, warnings
warnings.simplefilter("ignore")
for path in sys.stdin.read().splitlines():
    try:
        with open(path, "rb") as file:
            ast.parse(file.read())
    except (SyntaxError, ValueError):
        pass
"""
_GRIMP = """
import logging, sys
import grimp
sys.path.insert(0, sys.argv[1])
grimp.build_graph(*sys.argv[3:], cache_dir=sys.argv[2])
"""
_PYAN = """
import sys
from pyan.main import main
sys.path.insert(0, sys.argv[1])
main(cli_args=[*sys.stdin.read().splitlines(), "--uses", "--no-defines", "--dot", "--root", sys.argv[1]])
"""


class PeerUnavailableError(Exception):
    """The peers cannot be had now; the message says why."""


def peer_interpreter() -> Path:
    """The interpreter of the environment that holds grimp and pyan3; PeerUnavailableError without a network."""
    return peer_environment(_REQUIREMENTS) / "python"


def peer_environment(requirements: tuple[str, ...]) -> Path:
    """The folder of the programs in an environment with these pinned requirements (``name==version``) and no others.

    It is made and filled once. Raises PeerUnavailableError without a network.
    """
    folder = cache_folder().parent / "peers" / "-".join(requirements).replace("==", "-")
    if not (folder / ".complete").exists():
        venv.create(folder, clear=True, with_pip=True)
        command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *requirements]
        outcome = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        if outcome.returncode != 0:
            lines = outcome.stderr.strip().splitlines() or ["pip failed"]
            raise PeerUnavailableError(f"{' and '.join(requirements)} cannot be installed: {lines[-1]}")
        (folder / ".complete").touch()
    return folder / "bin"


def ast_parse(corpus: Corpus) -> tuple[list[str], str]:
    """The command that parses every file in one process, and its input."""
    return [sys.executable, "-c", _PARSE], "\n".join(map(str, corpus.files()))


def grimp(interpreter: Path, corpus: Corpus, cache: Path) -> tuple[list[str], str]:
    """The command that builds the import graph, with grimp's own cache, and its input."""
    return [str(interpreter), "-c", _GRIMP, str(corpus.folder), str(cache), *corpus.packages], ""


def pyan3(interpreter: Path, corpus: Corpus) -> tuple[list[str], str]:
    """The command that builds the call graph, and its input."""
    return [str(interpreter), "-c", _PYAN, str(corpus.folder)], "\n".join(map(str, corpus.files()))
