"""Writes the fields of a document as msgspec structs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from strangler.contracts.document import Field
from strangler.contracts.generation.python_names import attributes
from strangler.contracts.generation.python_text import Code, Group, call, docstring, keyword, lines_of, literal
from strangler.contracts.generation.type_code import TypeCode, is_decimal, is_local_time
from strangler.contracts.generation.value_code import UnfitValueError, ValueCode
from strangler.contracts.type_reference import ArrayType, BuiltIn, MapType, Type
from strangler.model.errors import ConfigurationError
from strangler.model.json_value import Json


@dataclass(frozen=True)
class StructCode:
    """Writes the structs of one module."""

    types: TypeCode

    def struct(
        self,
        name: str,
        fields: Sequence[Field],
        about: str,
        tag: tuple[str, str] | None = None,
        without: str | None = None,
    ) -> Iterator[str]:
        """A class with these fields; the field named `without` is left out for the discriminator."""
        names = attributes(field.name for field in fields)
        base = self.types.imports.name("msgspec", "Struct")
        yield from lines_of(
            Group(f"class {name}(", (base, "frozen=True", "kw_only=True", *self.tag_options(tag)), "):")
        )
        yield from docstring(about, 4)
        written = [field for field in fields if field.name != without]
        if written:
            yield ""
        for field in written:
            yield from self.field(names[field.name], field.name, field)
        yield from self.checks(names, written)

    @staticmethod
    def tag_options(tag: tuple[str, str] | None) -> Sequence[str]:
        """The class options that tell it apart within its union: the discriminator and its value."""
        return () if tag is None else (f"tag_field={literal(tag[0])}", f"tag={literal(tag[1])}")

    def field(self, name: str, key: str, field: Field) -> Iterator[str]:
        """An attribute; `key` is its name in JSON."""
        yield from lines_of(self._assigned(name, key, field), 4, before=f"{name}: {self.types.of_field(field)}")
        if text := field_text(field):
            yield from docstring(text, 4)

    def _assigned(self, name: str, key: str, field: Field) -> Code:
        """What follows the annotation of an attribute."""
        renamed = [] if key == name else [f"name={literal(key)}"]
        if field.default is not None:
            value, is_changeable = self._default(field), _is_changeable(field.type, field.default, self.types)
            if is_changeable:
                return self._call([*renamed, keyword("default_factory", _led_lambda(value))])
            if renamed:
                return self._call([*renamed, keyword("default", value)])
            return _assigned(value)
        if not field.must_be_sent:
            unset = self.types.imports.name("msgspec", "UNSET")
            return self._call([*renamed, f"default={unset}"]) if renamed else f" = {unset}"
        return self._call(renamed) if renamed else ""

    def _call(self, arguments: Sequence[Code]) -> Code:
        # The class may have a field with that name.
        self.types.imports.module("msgspec")
        return _assigned(call("msgspec.field", arguments))

    def _default(self, field: Field) -> Code:
        assert field.default is not None
        try:
            return ValueCode(self.types).of_field(field, field.default)
        except UnfitValueError as error:
            raise ConfigurationError(
                f"the default of {field.name} does not fit its type: {error}",
                where=str(field.place),
                remedy="write one that does; strangler design lint finds those of enums",
            ) from error

    def checks(self, names: Mapping[str, str], fields: Sequence[Field]) -> Iterator[str]:
        """The checks of decimals and local times, which run once all fields are read or given."""
        decimals = [field for field in fields if is_decimal(field.type)]
        local_times = [field for field in fields if is_local_time(field.type)]
        refused = ["decimals out of their bounds"] if decimals else []
        refused += ["local times with an offset"] if local_times else []
        if not refused:
            return
        yield ""
        yield "    def __post_init__(self) -> None:"
        yield f'        """Refuse {" and ".join(refused)}."""'
        for field in decimals:
            yield from self._check("check_decimals", names, field, self._decimal_bounds(field))
        for field in local_times:
            yield from self._check("check_local_times", names, field)

    def _check(self, check: str, names: Mapping[str, str], field: Field, bounds: Sequence[Code] = ()) -> Iterator[str]:
        function = self.types.imports.sibling("scalars", check)
        yield from lines_of(call(function, [literal(field.name), f"self.{names[field.name]}", *bounds]), 8)

    def _decimal_bounds(self, field: Field) -> Sequence[Code]:
        if isinstance(field.type, ArrayType | MapType):
            return ()
        given = (("minimum", field.minimum), ("maximum", field.maximum))
        return [keyword(key, self._decimal(value)) for key, value in given if value is not None]

    def _decimal(self, value: float) -> Code:
        text = str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
        return call(self.types.imports.name("decimal", "Decimal"), [literal(text)])


def field_text(field: Field) -> str:
    """The description of a field."""
    parts = [field.description] if field.description else []
    parts += [f"Deprecated: {field.deprecation}"] if field.deprecation is not None else []
    parts += ["Personal data."] if "personal_data" in field.annotations else []
    return "\n".join(parts)


def _is_changeable(type_: Type, default: Json, types: TypeCode) -> bool:
    """Whether each object needs a fresh default, or the default refers to a class that is defined further below."""
    if isinstance(type_, ArrayType | MapType):
        return True
    if type_.built_in in {BuiltIn.OBJECT, BuiltIn.JSON}:
        return not isinstance(default, str | int | float)
    return type_.built_in is None and types.blueprint.library.enumeration(type_) is None


def _led_lambda(value: Code) -> Code:
    return f"lambda: {value}" if isinstance(value, str) else Group(f"lambda: {value.begin}", value.items, value.end)


def _assigned(value: Code) -> Code:
    return f" = {value}" if isinstance(value, str) else Group(f" = {value.begin}", value.items, value.end)
