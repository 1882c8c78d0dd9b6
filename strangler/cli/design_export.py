"""``strangler design export``: a document in formats that other programs read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from strangler.cli.console import console_of
from strangler.cli.design_documents import project_library
from strangler.cli.project_options import Config, ServiceName
from strangler.contracts.document import Document
from strangler.contracts.export.asyncapi import asyncapi
from strangler.contracts.export.json_schema import json_schema
from strangler.contracts.export.openapi import openapi
from strangler.contracts.library import Library
from strangler.model.json_value import JsonObject
from strangler.project_reader import load_project
from strangler.store import write_atomic


class DesignFormat(StrEnum):
    """The formats that a document is exported in."""

    OPENAPI = "openapi"
    ASYNCAPI = "asyncapi"
    JSON_SCHEMA = "json-schema"


_EXPORTS: Mapping[DesignFormat, Callable[[Document, Library], JsonObject]] = {
    DesignFormat.OPENAPI: openapi,
    DesignFormat.ASYNCAPI: asyncapi,
    DesignFormat.JSON_SCHEMA: json_schema,
}


def export(
    context: typer.Context,
    service: ServiceName,
    format_: Annotated[
        DesignFormat, typer.Option("--format", help="OpenAPI 3.1, AsyncAPI 3.0 or JSON Schema 2020-12.")
    ] = DesignFormat.OPENAPI,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where to write it. [default: standard output]")
    ] = None,
    config: Config = Path(),
) -> None:
    """Write a service's document as OpenAPI, AsyncAPI or JSON Schema, in JSON."""
    console = console_of(context)
    library = project_library(load_project(config), (service,))
    exported = _EXPORTS[format_](library.document(service), library)
    if output is None:
        console.json(exported)
        return
    write_atomic(output, msgspec.json.format(msgspec.json.encode(exported), indent=2) + b"\n")
    console.note(f"wrote {output}")
