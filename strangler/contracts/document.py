"""A design document: the API and the events of a service, independent of its code.

All types in it are resolved: each is built in, or the full name of a declaration in this document or an imported one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from strangler.contracts.type_reference import NamedType, Type
from strangler.model.json_value import Json
from strangler.model.location import Location
from strangler.model.template import anonymous

HEALTH_PATH, HEALTH_MODEL = "/_internal_/healthcheck", "healthcheck"
"""The path of every service's health check, and the model that it answers with."""


class Kind(StrEnum):
    """The kinds of types that a document declares; the values are the keys they are declared under."""

    ENUMS = "enums"
    MODELS = "models"
    UNIONS = "unions"


class Method(StrEnum):
    """The methods an operation may have (RFC 9110, section 9)."""

    GET = "GET"
    HEAD = "HEAD"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"
    OPTIONS = "OPTIONS"

    @property
    def is_safe(self) -> bool:
        """Whether the method only reads (RFC 9110, section 9.2.1)."""
        return self in {Method.GET, Method.HEAD, Method.OPTIONS}


class ParameterPlace(StrEnum):
    """The part of a request that carries a parameter."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model, a parameter or a header.

    `default` replaces a value that was not sent; None means no default. `minimum` and `maximum` bound a number, the
    length of a string or the count of an array. `deprecation` says what to use instead.
    """

    name: str
    type: Type
    place: Location
    required: bool = True
    default: Json = None
    description: str = ""
    example: Json = None
    annotations: tuple[str, ...] = ()
    deprecation: str | None = None
    minimum: float | None = None
    maximum: float | None = None

    @property
    def must_be_sent(self) -> bool:
        """Whether the sender may not leave it out."""
        return self.required and self.default is None


@dataclass(frozen=True, slots=True)
class EnumValue:
    """One of the texts that an enum allows."""

    name: str
    description: str = ""
    deprecation: str | None = None


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A string that is one of `values`."""

    name: str
    place: Location
    values: tuple[EnumValue, ...]
    description: str = ""
    deprecation: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A JSON object with these fields; readers ignore unknown fields."""

    name: str
    place: Location
    fields: tuple[Field, ...]
    description: str = ""
    deprecation: str | None = None

    def field(self, name: str) -> Field | None:
        """The field with that name, or None."""
        return next((item for item in self.fields if item.name == name), None)


@dataclass(frozen=True, slots=True)
class UnionMember:
    """A model of a union, and the discriminator value that identifies it."""

    type: NamedType
    value: str
    description: str = ""
    deprecation: str | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """One of several models, each carrying the field `discriminator` besides its own."""

    name: str
    place: Location
    discriminator: str
    members: tuple[UnionMember, ...]
    description: str = ""
    deprecation: str | None = None


Declaration: TypeAlias = Enumeration | Model | Union


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of a request that is not in its body."""

    field: Field
    within: ParameterPlace

    @property
    def key(self) -> str:
        """The name that identifies it; header names are case-insensitive (RFC 9110, section 5.1)."""
        return self.field.name.lower() if self.within is ParameterPlace.HEADER else self.field.name


@dataclass(frozen=True, slots=True)
class Response:
    """What an operation answers with one status; `type` is ``unit`` if there is no body."""

    status: str
    type: Type
    place: Location
    description: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """Something that a document uses of another one, whose namespace it gives.

    `name` is an operation (``GET /products/{id}``, where the names of parameters do not matter) or a union of events
    (``product_event``).
    """

    namespace: str
    name: str
    place: Location

    def __str__(self) -> str:
        return f"{self.namespace} {self.name}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `path` is complete and includes the path of the resource.

    `calls` are the operations of other services that it waits for before it answers, one after the other unless
    `concurrent`; None means that the document does not say. `p99` is the target for the 99th percentile of the latency
    in milliseconds; None means no target.
    """

    method: Method
    path: str
    place: Location
    parameters: tuple[Parameter, ...] = ()
    body: Type | None = None
    responses: tuple[Response, ...] = ()
    description: str = ""
    deprecation: str | None = None
    calls: tuple[Used, ...] | None = None
    concurrent: bool = False
    p99: float | None = None

    @property
    def name(self) -> str:
        """The method and the path: ``GET /reviews/{id}``."""
        return f"{self.method} {self.path}"

    @property
    def request(self) -> str:
        """What must be unique within a document: ``GET /reviews/{}``."""
        return anonymous(self.name)

    def response(self, status: str) -> Response | None:
        """The response declared for exactly that status, or None."""
        return next((item for item in self.responses if item.status == status), None)


@dataclass(frozen=True, slots=True)
class Resource:
    """The operations on one type."""

    type: NamedType
    place: Location
    operations: tuple[Operation, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class EventStream:
    """Where the events of a union are published; the suffix of `name` gives their format (``.json``)."""

    type: NamedType
    name: str
    place: Location
    description: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document; `file` is its path as a user would write it.

    Its service `calls` operations and `follows` events of other services.
    """

    file: str
    name: str
    namespace: str
    version: str
    place: Location
    description: str = ""
    imports: tuple[str, ...] = ()
    headers: tuple[Field, ...] = ()
    enums: tuple[Enumeration, ...] = ()
    models: tuple[Model, ...] = ()
    unions: tuple[Union, ...] = ()
    resources: tuple[Resource, ...] = ()
    events: tuple[EventStream, ...] = ()
    calls: tuple[Used, ...] = ()
    follows: tuple[Used, ...] = ()

    @property
    def operations(self) -> Iterator[Operation]:
        """The operations of all resources."""
        return (operation for resource in self.resources for operation in resource.operations)

    @property
    def declarations(self) -> Iterator[tuple[str, Declaration]]:
        """Every declared type with its full name."""
        for item in (*self.enums, *self.models, *self.unions):
            yield full_name(self.namespace, kind_of(item), item.name), item


def kind_of(declaration: Declaration) -> Kind:
    """The kind a type is declared as."""
    match declaration:
        case Enumeration():
            return Kind.ENUMS
        case Model():
            return Kind.MODELS
        case Union():
            return Kind.UNIONS


def full_name(namespace: str, kind: Kind, name: str) -> str:
    """``shop.reviews.v0``, models, ``review`` -> ``shop.reviews.v0.models.review``."""
    return f"{namespace}.{kind}.{name}"
