"""The operations of an OpenAPI document: paths, methods, and the names of the functions that answer.

https://spec.openapis.org/oas/v3.0.3#paths-object, and the extensions of connexion:
https://connexion.readthedocs.io/en/latest/routing.html, https://connexion.readthedocs.io/en/latest/security.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from strangler_analyzers.frameworks.connexion.document_tree import Tree, items_of, mapping_of, text_of, tree_of

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_CONTROLLERS = ("x-openapi-router-controller", "x-swagger-router-controller")
_SECURITY = ("x-tokenInfoFunc", "x-basicInfoFunc", "x-bearerInfoFunc", "x-apikeyInfoFunc")
_VARIABLE = re.compile(r"\{([^{}]*)\}")
MAX_REFERENCES = 8
"""The longest chain of ``$ref`` that is followed."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path. `path` is as the document spells it, `template` as a route has it."""

    path: str
    template: str
    method: str
    operation_id: str | None
    controller: str | None
    security: tuple[str, ...]
    """The dotted names of the functions that check who asks."""


@dataclass(frozen=True, slots=True)
class OpenApi:
    """What a document says of an application; `base_path` is without a slash at the end."""

    base_path: str
    operations: tuple[Operation, ...]


def openapi_of(text: str) -> OpenApi:
    """What a document says. Raises DocumentError if it cannot be read."""
    root = mapping_of(tree_of(text))
    return OpenApi(_base_path(root), tuple(_operations(root)))


def _base_path(root: Mapping[str, Tree]) -> str:
    if (given := text_of(root.get("basePath"))) is not None:
        return given.rstrip("/")
    for server in items_of(root.get("servers")):
        described = mapping_of(server)
        variables = mapping_of(described.get("variables"))

        def default(match: re.Match[str], variables: Mapping[str, Tree] = variables) -> str:
            return text_of(mapping_of(variables.get(match[1])).get("default")) or ""

        url = _VARIABLE.sub(default, text_of(described.get("url")) or "")
        try:
            return urlsplit(url).path.rstrip("/")
        except ValueError:
            return ""
    return ""


def _operations(root: Mapping[str, Tree]) -> Iterator[Operation]:
    for path, given in mapping_of(root.get("paths")).items():
        item = mapping_of(_referred(root, given))
        if not path.startswith("/"):
            continue
        for method in _METHODS:
            if isinstance(described := item.get(method), dict):
                yield Operation(
                    path,
                    _template(path, _types(root, item, described)),
                    method.upper(),
                    text_of(described.get("operationId")),
                    next((name for key in _CONTROLLERS if (name := text_of(described.get(key)))), None),
                    tuple(dict.fromkeys(_security(root, described))),
                )


def _referred(root: Mapping[str, Tree], tree: Tree | None) -> Tree | None:
    """The part of the document that ``{"$ref": "#/a/b"}`` names; other files are not read."""
    for _ in range(MAX_REFERENCES):
        reference = text_of(mapping_of(tree).get("$ref"))
        if reference is None or not reference.startswith("#/"):
            break
        tree = root if isinstance(root, dict) else None
        for part in reference[2:].split("/"):
            tree = mapping_of(tree).get(part.replace("~1", "/").replace("~0", "~"))
    return tree


def _types(root: Mapping[str, Tree], *holders: Mapping[str, Tree]) -> dict[str, str]:
    """The types of parameters in the path; OpenAPI 3 has them in a schema, and a path as its format."""
    found: dict[str, str] = {}
    for holder in holders:
        for given in items_of(holder.get("parameters")):
            parameter = mapping_of(_referred(root, given))
            schema = mapping_of(_referred(root, parameter.get("schema")))
            name = text_of(parameter.get("name"))
            if name is not None and parameter.get("in") == "path":
                declared = (parameter, schema)
                is_path = any("path" in (each.get("type"), each.get("format")) for each in declared)
                found[name] = "path" if is_path else ""
    return found


def _template(path: str, types: Mapping[str, str]) -> str:
    """The path with names as Python's arguments have them, ``{pet-id}`` as ``{pet_id}``."""

    def variable(match: re.Match[str]) -> str:
        suffix = ":path" if types.get(match[1]) == "path" else ""
        return f"{{{match[1].replace('-', '_')}{suffix}}}"

    return _VARIABLE.sub(variable, path)


def _security(root: Mapping[str, Tree], operation: Mapping[str, Tree]) -> Iterator[str]:
    """The functions of the schemes that an operation requires, else the document."""
    schemes = mapping_of(mapping_of(root.get("components")).get("securitySchemes")) or mapping_of(
        root.get("securityDefinitions")
    )
    for requirement in items_of(operation.get("security", root.get("security"))):
        for name in mapping_of(requirement):
            scheme = mapping_of(_referred(root, schemes.get(name)))
            yield from (function for key in _SECURITY if (function := text_of(scheme.get(key))) is not None)
