"""A command gets from the command line what typer would give it, and pydantic is not imported for that."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
import typer
import typer.main
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.cli.plain_values import take_plain_values


class _Kind(StrEnum):
    ONE = "one"
    TWO = "two"


def _upper(value: str) -> str:
    return value.upper()


def _command(  # noqa: PLR0917 - as many kinds of parameters as there are
    name: str,
    other: Annotated[str | None, typer.Argument()] = None,
    path: Annotated[Path, typer.Option()] = Path(),
    there: Annotated[Path | None, typer.Option(exists=True)] = None,
    number: Annotated[int, typer.Option(min=1, max=9)] = 0,
    share: Annotated[float | None, typer.Option()] = None,
    kind: Annotated[_Kind, typer.Option()] = _Kind.ONE,
    parsed: Annotated[str | None, typer.Option(parser=_upper)] = None,
    many: Annotated[list[str] | None, typer.Option()] = None,
    pair: Annotated[tuple[str, int] | None, typer.Option()] = None,
    flag: Annotated[bool | None, typer.Option("--flag/--no-flag")] = None,
) -> None:
    raise NotImplementedError


def _taken(arguments: list[str], *, plain: bool) -> object:
    application = typer.Typer(add_completion=False, rich_markup_mode=None)
    application.command()(_command)
    command = typer.main.get_command(application)
    if plain:
        take_plain_values(command)
    try:
        with command.make_context("command", [*arguments]) as context:
            given: dict[str, object] = context.params
            return {name: (type(value), repr(value)) for name, value in given.items()}
    except typer.TyperException as error:
        return type(error), error.format_message()


_VALUES = st.one_of(
    st.text("ab1.-/é\udce9\0 ", max_size=4), st.sampled_from(["one", "two", "TWO", "0", "1", "10", "1.5", "nan", "."])
)
_OPTIONS = st.one_of(
    st.tuples(st.sampled_from(["path", "there", "number", "share", "kind", "parsed", "many"]), _VALUES).map(
        lambda given: [f"--{given[0]}={given[1]}"]
    ),
    st.tuples(_VALUES, _VALUES).map(lambda pair: ["--pair", *pair]),
    st.sampled_from([["--flag"], ["--no-flag"]]),
)


@settings(max_examples=60)
@given(options=st.lists(_OPTIONS, max_size=3), values=st.lists(_VALUES, max_size=3))
def test_a_command_gets_what_typer_gives_it(options: list[list[str]], values: list[str]) -> None:
    """Also of values that are wrong: with the same words."""
    arguments = [*(argument for option in options for argument in option), "--", *values]
    assert _taken(arguments, plain=True) == _taken(arguments, plain=False)


@pytest.mark.parametrize(
    "arguments", [["etl", "run", "reviews", "--config", "absent"], ["status"], ["analyze", "absent"], ["--version"]]
)
def test_no_command_imports_pydantic_for_plain_values(arguments: list[str], tmp_path: Path) -> None:
    """It would take a quarter of the time a command takes to start."""
    code = "import sys; from strangler.cli.main import run; run(sys.argv[1:]); sys.exit('pydantic' in sys.modules)"
    command = [sys.executable, "-c", code, *arguments]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
