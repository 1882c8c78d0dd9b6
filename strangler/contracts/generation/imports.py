"""Collects the imports of a generated module while its code is written."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence

from strangler.contracts.generation.python_text import WIDTH, docstring

_DIGITS = re.compile(r"(\d+)")


class Imports:
    """The imported names by module; `own` is the package that contains the generated module."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._names: dict[str, set[str]] = {}
        self._modules: set[str] = set()

    def name(self, module: str, name: str) -> str:
        """Import a name, and return it."""
        self._names.setdefault(module, set()).add(name)
        return name

    def sibling(self, module: str, name: str) -> str:
        """Import a name from another generated module, and return it."""
        return self.name(f"{self._own}.{module}", name)

    def module(self, statement: str) -> None:
        """Import a module, given as in the statement: ``datetime as dt``."""
        self._modules.add(statement)

    def lines(self) -> list[str]:
        """The import statements, in isort's order."""
        found = ["from __future__ import annotations", ""]
        for section in range(3):
            modules = [f"import {item}" for item in sorted(self._modules) if self._section(item.split()[0]) == section]
            names = [
                line for item in sorted(self._names) if self._section(item) == section for line in self._from(item)
            ]
            if modules or names:
                found += [*modules, *names, ""]
        return found

    def _section(self, module: str) -> int:
        top = module.partition(".")[0]
        return 0 if top in sys.stdlib_module_names else 2 if top == self._own.partition(".")[0] else 1

    def _from(self, module: str) -> Iterator[str]:
        names = sorted(self._names[module], key=_order)
        line = f"from {module} import {', '.join(names)}"
        if len(line) <= WIDTH:
            yield line
            return
        yield f"from {module} import ("
        yield from (f"    {name}," for name in names)
        yield ")"


def module_text(about: str, imports: Imports, body: Sequence[str]) -> str:
    """A module with its docstring; two blank lines follow the imports before a class or function, otherwise one."""
    lines = [*body]
    while lines and not lines[0]:
        lines.pop(0)
    is_block = bool(lines) and lines[0].startswith(("class ", "def ", "async def ", "@"))
    return "\n".join([*docstring(about), "", *imports.lines(), *([""] if is_block else []), *lines, ""])


def _order(name: str) -> tuple[int, list[tuple[int, str]]]:
    """The order of isort: constants, classes, functions; numbers within names compare by value."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, [(int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(name) if part]
