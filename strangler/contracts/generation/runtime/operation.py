"""An operation of the design document, with its parameters and answers: what server and clients share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

import msgspec

T_co = TypeVar("T_co", covariant=True)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Place(Enum):
    """The part of a request that carries a parameter."""

    PATH = auto()
    QUERY = auto()
    HEADER = auto()


class Form(Enum):
    """How a parameter is written: numbers, booleans and objects as JSON, everything else as plain text.

    A number is a decimal, which keeps all its digits. An array in the query is one parameter per element; in paths and
    headers its elements are separated by commas.
    """

    TEXT = auto()
    NUMBER = auto()
    JSON = auto()
    TEXTS = auto()
    NUMBERS = auto()
    JSONS = auto()

    @property
    def is_array(self) -> bool:
        """Whether it holds any number of elements."""
        return self in {Form.TEXTS, Form.NUMBERS, Form.JSONS}

    @property
    def of_one(self) -> Form:
        """The form of one element of an array; any other form itself."""
        return {Form.TEXTS: Form.TEXT, Form.NUMBERS: Form.NUMBER, Form.JSONS: Form.JSON}.get(self, self)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value outside the body; `key` identifies it in messages."""

    name: str
    key: str
    place: Place
    form: Form


@dataclass(frozen=True, kw_only=True)
class Operation(Generic[T_co]):
    """One method of one path, answered with a `T`.

    `answers` and `problems` are the declared types by status, None where there is no body. The type of any other status
    is `otherwise`.
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
        """Whether the document declares the shape of an error with this status."""
        return status in self.problems or self.otherwise is not None

    def problem(self, status: int) -> object:
        """The type of the body of an error with this status."""
        return self.problems.get(status, self.otherwise)

    def declared(self, *statuses: int) -> int:
        """The first of these statuses that the document declares, or the first of all if it declares none."""
        return next((status for status in statuses if status in self.problems), statuses[0])


def encoded(value: object) -> bytes:
    """A value as JSON; decimals are written as numbers with all their digits."""
    return _ENCODER.encode(value)


def in_text(value: object, form: Form) -> str:
    """A value as a parameter; texts and times have no quotes."""
    data = encoded(value)
    plain: object = msgspec.json.decode(data) if form.of_one is Form.TEXT else None
    return plain if isinstance(plain, str) else data.decode()
