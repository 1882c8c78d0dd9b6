"""Accepts values of the command line unconverted if they are already valid, as they mostly are.

typer lets pydantic check every value, even one that nobody gave, and importing pydantic takes a quarter of the time a
command takes to start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer
import typer.core

if TYPE_CHECKING:
    from typer._click.core import Command, Context
    from typer._coercion import RuntimeParam

_COERCION = "get_runtime_param"
"""The name by which typer asks a parameter for its coercion."""
_PLAIN = (str, int, float, Path, Enum)


_Parameter = typer.core.TyperOption | typer.core.TyperArgument


@dataclass(frozen=True, slots=True)
class PlainCoercion:
    """Coerces the values of one parameter; a value that is not plain is left to typer."""

    parameter: _Parameter
    usual: Callable[[], RuntimeParam]

    def coerce(self, value: object, param: _Parameter, ctx: Context) -> object:
        """Return exactly what typer would pass to the command for `value`."""
        wanted, single = self.parameter.type_descriptor.annotation, self.parameter.nargs == 1
        if value is None and (single or self.parameter.nargs == -1):
            return None if single and not self.parameter.multiple else ()
        if single and not self.parameter.multiple and isinstance(wanted, type) and issubclass(wanted, _PLAIN):
            plain = Path(value) if wanted is Path and isinstance(value, str) else value
            if isinstance(plain, wanted) and not isinstance(plain, bool) and self._allows(plain):
                return plain
        return self.usual().coerce(value, param=param, ctx=ctx)

    def _allows(self, value: object) -> bool:
        """Whether a value of the parameter's type is certainly valid, without asking typer."""
        info = self.parameter.type_descriptor.parameter_info
        if info.parser is not None or info.path_type is not None:
            return False
        if isinstance(value, int | float):
            return (info.min is None or info.min <= value) and (info.max is None or value <= info.max)
        asked = info.exists or info.writable or info.resolve_path or not (info.file_okay and info.dir_okay)
        return not asked and _is_text(str(value))


def _is_text(value: str) -> bool:
    """Whether it can be a file name and is valid text in the encoding that is set."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def take_plain_values(command: Command) -> None:
    """Let a command, and every command below it, accept plain values unconverted."""
    for parameter in command.get_params(typer.Context(command)):
        if isinstance(parameter, _Parameter) and _COERCION not in vars(parameter):
            vars(parameter)[_COERCION] = partial(PlainCoercion, parameter, parameter.get_runtime_param)
    if isinstance(command, typer.core.TyperGroup):
        for child in command.commands.values():
            take_plain_values(child)
