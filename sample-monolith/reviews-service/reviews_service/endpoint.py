"""An address with its methods; what goes wrong becomes an answer."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from reviews_service.errors import ReviewsError
from reviews_service.requests import Call

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

Handler = Callable[[Call], Awaitable[Response]]
Guard = Callable[[Call], object]


class Endpoint(ABC):
    """An ASGI application for one route.

    ``guard`` is asked before the method is looked at. ``is_view`` copies the monolith's class-based
    views, which answer HEAD and OPTIONS, too; its functions answer what they list.
    """

    def __init__(
        self, handlers: Mapping[str, Handler], guard: Guard | None = None, *, is_view: bool = False
    ) -> None:
        self._handlers = dict(handlers)
        self._guard = guard
        if is_view:
            self._handlers["OPTIONS"] = options
        if is_view and "GET" in handlers:
            self._handlers["HEAD"] = handlers["GET"]
        self._allowed = ", ".join(method for method in ORDER if method in self._handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self.answer(Call(Request(scope, receive)))
        await answer(scope, receive, send)

    async def answer(self, call: Call) -> Response:
        method = call.request.method
        try:
            if self._guard is not None:
                self._guard(call)
            if method in self._handlers:
                answer = await self._handlers[method](call)
            else:
                answer = self.not_allowed()
        except ReviewsError as problem:
            answer = self.refusal(call, problem)
        if answer.status_code == 405 or method == "OPTIONS":
            answer.headers["Allow"] = self._allowed
        if call.asked_who and not call.has_token:
            answer.headers["Vary"] = "Cookie"
        return answer

    @abstractmethod
    def refusal(self, call: Call, problem: ReviewsError) -> Response:
        """The answer to ``problem``; raises it again when it is not about this request."""

    @abstractmethod
    def not_allowed(self) -> Response:
        """The answer to a method that is not here."""


async def options(_: Call) -> Response:
    return Response(media_type="text/html; charset=utf-8")


def writers(call: Call) -> None:
    """Only customers change anything: NobodyError."""
    if call.request.method not in SAFE_METHODS:
        call.somebody()
