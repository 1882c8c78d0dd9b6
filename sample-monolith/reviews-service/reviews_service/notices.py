"""A sentence for the next page, kept in a cookie of the client as the service has no session."""

from typing import NamedTuple
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "reviews_notice"


class Notice(NamedTuple):
    """``level`` is the class of its colour: success or error."""

    level: str
    text: str


def leave(answer: Response, level: str, text: str) -> Response:
    value = quote(f"{level}:{text}")
    answer.set_cookie(COOKIE, value, max_age=60, httponly=True, samesite="lax")
    return answer


def waiting(request: Request) -> list[Notice]:
    level, colon, text = unquote(request.cookies.get(COOKIE, "")).partition(":")
    return [Notice(level, text)] if colon else []


def forget(answer: Response) -> None:
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
