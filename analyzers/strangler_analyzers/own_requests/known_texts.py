"""What the names of a piece of source stand for, as texts: paths of requests, prefixes."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product

UNKNOWN = "\0"
"""Stands for a value that the text does not tell."""
_MOST = 64
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def last_name(node: ast.expr) -> str:
    """The last name of an expression such as ``client.get``; empty of what has none."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


class KnownTexts:
    """What names and attributes may be, as texts; `UNKNOWN` stands in them for what is not told."""

    def __init__(self, names: Mapping[str, str], known: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._names = names
        self._known: defaultdict[str, tuple[str, ...]] = defaultdict(tuple, known or {})

    def child(self) -> KnownTexts:
        """The same, to learn more without telling."""
        return KnownTexts(self._names, dict(self._known))

    def learn(self, body: Iterable[ast.stmt]) -> None:
        """Take in what some statements assign, those of functions and classes inside left out."""
        for statement in body:
            if isinstance(statement, _Function | ast.ClassDef):
                continue
            for node in ast.walk(statement):
                match node:
                    case ast.Assign(targets=targets, value=value):
                        for target in targets:
                            self._assign(target, value)
                    case ast.AnnAssign(target=target, value=ast.expr() as value):
                        self._assign(target, value)
                    case ast.For(target=target, iter=ast.List() | ast.Tuple() as several):
                        for item in several.elts:
                            self._assign(target, item)
                    case _:
                        pass

    def of(self, node: ast.expr) -> tuple[str, ...]:
        """The texts an expression may be; none where nothing is known of it."""
        match node:
            case ast.Constant(value=str(text)):
                return (text,)
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                return self._known.get(name, ())
            case ast.JoinedStr(values=parts):
                return self._joined([self._part(part) for part in parts])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._joined([self.of(left) or (UNKNOWN,), self.of(right) or (UNKNOWN,)])
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if last_name(node.func) in {"reverse", "url_for"}:
                return (self._names[name],) if name in self._names else ()
            case _:
                return ()

    def _part(self, part: ast.expr) -> tuple[str, ...]:
        if isinstance(part, ast.FormattedValue):
            return self.of(part.value) or (UNKNOWN,)
        return self.of(part) or (UNKNOWN,)

    def _joined(self, parts: list[tuple[str, ...]]) -> tuple[str, ...]:
        texts = ("".join(found) for found in product(*parts))
        return tuple(text for text, _ in zip(texts, range(_MOST), strict=False))

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                self._known[name] = (*self._known[name], *self.of(value))[:_MOST]
            case _:
                pass
