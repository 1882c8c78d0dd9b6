"""A design document: the API and the events of a service, apart from its code.

All types in it are resolved: built-in, or the full name of a declaration of this document or an imported one.
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
"""Where every service says how it is, and with which model."""


class Kind(StrEnum):
    """What a document declares types as, and the key they stand under."""

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
        """Whether it only reads."""
        return self in {Method.GET, Method.HEAD, Method.OPTIONS}


class ParameterPlace(StrEnum):
    """Which part of a request a parameter stands in."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model, a parameter or a header.

    `default` is what stands for a value that was not sent; None for no default. `minimum` and `maximum` limit a number,
    the length of a string, the count of an array. `deprecation` says what to use instead.
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
        """Whether who sends it may not leave it out."""
        return self.required and self.default is None


@dataclass(frozen=True, slots=True)
class EnumValue:
    """One of the texts of an enum."""

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
    """A JSON object with these fields; a reader ignores fields it does not know."""

    name: str
    place: Location
    fields: tuple[Field, ...]
    description: str = ""
    deprecation: str | None = None

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((item for item in self.fields if item.name == name), None)


@dataclass(frozen=True, slots=True)
class UnionMember:
    """A model of a union, and the text by which the discriminator names it."""

    type: NamedType
    value: str
    description: str = ""
    deprecation: str | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """One of several models, each with the field `discriminator` beside its own."""

    name: str
    place: Location
    discriminator: str
    members: tuple[UnionMember, ...]
    description: str = ""
    deprecation: str | None = None


Declaration: TypeAlias = Enumeration | Model | Union


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of a request outside its body."""

    field: Field
    within: ParameterPlace

    @property
    def key(self) -> str:
        """Its name as it is told apart by; the case of a header does not count (RFC 9110, section 5.1)."""
        return self.field.name.lower() if self.within is ParameterPlace.HEADER else self.field.name


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered with a status; `type` is ``unit`` where there is no body."""

    status: str
    type: Type
    place: Location
    description: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """What a document uses of another one, by the namespace of that.

    `name` is an operation (``GET /products/{id}``, where the names of parameters do not count), or a union of events
    (``product_event``).
    """

    namespace: str
    name: str
    place: Location

    def __str__(self) -> str:
        return f"{self.namespace} {self.name}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `path` is the whole of it, with the resource's in front.

    `calls` are the operations of others that it waits for before it answers, one after the other unless `concurrent`;
    None where it does not say. Of 100 answers 99 take less than `p99` milliseconds; None for no target.
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
        """``GET /reviews/{id}``."""
        return f"{self.method} {self.path}"

    @property
    def request(self) -> str:
        """What no other operation of a document may be: ``GET /reviews/{}``."""
        return anonymous(self.name)

    def response(self, status: str) -> Response | None:
        """What is answered with a status."""
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
    """Where the events of a union are published; the end of `name` tells how they are written (``.json``)."""

    type: NamedType
    name: str
    place: Location
    description: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """The whole document; `file` is where it stands, as a user would name it.

    Its service `calls` operations and `follows` events of others.
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
        """Those of all resources."""
        return (operation for resource in self.resources for operation in resource.operations)

    @property
    def declarations(self) -> Iterator[tuple[str, Declaration]]:
        """Every declared type with its full name."""
        for item in (*self.enums, *self.models, *self.unions):
            yield full_name(self.namespace, kind_of(item), item.name), item


def kind_of(declaration: Declaration) -> Kind:
    """What a type is declared as."""
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
