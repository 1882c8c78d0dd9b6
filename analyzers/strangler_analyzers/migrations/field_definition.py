"""The definition of a field in a Django migration, as far as the map of the models lacks it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from strangler_analyzers.migrations.calls import argument_of, name_of, number_of, text_of


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """Whether values are unique, how many digits stand before and behind the point, and which column has them.

    Digits are (0, 0) and the column is empty where nothing says it.
    """

    unique: bool
    digits: tuple[int, int]
    column: str = ""

    def takes_fewer_digits(self, before: FieldDefinition) -> bool:
        """Whether a number that was accepted before is not accepted any more."""
        return self.digits != (0, 0) and (self.digits[0] < before.digits[0] or self.digits[1] < before.digits[1])


def definition(field: ast.Call) -> FieldDefinition:
    """The definition in the call of a field's class."""
    all_digits, behind = (number_of(argument_of(field, name)) for name in ("max_digits", "decimal_places"))
    keys = (argument_of(field, name) for name in ("unique", "primary_key"))
    unique = name_of(field.func) == "OneToOneField" or any(
        isinstance(key, ast.Constant) and key.value is True for key in keys
    )
    column = text_of(argument_of(field, "db_column"), {}) or ""
    return FieldDefinition(unique, (all_digits - behind, behind) if all_digits else (0, 0), column)


def definitions(calls: Iterator[ast.Call]) -> Iterator[tuple[str, str, FieldDefinition]]:
    """The fields that operations add or change, in order: model in lower case, field, and definition."""
    for call in calls:
        match name_of(call.func):
            case "CreateModel":
                model, fields = _given(call, 0, "name"), argument_of(call, "fields") or (call.args[1:] or [None])[0]
                for pair in fields.elts if isinstance(fields, ast.List) else ():
                    match pair:
                        case ast.Tuple(elts=[ast.Constant(value=str(name)), ast.Call() as field]):
                            yield model.lower(), name, definition(field)
                        case _:
                            pass
            case "AddField" | "AlterField":
                field = argument_of(call, "field") or (call.args[2] if len(call.args) > 2 else None)
                if isinstance(field, ast.Call):
                    yield _given(call, 0, "model_name").lower(), _given(call, 1, "name"), definition(field)
            case _:
                pass


def _given(call: ast.Call, place: int, name: str) -> str:
    return text_of(argument_of(call, name) or (call.args[place] if len(call.args) > place else None), {}) or ""
