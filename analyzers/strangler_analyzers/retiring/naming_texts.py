"""Strings by which remaining code may name what it uses, and where they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from strangler_analyzers.retiring.mentions import Mentions, mentions_of
from strangler_analyzers.retiring.program import Program
from strangler_analyzers.retiring.units import Unit, UnitKind

_LONGEST = 60
_Text = ast.Constant | ast.JoinedStr | ast.BinOp


def left_alone_texts(file: str, tree: ast.Module, places: Collection[str]) -> frozenset[int]:
    """The ids of the texts of a file that are known to name nothing: `places` are files, or ``file:line``."""
    if file in places:
        return frozenset(id(node) for node in _texts(tree))
    if not any(place.startswith(f"{file}:") for place in places):
        return frozenset()
    return frozenset(id(node) for node in _texts(tree) if f"{file}:{node.lineno}" in places)


def naming_text(program: Program, user: str, used: str) -> tuple[str, int] | None:
    """The text of a unit, as the source has it, by which it may use another one, and its line.

    None where it uses it by code, or is no code.
    """
    unit, named, module = program.units.get(user), program.units.get(used), program.modules.get(user.partition(":")[0])
    if unit is None or named is None or module is None or unit.kind in {UnitKind.TEMPLATE, UnitKind.TEXT}:
        return None
    code = Mentions(names=unit.mentions.names, whole=unit.mentions.whole)
    if _uses(program, replace(unit, mentions=code), named):
        return None
    for node in _texts(module.tree):
        if not _stands_in(module.units.values(), unit, node.lineno):
            continue
        said = mentions_of([node])
        if _uses(program, replace(unit, mentions=replace(said, names=code.names, whole=code.whole)), named):
            source = ast.unparse(node)
            return source if len(source) <= _LONGEST else f"{source[:_LONGEST]}...", node.lineno
    return None


def _uses(program: Program, unit: Unit, named: Unit) -> bool:
    said = unit.mentions
    if named.kind is UnitKind.METHOD:
        return named.own in said.names | said.words or any(re.fullmatch(shape, named.own) for shape in said.made)
    if named.name in {*program.called_by(unit.name), *program.candidates_of(unit.name)}:
        return True
    if unit.module == named.module and any(re.fullmatch(shape, named.own) for shape in said.made):
        return True
    return named.name in program.named_by(unit)


def _stands_in(units: Iterable[Unit], unit: Unit, line: int) -> bool:
    """Whether a line is of a unit, and of none inside; what is in no other is of the rest of the module."""
    within = [item for item in units if item.kind is not UnitKind.REST and item.lines[0] <= line <= item.lines[1]]
    innermost = max(within, key=lambda item: item.lines[0], default=None)
    return unit.kind is UnitKind.REST if innermost is None else innermost.name == unit.name


def _texts(tree: ast.Module) -> Iterator[_Text]:
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str()) | ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                yield node
            case _:
                pass
