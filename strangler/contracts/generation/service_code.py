"""All files of a service, as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

from strangler.contracts.document import Document
from strangler.contracts.generation.blueprint import Blueprint
from strangler.contracts.generation.client_module import client_module
from strangler.contracts.generation.events_module import events_module
from strangler.contracts.generation.models_module import models_module
from strangler.contracts.generation.operations_module import operations_module, problems_module
from strangler.contracts.generation.port_module import port_module
from strangler.contracts.generation.python_text import docstring, literal
from strangler.contracts.generation.routes_module import app_module, routes_module
from strangler.contracts.generation.stamp import stamped
from strangler.contracts.generation.tables import tables
from strangler.contracts.generation.tests_module import tests_module
from strangler.contracts.generation.written_once import written_once
from strangler.contracts.meaning_hash import meaning_hash
from strangler.model.generated_code import FOLDER as GENERATED

RUNTIME = "strangler.contracts.generation.runtime"
_RUNTIME_MODULES = (
    "application",
    "call",
    "connection",
    "fence",
    "health",
    "operation",
    "reply",
    "scalars",
    "sent_values",
)


@dataclass(frozen=True, slots=True)
class ServiceCode:
    """Files by their paths in the service's folder: those regenerated each time, and those written once."""

    package: str
    document: str
    generated: Mapping[PurePosixPath, str]
    once: Mapping[PurePosixPath, str]


def service_code(blueprint: Blueprint) -> ServiceCode:
    """The code of a document; ConfigurationError if a default does not fit its type."""
    document = meaning_hash(blueprint.document, blueprint.library, blueprint.needed)
    own = f"{blueprint.package}.{GENERATED}"
    modules = {
        "__init__": _package(blueprint.document, document),
        **{name: _runtime(name, own) for name in _RUNTIME_MODULES},
        "app": app_module(blueprint, own),
        "async_client": client_module(blueprint, own, is_async=True),
        "client": client_module(blueprint, own, is_async=False),
        "events": events_module(blueprint, own),
        "models": models_module(blueprint, own),
        "operations": operations_module(blueprint, own),
        "port": port_module(blueprint, own),
        "problems": problems_module(blueprint, own),
        "routes": routes_module(blueprint, own),
    }
    folder, tests = PurePosixPath(blueprint.package, GENERATED), PurePosixPath("tests", GENERATED)
    generated = {folder / f"{name}.py": text for name, text in modules.items()}
    generated[folder / "tables.sql"] = tables(blueprint)
    generated[tests / "test_api.py"] = tests_module(blueprint, own)
    return ServiceCode(
        blueprint.package,
        document,
        {path: stamped(text, "--" if path.suffix == ".sql" else "#") for path, text in generated.items()},
        written_once(blueprint, own),
    )


def _package(document: Document, hash_: str) -> str:
    lines = [
        *docstring(
            f"The code that strangler generate writes from the document of {document.namespace}: do not edit it."
        ),
        "",
        f"DOCUMENT_SHA256 = {literal(hash_)}",
        '"""The hash of what the document says, whatever its comments and layout."""',
        f"DOCUMENT_VERSION = {literal(document.version)}",
    ]
    return "\n".join([*lines, ""])


def _runtime(name: str, own: str) -> str:
    return files(RUNTIME).joinpath(f"{name}.py").read_text(encoding="utf-8").replace(RUNTIME, own)
