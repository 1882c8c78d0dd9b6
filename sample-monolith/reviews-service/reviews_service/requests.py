"""A request as the endpoints see it: who calls, with which numbers, when."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request

from reviews_service.database import Database
from reviews_service.errors import BadInputError, MissingError, NobodyError
from reviews_service.identity import HEADER, Customer, IdentityCheck
from reviews_service.submission import LARGEST_NUMBER

LARGEST_BODY = 2_621_440
"""Bytes; Django's default."""


@dataclass(frozen=True)
class Service:
    """What all requests share."""

    database: Database
    identity: IdentityCheck
    clock: Callable[[], datetime]


class NumberConvertor(Convertor[int]):
    """Digits in a path; more of them than any number has do not match."""

    regex = "[0-9]{1,100}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", NumberConvertor())


class SlugConvertor(Convertor[str]):
    """A product's name in a path."""

    regex = "[-a-zA-Z0-9_]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("slug", SlugConvertor())


class Call:
    """One request. IdentityError when somebody else signed its identity."""

    def __init__(self, request: Request) -> None:
        self.request = request
        service: Service = request.app.state.service
        self.database = service.database
        self.now = service.clock()
        self.asked_who = False
        self._customer = service.identity.customer(request.headers.get(HEADER))

    @property
    def customer(self) -> Customer | None:
        """Who calls; from here on the answer is for one customer only."""
        self.asked_who = True
        return self._customer

    @property
    def query(self) -> QueryParams:
        return self.request.query_params

    def somebody(self) -> Customer:
        """The customer who calls; NobodyError for visitors."""
        customer = self.customer
        if customer is None:
            raise NobodyError
        return customer

    def number(self, name: str = "number") -> int:
        """A key in the path; MissingError when it is larger than any key."""
        number: int = self.request.path_params[name]
        if number > LARGEST_NUMBER:
            raise MissingError
        return number

    @property
    def has_token(self) -> bool:
        """Whether the client showed a token, and not a session's cookie."""
        return self.request.headers.get("Authorization", "").lower().startswith("token ")

    @property
    def slug(self) -> str:
        return self.request.path_params["slug"]

    def query_number(self, name: str, default: int, highest: int = 10_000) -> int:
        """A number in the query from 1 to ``highest``, the nearest one when it is not."""
        try:
            return min(highest, max(1, int(self.query.get(name, default))))
        except ValueError:
            return default

    def client_address(self) -> str | None:
        """The address of the client, as the first proxy saw it; None when it is none."""
        forwarded = self.request.headers.get("X-Forwarded-For", "").split(",")[0].strip()
        client = self.request.client
        text = forwarded or (client.host if client else "")
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return None
        return None if "%" in text else str(address)

    async def form(self) -> FormData:
        """The fields of a form that was sent."""
        return await self.request.form(max_files=0)

    async def body(self) -> bytes:
        """The whole body; BadInputError when it is larger than the monolith takes."""
        body = bytearray()
        async for chunk in self.request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise BadInputError({"body": "too large"})
        return bytes(body)
