"""Documents of whatever names and texts: what is generated is Python that does what it should, and nothing else."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.contracts.generation.blueprint import Blueprint
from tests.contracts.documents import library_of
from tests.contracts.generation.generated_package import generated_package

_NAMES = (
    *("class", "Class", "None", "none", "def", "self", "body", "int", "str", "list", "dict", "msgspec", "dt", "object"),
    *("_", "__", "__init__", "__dict__", "__struct_fields__", "_1", "a-b", "a_b", "A_B", "aB", "Meta", "UUID", "Any"),
    *("Struct", "Review", "review", "REVIEW", "Exception", "Annotated", "T", "type", "match", "operations", "call"),
    *("Reviews0Port", "encoded", "kind", "code", "messages", "status", "print", "import", "mro", "value", "name"),
)
_TEXTS = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from(
        [
            '"""\nimport os\n"""', "'''", '"', "\\", '\\"""', "\\N{DASH}", "x\\", "${package}", "{name}", "%s",
            "\n    raise SystemExit\n", "\r\nexit()", "\x00", "\u2028", "\U0001f600", "# type: ignore", "*/", "'); --",
        ]
    ),
)  # fmt: skip
_PLAIN = _TEXTS.filter(str.strip)
_SEGMENTS = st.sampled_from(["a", "A", "é", "a.b", "a-b", "²", "'", '"', "\\", "class", "%7B", "(", "$", "*", ":x"])


@st.composite
def hostile_documents(draw: st.DrawFn) -> str:
    """A document that the reader takes."""
    names = draw(
        st.lists(st.sampled_from(_NAMES).filter(lambda name: name != "object"), min_size=4, max_size=8, unique=True)
    )
    enum, union, *models = names
    types = ["string", "integer", "uuid", "[date-iso8601]", "map[decimal]", "json", enum, *models, f"[{union}]"]
    fields: list[dict[str, Any]] = [
        {
            "name": name,
            "type": draw(st.sampled_from(types)),
            "required": False,
            "description": draw(_PLAIN),
            "deprecation": draw(_PLAIN),
        }
        for name in draw(st.lists(st.sampled_from(_NAMES), max_size=6, unique=True))
    ]
    fields.append({"name": "text", "type": "string", "default": draw(_TEXTS)})
    fields.append({"name": "texts", "type": "[string]", "default": [draw(_TEXTS)]})
    values = draw(st.lists(_PLAIN, min_size=1, max_size=4, unique=True))
    path = "".join(f"/{segment}" for segment in draw(st.lists(_SEGMENTS, max_size=3)))
    parameters: list[dict[str, Any]] = [
        {"name": name, "type": draw(st.sampled_from(["string", "[integer]", enum, "json"])), "required": False}
        for name in draw(st.lists(st.sampled_from([*_NAMES, "X-A"]), max_size=4, unique=True))
    ]
    inner = [item for item in parameters if item["name"].isidentifier()][:1]
    for item in inner:
        item.update(required=True, type="string")
    place = "".join(f"/{{{item['name']}}}" for item in inner)
    operations = [
        {
            "method": method,
            **({"path": place} if place else {}),
            "description": draw(_PLAIN),
            "parameters": parameters,
            **({"body": {"type": models[0]}} if method == "POST" else {}),
            "responses": {"200": {"type": models[0]}, "422": {"type": models[-1]}},
        }
        for method in ("GET", "POST", "HEAD")
    ]
    return json.dumps(
        {
            "name": draw(_PLAIN),
            "namespace": "a.v0",
            "version": "0.1.0",
            "description": draw(_PLAIN),
            "enums": {enum: {"values": values, "description": draw(_PLAIN)}},
            "models": {name: {"fields": fields, "description": draw(_PLAIN)} for name in models},
            "unions": {
                union: {
                    "discriminator": draw(
                        st.sampled_from(["discriminator", '"', "\\", *(item["name"] for item in fields[:-2])])
                    ),
                    "types": [{"type": name, "discriminator_value": f"{name}{draw(_PLAIN)}"} for name in models],
                }
            },
            "resources": {models[0]: {**({"path": path} if path else {}), "operations": operations}},
            "events": {union: {"stream": draw(_PLAIN), "description": draw(_PLAIN)}},
        }
    )


@settings(max_examples=25)
@given(hostile_documents())
def test_whatever_a_document_is_called_its_code_is_imported_and_works(text: str) -> None:
    """No name hides another one, no text ends a literal: the models have the texts, the port all operations."""
    library = library_of({"reviews": text}, "reviews")
    with tempfile.TemporaryDirectory() as folder, generated_package(library, Path(folder)) as package:
        blueprint = Blueprint("reviews", library.document("reviews"), library)
        given = json.loads(text)
        for name in given["models"]:
            model = getattr(package.models, blueprint.classes[f"a.v0.models.{name}"])
            written = json.loads(package.operation.encoded(msgspec.json.decode(b"{}", type=model)))
            default = given["models"][name]["fields"][-2]["default"]
            assert written["text"] == default or (default is None and "text" not in written)
        (enum,) = given["enums"]
        values = [str(item) for item in getattr(package.models, blueprint.classes[f"a.v0.enums.{enum}"])]
        assert values == given["enums"][enum]["values"]
        (union,) = given["unions"].values()
        kind = getattr(package.models, blueprint.classes[f"a.v0.unions.{next(iter(given['unions']))}"])
        for member in union["types"]:
            event = {union["discriminator"]: member["discriminator_value"]}
            read = msgspec.json.decode(json.dumps(event), type=kind)
            assert json.loads(package.operation.encoded(read))[union["discriminator"]] == member["discriminator_value"]
        assert len(package.routes.routes(object())) == 3
