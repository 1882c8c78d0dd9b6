"""How the slim tree represents literals, for either parser."""

from __future__ import annotations

from strangler_analyzers.source import syntax as s

MAX_ELEMENTS = 2_000
"""Longer displays are data, not code: only their first elements are kept."""

_MAX_INTEGER = 2**63 - 1


def constant(value: object) -> s.Expression:
    """The slim tree's node for a constant; bytes, huge integers and complex numbers are opaque."""
    if isinstance(value, str):
        # Lone surrogates cannot be encoded; they become replacement characters.
        return s.Constant(value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8"))
    if isinstance(value, bool | float | None):
        return s.Constant(value)
    if isinstance(value, int) and -_MAX_INTEGER <= value <= _MAX_INTEGER:
        return s.Constant(value)
    return s.OPAQUE


def caught(name: str, kind: s.Expression, line: int) -> s.Statement:
    """The declaration that ``except kind as name`` makes of the name; `kind` may be several classes."""
    first, *rest = kind.elements if isinstance(kind, s.Sequence) and kind.elements else (kind,)
    for other in rest:
        first = s.Operation("|", first, other)
    return s.Assign((s.Name(name),), None, first, line)


def cut(count: int, line: int) -> str:
    """The note on a cut display of `count` elements, more than `MAX_ELEMENTS`, that begins at `line`."""
    return f"read {MAX_ELEMENTS} of the {count} elements of the display at line {line}, the rest is left out"


BINARY = frozenset({"-", "*", "/", "//", "**", "@", "<<", ">>", "^"})
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not in"})
UNARY = frozenset({"-", "+", "~"})
_SIGNS = frozenset({"-", "+"})


def operation(operator: str, operands: tuple[s.Expression, ...]) -> s.Expression:
    """An operator that the analysis does not read, but that may run a special method of an operand.

    Constants run no code of the program, so a comparison with one, or a calculation of constants only, is opaque. A
    number with a sign is a literal like the number.
    """
    match operands:
        case (s.Constant(value=int() | float() as number),) if operator in _SIGNS and not isinstance(number, bool):
            return constant(-number if operator == "-" else number)
        case _:
            pass
    constants = sum(isinstance(operand, s.Constant) or operand is s.OPAQUE for operand in operands)
    plain = opaque(list(operands))
    if constants == len(operands) or (constants and operator in {"==", "!="}):
        return plain
    return s.Opaque(plain.parts if isinstance(plain, s.Opaque) else (), operator, operands)


def opaque(parts: list[s.Expression]) -> s.Expression:
    """An expression whose value is unknown; of its parts, only those that call or read an attribute are kept."""
    kept = tuple(part for part in parts if not isinstance(part, s.Name | s.Constant) and part is not s.OPAQUE)
    return s.Opaque(kept) if kept else s.OPAQUE
