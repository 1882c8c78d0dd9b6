"""Writes ``models.py``: a class for every type of the document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strangler.contracts.document import Enumeration, Model, Union
from strangler.contracts.generation.blueprint import Blueprint, Variant
from strangler.contracts.generation.imports import Imports, module_text
from strangler.contracts.generation.python_text import Group, docstring, lines_of, literal
from strangler.contracts.generation.struct_code import StructCode
from strangler.contracts.generation.type_code import TypeCode
from strangler.contracts.generation.value_code import members_of


def models_module(blueprint: Blueprint, own: str) -> str:
    """The text of the module in the package `own`: enums, then models, then the unions of models."""
    imports = Imports(own)
    structs = StructCode(TypeCode(blueprint, imports, is_models=True))
    declared = [(blueprint.classes[name], blueprint.library.declarations[name], name) for name in blueprint.needed]
    variants = [item for found in blueprint.variants.values() for item in found]
    tags = {item.model: item for item in variants if item.is_model}
    body: list[str] = []
    for name, item, _ in declared:
        if isinstance(item, Enumeration):
            body += ["", "", *_enumeration(name, item, imports)]
    for name, item, full in declared:
        if isinstance(item, Model):
            tag = tags.get(full)
            body += ["", "", *structs.struct(name, item.fields, _about(item), _tag(tag), _discriminator(tag))]
    for variant in variants:
        if not variant.is_model:
            body += ["", "", *_variant(blueprint, structs, variant)]
    unions = [(name, item, full) for name, item, full in declared if isinstance(item, Union)]
    body += [""] if unions else []
    for name, item, full in unions:
        body += ["", *_union(name, item, [found.name for found in blueprint.variants[full]], imports)]
    about = f"The types of {blueprint.document.namespace}, read and written as JSON."
    return module_text(about, imports, body)


def _enumeration(name: str, item: Enumeration, imports: Imports) -> Iterator[str]:
    yield f"class {name}({imports.name('enum', 'StrEnum')}):"
    yield from docstring(_about(item), 4)
    yield ""
    members = members_of(item)
    for value in item.values:
        yield f"    {members[value.name]} = {literal(value.name)}"
        if value.description or value.deprecation:
            yield from docstring(_text(value.description, value.deprecation), 4)


def _variant(blueprint: Blueprint, structs: StructCode, variant: Variant) -> Iterator[str]:
    """The model with the discriminator added; a field of the model with the discriminator's name is left out."""
    model = blueprint.library.declarations[variant.model]
    assert isinstance(model, Model)
    about = f"{model.name} as a type of {variant.union.name}."
    if model.field(variant.union.discriminator) is not None:
        yield from structs.struct(variant.name, model.fields, about, _tag(variant), variant.union.discriminator)
        return
    head = Group(f"class {variant.name}(", (blueprint.classes[variant.model], *_options(_tag(variant))), "):")
    yield from lines_of(head)
    yield from docstring(about, 4)


def _options(tag: tuple[str, str] | None) -> Sequence[str]:
    return ("frozen=True", "kw_only=True", *StructCode.tag_options(tag))


def _union(name: str, item: Union, variants: Sequence[str], imports: Imports) -> Iterator[str]:
    members = " | ".join(variants)
    line = f"{name}: {imports.name('typing', 'TypeAlias')} = {members}"
    if len(line) <= 120:
        yield line
    else:
        yield f"{name}: TypeAlias = ("
        yield f"    {variants[0]}"
        yield from (f"    | {variant}" for variant in variants[1:])
        yield ")"
    yield from docstring(_about(item))


def _tag(variant: Variant | None) -> tuple[str, str] | None:
    return None if variant is None else (variant.union.discriminator, variant.value)


def _discriminator(variant: Variant | None) -> str | None:
    return None if variant is None else variant.union.discriminator


def _about(item: Enumeration | Model | Union) -> str:
    return _text(item.description, item.deprecation) or "Not described."


def _text(description: str, deprecation: str | None) -> str:
    return "\n".join(filter(None, [description, f"Deprecated: {deprecation}" if deprecation is not None else ""]))
