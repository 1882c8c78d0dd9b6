"""One request that the design document allows, and its answers: what server and client agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

import msgspec

T_co = TypeVar("T_co", covariant=True)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Place(Enum):
    """Which part of a request a parameter stands in."""

    PATH = auto()
    QUERY = auto()
    HEADER = auto()


class Form(Enum):
    """How a parameter is written: numbers, booleans and objects as in JSON, everything else as it is.

    A number is a decimal, which keeps all its digits. Of an array the query has one parameter for each element; in
    paths and headers a comma is between them.
    """

    TEXT = auto()
    NUMBER = auto()
    JSON = auto()
    TEXTS = auto()
    NUMBERS = auto()
    JSONS = auto()

    @property
    def is_array(self) -> bool:
        """Whether there may be any number of it."""
        return self in {Form.TEXTS, Form.NUMBERS, Form.JSONS}

    @property
    def of_one(self) -> Form:
        """How each element of it is written, or itself."""
        return {Form.TEXTS: Form.TEXT, Form.NUMBERS: Form.NUMBER, Form.JSONS: Form.JSON}.get(self, self)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value outside the body; `key` is what it is told apart by in messages."""

    name: str
    key: str
    place: Place
    form: Form


@dataclass(frozen=True, kw_only=True)
class Operation(Generic[T_co]):
    """One method of one path, answered with a `T`.

    `answers` and `problems` are the declared types by status, None where there is no body. A status in neither
    has the type `otherwise`.
    """

    method: str
    path: str
    answers: Mapping[int, object]
    parameters: Sequence[Parameter] = ()
    problems: Mapping[int, object] = field(default_factory=dict[int, object])
    otherwise: object = None

    @property
    def name(self) -> str:
        """``GET /reviews/{id}``."""
        return f"{self.method} {self.path}"

    def declares(self, status: int) -> bool:
        """Whether the document says what an error of this status looks like."""
        return status in self.problems or self.otherwise is not None

    def problem(self, status: int) -> object:
        """The type of the body of an error."""
        return self.problems.get(status, self.otherwise)

    def declared(self, *statuses: int) -> int:
        """The first of these statuses that the document declares; the first of all where it declares none."""
        return next((status for status in statuses if status in self.problems), statuses[0])


def encoded(value: object) -> bytes:
    """A value as JSON; decimals are numbers, with every digit."""
    return _ENCODER.encode(value)


def in_text(value: object, form: Form) -> str:
    """A value as a parameter: texts and times without quotes."""
    data = encoded(value)
    plain: object = msgspec.json.decode(data) if form.of_one is Form.TEXT else None
    return plain if isinstance(plain, str) else data.decode()
