"""Converts Django's route strings and regular expressions to path templates."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

_CONVERTER = re.compile(r"<(?:(?P<converter>[^>:]+):)?(?P<name>[^>]+)>")
_GROUP_NAME = re.compile(r"\(\?P<(\w+)>")
_FLAGS = re.compile(r"\(\?[aiLmsux]+\)")
_QUANTIFIER = re.compile(r"[*+?]\??|\{\d*,?\d*\}\??")
_OPTIONAL = re.compile(r"[*?]\??|\{0?,\d*\}\??")
_LITERAL = re.compile(r"(?:[^\\\[\](){}.*+?|^$]|\\\W)+")
_ANCHORS = frozenset("AZbBz")
_CLASSES = frozenset("dDwWsS")


def route_template(route: str, path_converters: AbstractSet[str] = frozenset({"path"})) -> str:
    """The template of a ``path()`` route: ``<int:pk>`` is ``{pk}``, ``<path:rest>`` is ``{rest:path}``.

    `path_converters` are the names of the converters that take slashes.
    """

    def placeholder(match: re.Match[str]) -> str:
        return f"{{{match['name']}:path}}" if match["converter"] in path_converters else f"{{{match['name']}}}"

    return _CONVERTER.sub(placeholder, route)


def regex_template(pattern: str) -> str:
    """The template of a ``re_path()`` pattern, with all its optional parts.

    A named group is ``{name}``, any other variable part ``{argN}``; what may match a slash is a ``path``. An optional
    character is kept, as `django.contrib.admindocs.utils.replace_metacharacters` does.
    """
    return _Regex(_FLAGS.sub("", pattern)).template()


def regex_templates(pattern: str) -> tuple[str, ...]:
    """The templates of a pattern: with each of its optional groups and without it, the fullest first.

    `django.utils.regex_helper.normalize`, which reverses URLs, makes the same choices. Of more than MAX_TEMPLATES the
    first are given.
    """
    return tuple(dict.fromkeys(regex_template(variant) for variant in _variants(_FLAGS.sub("", pattern))))


MAX_TEMPLATES = 8
"""The most optional groups that are expanded; more in one pattern are not written by hand."""


def _variants(pattern: str) -> list[str]:
    """The pattern with every combination of its optional groups."""
    chosen: list[str] = []
    pending = [(pattern, 0)]
    while pending and len(chosen) < MAX_TEMPLATES:
        current, position = pending.pop()
        group = _optional_group(current, position)
        if group is None:
            chosen.append(current)
            continue
        start, end, behind = group
        pending.append((current[:start] + current[behind:], start))
        pending.append((current[:end] + current[behind:], start + 1))
    return chosen


def _optional_group(pattern: str, position: int) -> tuple[int, int, int] | None:
    """The start and end of the next optional group, and the end of its quantifier."""
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 2
        elif character == "[":
            position = _class_end(pattern, position)
        elif character == "(" and pattern.startswith(("(?=", "(?!", "(?<", "(?#"), position):
            position = _group_end(pattern, position)
        elif character == "(":
            end = _group_end(pattern, position)
            if quantifier := _OPTIONAL.match(pattern, end):
                return position, end, quantifier.end()
            # Inside a placeholder no distinctions matter.
            position = (
                position + 1 if pattern.startswith("(?:", position) or "(?P<" in pattern[position + 1 : end] else end
            )
        else:
            position += 1
    return None


class _Regex:
    """One pass over a regular expression."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._position = 0
        self._unnamed = 0
        self._parts: list[str] = []

    def template(self) -> str:
        while self._position < len(self._pattern):
            self._step()
        return "".join(self._parts)

    def _step(self) -> None:
        character = self._pattern[self._position]
        if character == "(":
            self._group()
        elif character == "[":
            end = _class_end(self._pattern, self._position)
            self._variable(self._pattern[self._position : end], end)
        elif character == "\\":
            self._escape()
        elif character == ".":
            if _QUANTIFIER.match(self._pattern, self._position + 1):
                self._variable(".", self._position + 1)
            else:
                self._literal(".", 1)  # Nearly always a dot that should have been escaped.
        elif character in "^$":
            self._position += 1
        elif character == "|":
            self._position = len(self._pattern)  # An alternation of whole patterns: the first stands for all.
        elif match := _QUANTIFIER.match(self._pattern, self._position):
            self._position = match.end()
        else:
            self._literal(character, 1)

    def _literal(self, text: str, width: int) -> None:
        self._parts.append(text)
        self._position += width

    def _escape(self) -> None:
        following = self._pattern[self._position + 1 : self._position + 2]
        if following in _CLASSES and following:
            self._variable(f"\\{following}", self._position + 2)
        elif following in _ANCHORS:
            self._position += 2
        else:
            self._literal(following, 2)

    def _variable(self, body: str, end: int, name: str | None = None) -> None:
        """A variable part; successive unnamed ones are merged."""
        quantifier = _QUANTIFIER.match(self._pattern, end)
        self._position = quantifier.end() if quantifier else end
        if name is None:
            if self._parts and self._parts[-1].startswith("{arg"):
                return
            name = f"arg{self._unnamed}"
            self._unnamed += 1
        slash = _may_match_slash(body + (quantifier[0] if quantifier else ""))
        self._parts.append(f"{{{name}:path}}" if slash else f"{{{name}}}")

    def _group(self) -> None:
        start, end = self._position, _group_end(self._pattern, self._position)
        inner = self._pattern[start + 1 : end - 1]
        if named := _GROUP_NAME.match(self._pattern, start):
            self._variable(self._pattern[named.end() : end - 1], end, named[1])
        elif inner.startswith(("?=", "?!", "?<", "?#")):
            self._position = end
        elif inner.startswith("?:"):
            self._plain_group(inner[2:], end)
        elif inner.startswith("?"):
            self._plain_group(inner.partition(":")[2], end)
        elif "(?P<" in inner or _LITERAL.fullmatch(inner):
            self._plain_group(inner, end)
        else:
            self._variable(inner, end)

    def _plain_group(self, inner: str, end: int) -> None:
        """Text in brackets stays text; a choice between texts is a variable part."""
        if "|" in inner and "(?P" not in inner:
            self._variable(inner, end)
            return
        nested = _Regex(inner)
        nested._unnamed = self._unnamed
        self._parts.append(nested.template())
        self._unnamed = nested._unnamed
        quantifier = _QUANTIFIER.match(self._pattern, end)
        self._position = quantifier.end() if quantifier else end


def _class_end(pattern: str, start: int) -> int:
    position = start + 1
    if pattern[position : position + 1] == "^":
        position += 1
    if pattern[position : position + 1] == "]":
        position += 1
    while position < len(pattern) and pattern[position] != "]":
        position += 2 if pattern[position] == "\\" else 1
    return position + 1


def _group_end(pattern: str, start: int) -> int:
    depth, position = 0, start
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 2
            continue
        if character == "[":
            position = _class_end(pattern, position)
            continue
        depth += (character == "(") - (character == ")")
        position += 1
        if depth == 0:
            return position
    return len(pattern) + 1


def _may_match_slash(body: str) -> bool:
    """Whether a variable part may span segments: ``.*``, ``[^.]+``, or a slash of its own."""
    position = 0
    while position < len(body):
        character = body[position]
        if character == "\\":
            if body[position + 1 : position + 2] in {"D", "W", "S"}:
                return True
            position += 2
        elif character == "[":
            end = _class_end(body, position)
            inner = body[position + 1 : end - 1]
            if inner.startswith("^") != ("/" in inner):
                return True
            position = end
        elif character == "/" or (character == "." and _QUANTIFIER.match(body, position + 1)):
            return True
        else:
            position += 1
    return False
