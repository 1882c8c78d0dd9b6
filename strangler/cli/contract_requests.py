"""Sends requests to a service under test with httpx, with the headers that its user gives on the command line."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from strangler.contracts.verification.answer import Answer, NoAnswer, Outcome, Request, Send, Silence
from strangler.model.errors import UsageError
from strangler.secret import MASK, Reference, Secret

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_MOST_BYTES = 4 * 1024 * 1024
_SHORTEST_SECRET = 4


@dataclass(frozen=True, slots=True)
class SentHeaders:
    """Headers for every request, whose values are not shown."""

    values: tuple[tuple[str, Secret], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, as given."""
        return tuple(name for name, _ in self.values)

    def unveiled(self, text: str) -> str:
        """The text without the secret values, in case the service repeated one."""
        for _, value in self.values:
            words = [value.reveal(), *value.reveal().split()]
            for word in sorted(words, key=len, reverse=True):
                if len(word) >= _SHORTEST_SECRET:
                    text = text.replace(word, MASK)
        return text


def sent_headers(texts: Sequence[str], environment: Mapping[str, str]) -> SentHeaders:
    """Parse ``NAME: VALUE``, where ``${NAME}`` is taken from the environment; UsageError shows any other text.

    ConfigurationError if the environment lacks a name.
    """
    found: list[tuple[str, Secret]] = []
    for text in texts:
        name, colon, value = text.partition(":")
        resolved = Reference(value.strip(), "--header").resolve(environment)
        if not colon or not _TOKEN.fullmatch(name) or not (resolved.isascii() and resolved.isprintable()):
            raise UsageError("--header is NAME: VALUE", remedy="as in --header 'Authorization: ${TOKEN}'")
        found.append((name, Secret(resolved)))
    return SentHeaders(tuple(found))


def base_url(text: str, option: str) -> str:
    """The address of a service without a slash at its end; UsageError if it is not an address."""
    try:
        parts = urlsplit(text)
        is_address = bool(parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0)
    except ValueError:
        is_address, parts = False, urlsplit("")
    if not is_address or parts.query or parts.fragment or not (text.isascii() and text.isprintable()):
        raise UsageError(f"{option} is http://HOST[:PORT][/PATH]", remedy="as in --url http://127.0.0.1:8100")
    if parts.username is not None:
        raise UsageError(f"{option} must not have a password in it", remedy="send it by --header 'Authorization: ...'")
    return text.rstrip("/")


@contextmanager
def sending(
    url: str, headers: SentHeaders, seconds: float, clock: Callable[[], float] = time.monotonic
) -> Generator[Send]:
    """Yield a function that sends requests to a service; each may take `seconds`, including its whole answer."""
    own = {name: value.reveal() for name, value in headers.values}
    trusted = ssl.create_default_context() if url.startswith("https:") else False
    with httpx.Client(timeout=seconds, trust_env=False, headers=own, follow_redirects=False, verify=trusted) as client:

        def send(request: Request) -> Outcome:
            client.cookies.clear()
            end = clock() + seconds
            try:
                return _sent(client, url, request, lambda: clock() > end)
            except httpx.ConnectError as error:
                return NoAnswer(Silence.UNREACHABLE, str(error))
            except httpx.TimeoutException:
                return _slow(seconds)
            except httpx.HTTPError as error:
                return NoAnswer(Silence.BROKEN, str(error) or type(error).__name__)

        yield send


def _sent(client: httpx.Client, url: str, request: Request, is_over: Callable[[], bool]) -> Outcome:
    address, fields = f"{url}{request.target}", [(name.encode(), value.encode()) for name, value in request.headers]
    with client.stream(request.method, address, headers=fields, content=request.body) as answer:
        body, is_cut = bytearray(), False
        for part in answer.iter_bytes():
            body += part
            if is_over():
                raise httpx.ReadTimeout("the answer did not end")
            if len(body) > _MOST_BYTES:
                is_cut = True
                break
        names = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, names, bytes(body[:_MOST_BYTES]), is_cut)


def _slow(seconds: float) -> NoAnswer:
    return NoAnswer(Silence.SLOW, f"nothing, or not all of it, within {seconds:g} s")
