"""The strings an expression may evaluate to, as far as the code alone decides: table names, SQL statements, URLs.

Every alternative counts, since any statement that may run must be known. Unknown parts may be left as holes: SQL can
still be parsed with them. Strings are traced to all their definitions, not to the value a name has at one moment of a
run: the wiring of an application (`frameworks.wiring.text`) and the order in which settings are changed
(`frameworks.django.evaluation.expressions`) need the latter, and know fewer alternatives in return.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from strangler_analyzers.linker.definitions import called_functions, definitions, returned_expressions
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.strings import METHODS, strings_of
from strangler_analyzers.linker.values import ClassValue, External, Frame, InstanceValue
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

MAX_DEPTH = 12
"""A string built through more nested steps than this is unknown."""
MAX_STEPS = 2_000
"""The most expressions evaluated for one string; a string that needs more is unknown."""
MAX_TEXTS = 8
"""The most alternatives kept; the first ones win."""

_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NAMED_PLACE = re.compile(r"%(?:\((?P<name>\w+)\))?[#0\- +]*\d*(?:\.\d+)?[sdirf]")
_FORMAT_PLACE = re.compile(r"\{(?P<name>[\w.]*)(?:![rsa])?(?::[^{}]*)?\}")


def snake_case(name: str) -> str:
    """``OrderLine`` as ``order_line``."""
    return _SNAKE.sub("_", name).lower()


_WITHOUT_ARGUMENTS = frozenset({"lower", "upper", "title", "strip", "lstrip", "rstrip", "capitalize", "casefold"})
_TRANSPARENT = frozenset({"bindparams", "columns", "execution_options", "as_string", "with_context"})
"""Methods of SQL text objects that leave the text unchanged."""
_FUNCTIONS: Mapping[str, Callable[[str], str]] = {
    "builtins.str": str,
    "textwrap.dedent": textwrap.dedent,
    "inspect.cleandoc": str.strip,
    "inflection.underscore": snake_case,
    "inflection.tableize": lambda name: snake_case(name) + "s",
    "stringcase.snakecase": snake_case,
    "humps.decamelize": snake_case,
    "sqlalchemy.text": str,
    "sqlalchemy.sql.text": str,
    "sqlalchemy.sql.expression.text": str,
    "sqlmodel.text": str,
    "psycopg.sql.SQL": str,
    "psycopg.sql.Identifier": str,
    "psycopg2.sql.SQL": str,
    "psycopg2.sql.Identifier": str,
}


@dataclass(frozen=True, slots=True)
class Texts:
    """Evaluates expressions to strings. `hole` replaces an unknown part; without it the whole string is unknown.

    `known` holds the strings of names whose value the caller of the enclosing function decides; `class_name` is the
    value of ``cls.__name__``; `member` may return the string of a class attribute (``Order.__tablename__``).
    """

    resolver: Resolver
    hole: str | None = None
    class_name: str | None = None
    known: Mapping[str, str] = field(default_factory=dict[str, str])
    member: Callable[[ClassValue, str], str | None] | None = None
    callers: bool = True
    """Whether the arguments that other functions pass for a parameter count."""
    depth: int = 0
    steps: list[int] = field(default_factory=list[int])
    """A one-element list with the number of expressions evaluated so far, shared by nested evaluations."""

    def one(self, expression: s.Expression | None, frame: Frame) -> str | None:
        """The string of an expression, if there is exactly one."""
        if expression is None:
            return None
        found = self.all(expression, frame)
        return found[0] if len(found) == 1 else None

    def all(self, expression: s.Expression, frame: Frame) -> list[str]:
        """The strings an expression may have, at most `MAX_TEXTS`."""
        steps = self.steps if self.depth else [0]
        steps[0] += 1
        if self.depth > MAX_DEPTH or steps[0] > MAX_STEPS:
            return []
        deeper = replace(self, depth=self.depth + 1, steps=steps)
        found: dict[str, None] = {}
        for text in deeper._texts(expression, frame):  # noqa: SLF001 - the same class
            found[text] = None
            if len(found) == MAX_TEXTS:
                break
        return list(found)

    def _texts(self, expression: s.Expression, frame: Frame) -> Iterator[str]:
        match expression:
            case s.Constant(value=str() as value):
                yield value
            case s.Format(parts=parts):
                yield from self._joined(parts, frame)
            case s.Operation(operator="+", left=left, right=right):
                yield from self._joined((left, right), frame)
            case s.Operation(operator="%", left=left, right=right):
                yield from self._interpolated(left, right, frame)
            case s.Choice(values=values):
                for value in values:
                    yield from self.all(value, frame)
            case s.Call():
                yield from self._called(expression, frame)
            case s.Name() | s.Attribute():
                yield from self._named(expression, frame)
            case s.Await(value=value) | s.Star(value=value) | s.Walrus(value=value):
                yield from self.all(value, frame)
            case s.Subscript():
                yield from self._constants(expression, frame)
            case _:
                pass

    def _joined(self, parts: tuple[s.Expression, ...], frame: Frame) -> Iterator[str]:
        """All combinations of the parts' strings; empty if no part is known."""
        texts = [""]
        known = False
        for part in parts:
            alternatives = self._part(part, frame)
            known = known or bool(alternatives)
            if not alternatives:
                if self.hole is None:
                    return
                alternatives = [self.hole]
            texts = [text + alternative for text in texts for alternative in alternatives][:MAX_TEXTS]
        if known:
            yield from texts

    def _part(self, part: s.Expression, frame: Frame) -> list[str]:
        if isinstance(part, s.Constant) and isinstance(part.value, int | float) and not isinstance(part.value, bool):
            return [str(part.value)]
        return self.all(part, frame)

    def _interpolated(self, template: s.Expression, values: s.Expression, frame: Frame) -> Iterator[str]:
        positional = values.elements if isinstance(values, s.Sequence) else (values,)
        named: dict[str, s.Expression] = {}
        if isinstance(values, s.Mapping):
            pairs = zip(values.keys, values.values, strict=True)
            named = {
                key.value: value for key, value in pairs if isinstance(key, s.Constant) and isinstance(key.value, str)
            }
        for text in self.all(template, frame):
            filled = self._filled(text, _NAMED_PLACE, positional, named, frame)
            if filled is not None:
                yield filled

    def _filled(
        self,
        text: str,
        place: re.Pattern[str],
        positional: tuple[s.Expression, ...],
        named: Mapping[str, s.Expression],
        frame: Frame,
    ) -> str | None:
        """The template with its placeholders filled in; None if a part is unknown and holes are not allowed."""
        parts: list[str] = []
        end = 0
        for number, match in enumerate(place.finditer(text)):
            name = match["name"] or str(number)
            value = named.get(name)
            if value is None and name.isdigit() and int(name) < len(positional):
                value = positional[int(name)]
            found = self._part(value, frame) if value is not None else []
            filler = found[0] if found else self.hole
            if filler is None:
                return None
            parts += (text[end : match.start()], filler)
            end = match.end()
        return "".join((*parts, text[end:]))

    # --- names

    def _named(self, expression: s.Name | s.Attribute, frame: Frame) -> Iterator[str]:
        if isinstance(expression, s.Name) and expression.id in self.known:
            yield self.known[expression.id]
            return
        if isinstance(expression, s.Attribute) and (text := self._special(expression, frame)) is not None:
            yield text
            return
        found = False
        for place, inner in definitions(self.resolver, expression, frame, callers=self.callers):
            for text in self.all(place, inner):
                found = True
                yield text
        if not found:
            yield from self._constants(expression, frame)

    def _constants(self, expression: s.Expression, frame: Frame) -> Iterator[str]:
        yield from strings_of(self.resolver.evaluate(expression, frame))

    def _special(self, expression: s.Attribute, frame: Frame) -> str | None:
        if expression.name == "__name__":
            if isinstance(expression.value, s.Name) and expression.value.id in {"cls", "self"} and self.class_name:
                return self.class_name
            for value in self.resolver.evaluate(expression.value, frame):
                if isinstance(value, ClassValue):
                    return value.scope.short_name
        elif self.member is not None:
            for value in self.resolver.evaluate(expression.value, frame):
                owner = ClassValue(value.scope) if isinstance(value, InstanceValue) else value
                if isinstance(owner, ClassValue) and (text := self.member(owner, expression.name)) is not None:
                    return text
        return None

    # --- calls

    def _called(self, call: s.Call, frame: Frame) -> Iterator[str]:
        if isinstance(call.function, s.Attribute) and (texts := self._method(call, call.function, frame)):
            yield from texts
            return
        callees = self.resolver.evaluate(call.function, frame)
        for callee in callees:
            if isinstance(callee, External) and callee.path in _FUNCTIONS and call.arguments:
                yield from map(_FUNCTIONS[callee.path], self.all(call.arguments[0], frame))
                return
            if isinstance(callee, External) and callee.path == "re.sub" and len(call.arguments) >= 3:
                pattern = self.one(call.arguments[0], frame)
                yield from self._substituted(pattern, call.arguments[1], call.arguments[2], frame)
                return
        for target in called_functions(callees):
            yield from self._returned(target, call, frame)

    def _method(self, call: s.Call, function: s.Attribute, frame: Frame) -> list[str]:
        """The strings that a method of a string or of a compiled pattern returns; empty for other methods."""
        name, arguments = function.name, call.arguments
        if name in _TRANSPARENT:
            return self.all(function.value, frame)
        if name in _WITHOUT_ARGUMENTS and not arguments:
            return [METHODS[name](text) for text in self.all(function.value, frame)]
        if name == "replace" and len(arguments) >= 2:
            old, new = self.one(arguments[0], frame), self.one(arguments[1], frame)
            if old is None or new is None:
                return []
            return [text.replace(old, new) for text in self.all(function.value, frame)]
        if name == "format":
            named = {keyword.name: keyword.value for keyword in call.keywords if keyword.name}
            filled = (
                self._filled(text, _FORMAT_PLACE, arguments, named, frame) for text in self.all(function.value, frame)
            )
            return [text for text in filled if text is not None]
        if name == "join" and len(arguments) == 1 and isinstance(arguments[0], s.Sequence):
            return self._glued(function.value, arguments[0], frame)
        if name == "sub" and len(arguments) >= 2:
            return list(self._substituted(self._pattern(function.value, frame), arguments[0], arguments[1], frame))
        return []

    def _glued(self, separator: s.Expression, parts: s.Sequence, frame: Frame) -> list[str]:
        glue = self.one(separator, frame)
        if glue is None:
            return []
        texts = [found[0] if (found := self._part(part, frame)) else self.hole for part in parts.elements]
        return [] if None in texts else [glue.join(text for text in texts if text is not None)]

    def _pattern(self, expression: s.Expression, frame: Frame) -> str | None:
        for value in self.resolver.evaluate(expression, frame):
            if isinstance(value, External) and value.path == "re.compile()" and value.site is not None:
                return self.one(value.site.call.argument(0, "pattern"), value.site.frame)
        for place, inner in definitions(self.resolver, expression, frame, callers=self.callers):
            if isinstance(place, s.Call) and spelling.dotted(place.function) in {"re.compile", "compile"}:
                return self.one(place.argument(0, "pattern"), inner)
        return None

    def _substituted(
        self, pattern: str | None, replacement: s.Expression, subject: s.Expression, frame: Frame
    ) -> Iterator[str]:
        new = self.one(replacement, frame)
        if pattern is None or new is None:
            return
        for text in self.all(subject, frame):
            try:
                yield re.sub(pattern, new, text)
            except re.error:
                return

    def _returned(self, target: Frame, call: s.Call, frame: Frame) -> Iterator[str]:
        """What a function of the program returns for these arguments."""
        node = target.scope.node
        if not isinstance(node, s.Function):
            return
        known: dict[str, str] = {}
        bound = target.receiver is not None and target.scope.owner is not None
        for parameter in node.parameters:
            actual = self.resolver.actual(target.scope, parameter.name, call, bound=bound)
            if actual is not None and (text := self.one(actual, frame)) is not None:
                known[parameter.name] = text
        inner = replace(self, known=known)
        for expression in returned_expressions(target.scope):
            yield from inner.all(expression, target)
