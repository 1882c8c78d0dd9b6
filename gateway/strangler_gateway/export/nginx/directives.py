"""The syntax of nginx configuration: directives, and blocks of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Directive:
    """A name with arguments, and the directives of its block if it has one."""

    arguments: tuple[str, ...]
    block: tuple[Directive, ...] | None = None


def directive(*arguments: str) -> Directive:
    """Return a directive without a block."""
    return Directive(arguments)


def block(*arguments: str, of: Iterable[Directive]) -> Directive:
    """Return a directive with a block."""
    return Directive(arguments, tuple(of))


def text_of(directives: Sequence[Directive]) -> str:
    """Return the text of a configuration file."""
    return "".join(f"{line}\n" for line in _lines(directives, 0))


def _lines(directives: Sequence[Directive], depth: int) -> Iterator[str]:
    for one in directives:
        said = "    " * depth + " ".join(map(_quoted, one.arguments))
        if one.block is None:
            yield said + ";"
            continue
        yield said + " {"
        yield from _lines(one.block, depth + 1)
        yield "    " * depth + "}"


_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:$=*@%[],+")


def _quoted(text: str) -> str:
    """Return an argument in quotes where needed; backslashes are doubled, since nginx gives some a meaning."""
    if text and set(text) <= _BARE:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
