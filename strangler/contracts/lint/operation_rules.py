"""Rules about resources, operations and the health check."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from strangler.contracts.document import (
    HEALTH_MODEL,
    HEALTH_PATH,
    Document,
    Field,
    Method,
    Operation,
    Parameter,
    ParameterPlace,
    Response,
)
from strangler.contracts.lint.finding import Company, Finding
from strangler.contracts.type_reference import (
    STRING,
    UNIT,
    ArrayType,
    Type,
    innermost,
    short_text,
)
from strangler.model.design import DesignRule
from strangler.model.quantity import quantity

LIST_PARAMETERS = ("id", "limit", "offset", "sort")
ERROR_FIELDS = ("code", "messages")
_SEGMENT = re.compile(r"(?:[a-z0-9_.~-]|\{[A-Za-z_][A-Za-z0-9_]*\})*")
_STANDARD: Mapping[Method, tuple[frozenset[str], ...]] = {
    Method.GET: (frozenset({"200"}),),
    Method.POST: (frozenset({"201", "200", "202", "204"}), frozenset({"422"})),
    Method.PUT: (frozenset({"200", "201", "204"}), frozenset({"422"})),
    Method.PATCH: (frozenset({"200", "204"}), frozenset({"422"})),
    Method.DELETE: (frozenset({"204", "200", "202"}),),
}
"""For each method, sets of statuses; one of each set must be declared, and 404 if the path has a parameter."""


def check_health(document: Document, company: Company) -> Iterator[Finding]:
    """Every service answers ``GET /_internal_/healthcheck`` with a healthcheck whose status is a string."""
    if document.file not in company.library.services.values():
        return
    operation = next((item for item in document.operations if item.name == f"GET {HEALTH_PATH}"), None)
    response = operation.response("200") if operation else None
    model = company.library.model(response.type) if response else None
    status = model.field("status") if model else None
    if model is None or model.name != HEALTH_MODEL or status is None or status.type != STRING:
        yield Finding(
            operation.place if operation else document.place,
            DesignRule.HEALTH_CHECK,
            HEALTH_PATH,
            f"there is no GET {HEALTH_PATH} that answers 200 with the model {HEALTH_MODEL}, whose status is a string",
            "add the standard resource, as docs/design.md shows it",
        )


def check_paths(document: Document) -> Iterator[Finding]:
    """Paths are in lower case and have no slash at the end."""
    for operation in document.operations:
        path = operation.path
        if path != "/" and path.endswith("/"):
            yield Finding(
                operation.place, DesignRule.TRAILING_SLASH, operation.name, f"{path} ends with /", "leave it out"
            )
        if not all(_SEGMENT.fullmatch(segment) for segment in path.split("/")):
            yield Finding(
                operation.place,
                DesignRule.PATH_CASE,
                operation.name,
                f"{path} is not in lower case",
                f"write {path.lower()}",
            )


def check_parameters(document: Document, company: Company) -> Iterator[Finding]:
    """All lists take the same parameters, and everything in a request is bounded."""
    for resource in document.resources:
        model = company.library.model(resource.type)
        for operation in resource.operations:
            yield from _check_list(operation)
            for item in operation.parameters:
                yield from _check_bound(operation, item)
                key = model.field(item.field.name) if model and item.within is ParameterPlace.PATH else None
                if key is not None and key.type != item.field.type:
                    yield Finding(
                        item.field.place,
                        DesignRule.PATH_PARAMETER,
                        f"{operation.name} {item.field.name}",
                        f"{item.field.name} is {short_text(item.field.type)} in the path, and"
                        f" {short_text(key.type)} in {resource.type.short}",
                        _same_type(item, key, resource.type.short),
                    )


def _same_type(parameter: Parameter, key: Field, model: str) -> str:
    """The remedy for two types of one key: the more precise one, where one of them is only a text."""
    if key.type == STRING:
        told = short_text(parameter.field.type)
        return f"make it {told} in {model}, if every one is; else string in the path"
    return f"make it {short_text(key.type)}"


def _check_list(operation: Operation) -> Iterator[Finding]:
    response = operation.response("200")
    if operation.method is not Method.GET or response is None or not isinstance(response.type, ArrayType):
        return
    names = [item.field.name for item in operation.parameters if item.within is ParameterPlace.QUERY]
    found = tuple(name for name in names if name in LIST_PARAMETERS)
    if found != LIST_PARAMETERS:
        has = ", ".join(found) or "none of them"
        yield Finding(
            operation.place,
            DesignRule.LIST_PARAMETERS,
            operation.name,
            f"{operation.name} answers a list and must have {', '.join(LIST_PARAMETERS)}, in this order; it has {has}",
            "add what is missing, and order them",
        )
    limit = next((item.field for item in operation.parameters if item.field.name == "limit"), None)
    if limit is not None and (limit.maximum is None or limit.default is None):
        yield Finding(
            limit.place,
            DesignRule.LIMIT_BOUND,
            operation.name,
            f"limit of {operation.name} has no {'maximum' if limit.maximum is None else 'default'}",
            "give it both: default: 25, maximum: 100",
        )


def _check_bound(operation: Operation, item: Parameter) -> Iterator[Finding]:
    if isinstance(item.field.type, ArrayType) and item.field.maximum is None:
        yield Finding(
            item.field.place,
            DesignRule.ARRAY_BOUND,
            f"{operation.name} {item.field.name}",
            f"{item.field.name} of {operation.name} is an array with no maximum",
            "say how many there may be: maximum: 100",
        )


def check_responses(document: Document, company: Company) -> Iterator[Finding]:
    """Operations declare the statuses that their method requires, and errors have one shape."""
    for operation in document.operations:
        if operation.path == HEALTH_PATH:
            continue
        statuses = {item.status for item in operation.responses}
        wanted = [*_STANDARD.get(operation.method, ())]
        if any(item.within is ParameterPlace.PATH for item in operation.parameters):
            wanted.append(frozenset({"404"}))
        missing = [" or ".join(sorted(choice)) for choice in wanted if not choice & statuses]
        if missing:
            yield Finding(
                operation.place,
                DesignRule.RESPONSES,
                operation.name,
                f"{operation.name} does not say what it answers with {', '.join(missing)}",
                "add it to responses; unit is an answer without a body",
            )
    yield from _check_errors(document, company)


def _check_errors(document: Document, company: Company) -> Iterator[Finding]:
    """Report each type that is not an error type of the company once, at the first response that has it."""
    uses: dict[Type, list[tuple[Operation, Response]]] = {}
    for operation in document.operations:
        for response in operation.responses:
            is_error = response.status.startswith(("4", "5")) and (response.type != UNIT or response.status == "422")
            if is_error and not _is_error(response.type, company):
                uses.setdefault(response.type, []).append((operation, response))
    for type_, found in uses.items():
        operation, response = found[0]
        others = f", and {quantity(len(found) - 1, 'other answer')}" if len(found) > 1 else ""
        verb = "are" if others else "is"
        yield Finding(
            response.place,
            DesignRule.ERROR_MODEL,
            f"{document.name} {short_text(type_)}",
            f"{response.status} of {operation.name}{others} {verb} {short_text(type_)}, which has no"
            f" {' and '.join(ERROR_FIELDS)}",
            "answer with the company's error model",
        )


def _is_error(type_: Type, company: Company) -> bool:
    model = company.library.model(type_)
    return model is not None and {*ERROR_FIELDS} <= {field.name for field in model.fields}


def check_bodies(document: Document, company: Company) -> Iterator[Finding]:
    """Methods that ignore a body have none; a body that is stored is a form, not the model that is answered."""
    for operation in document.operations:
        if operation.body is None:
            continue
        if operation.method.is_safe or operation.method is Method.DELETE:
            yield Finding(
                operation.place,
                DesignRule.BODY,
                operation.name,
                f"{operation.name} has a body",
                "use parameters, or POST",
            )
        model = company.library.model(innermost(operation.body))
        answered = {innermost(item.type).name for item in operation.responses if item.status.startswith("2")}
        if model is not None and innermost(operation.body).name in answered:
            yield Finding(
                operation.place,
                DesignRule.FORM,
                operation.name,
                f"{operation.name} takes the model {model.name}, which it answers with",
                f"take a model {model.name}_form, without what the service sets itself",
            )
