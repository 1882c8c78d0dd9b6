"""Asking the monolith, whatever happens at the same time: nobody is ever taken for somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.identity import IdentityTerms
from strangler_gateway.identity.answer import Answer, UnknownIdentityError
from strangler_gateway.identity.asking import Asking
from strangler_gateway.identity.known import Known
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.transport.errors import UpstreamUnreachableError
from strangler_gateway.transport.request import Request

TERMS = IdentityTerms("/me", most=2, seconds=3, nobody_seconds=1)
CLEARED = [(b"Set-Cookie", b"s=; Max-Age=0")]


class Monolith:
    """Answers with the cookie it was asked with, in the order and at the time a test wants."""

    def __init__(self) -> None:
        self.waiting: list[tuple[bytes, asyncio.Future[Answer]]] = []
        self.asked = 0
        self.sessions: dict[bytes, bytes] = {}

    async def send(self, request: Request) -> Answer:
        """Wait for the test to answer."""
        self.asked += 1
        cookie = dict(request.headers)[b"Cookie"]
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.waiting.append((cookie, future))
        return await future

    def answer(self, which: int = 0, status: int = 200) -> None:
        """Answer one of the questions that wait."""
        cookie, future = self.waiting.pop(which)
        if not future.done():
            future.set_result(Answer(status, [], msgspec.json.encode({"id": cookie.decode()})))


class Clock:
    """Stands still."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def request(cookie: str) -> RequestFacts:
    """Return a request with this cookie."""
    return RequestFacts("GET", "/", ((b"host", b"shop"), (b"cookie", cookie.encode())), "10.0.0.1")


async def ask(asking: Asking, cookie: str) -> object:
    """Return who has this cookie."""
    question = asking.question(request(cookie))
    assert question is not None
    known: Known = await asking.ask(question)
    return known.who


async def turns(count: int = 5) -> None:
    """Let everything run that can."""
    for _ in range(count):
        await asyncio.sleep(0)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(0, 4)),
        st.tuples(st.just("answer"), st.integers(0, 4)),
        st.tuples(st.just("fail"), st.integers(0, 4)),
        st.tuples(st.just("leave"), st.integers(0, 4)),
        st.tuples(st.just("log out"), st.integers(0, 4)),
        st.tuples(st.just("wait"), st.integers(0, 4)),
    ),
    max_size=30,
)


@given(STEPS)
def test_nobody_ever_gets_the_identity_of_another_client(steps: Sequence[tuple[str, int]]) -> None:
    """Under concurrency, evictions, failures, clients that leave, ends of sessions; memory stays bounded."""

    async def story() -> None:
        monolith, clock = Monolith(), Clock()
        asking = Asking(TERMS, monolith.send, clock)
        asked: list[tuple[str, asyncio.Task[object]]] = []
        for step, number in steps:
            cookie = f"s={number}"
            match step:
                case "ask":
                    asked.append((cookie, asyncio.create_task(ask(asking, cookie))))
                case "answer" if monolith.waiting:
                    monolith.answer(number % len(monolith.waiting))
                case "fail" if monolith.waiting:
                    monolith.waiting.pop(0)[1].set_exception(UpstreamUnreachableError("away"))
                case "leave" if asked:
                    asked[number % len(asked)][1].cancel()
                case "log out":
                    asking.changed(request(cookie), CLEARED)
                case _:
                    clock.now += number
            await turns(2)
            assert len(asking.known) <= 2 * TERMS.most
        while monolith.waiting:
            monolith.answer()
            await turns()
        for cookie, task in asked:
            (found,) = await asyncio.gather(task, return_exceptions=True)
            if not isinstance(found, BaseException):
                assert found == {"id": cookie}
            else:
                assert isinstance(found, UnknownIdentityError | asyncio.CancelledError)

    asyncio.run(story())


@pytest.mark.anyio
async def test_a_session_that_ended_is_not_known_any_more() -> None:
    """Neither from an answer of before, nor from one that is on its way while it ends."""
    monolith, clock = Monolith(), Clock()
    asking = Asking(TERMS, monolith.send, clock)
    waiting = asyncio.create_task(ask(asking, "s=1"))
    await turns()
    asking.changed(request("s=1"), CLEARED)
    later = asyncio.create_task(ask(asking, "s=1"))
    await turns()
    assert monolith.asked == 2
    monolith.answer(1, 401)
    monolith.answer(0)
    assert await waiting == {"id": "s=1"}
    assert await later is None
    assert await ask(asking, "s=1") is None


@pytest.mark.anyio
async def test_answers_are_believed_for_a_time_and_those_about_nobody_for_a_shorter_one() -> None:
    """The monolith is asked again afterwards."""
    monolith, clock = Monolith(), Clock()
    asking = Asking(TERMS, monolith.send, clock)
    for cookie, status in (("s=1", 200), ("s=2", 401)):
        task = asyncio.create_task(ask(asking, cookie))
        await turns()
        monolith.answer(0, status)
        await task
    asked: list[int] = []
    for now in (0.9, 1.1, 2.9, 3.1):
        clock.now = now
        tasks = [asyncio.create_task(ask(asking, cookie)) for cookie in ("s=1", "s=2")]
        await turns()
        asked.append(monolith.asked)
        for task in tasks:
            task.cancel()
    assert asked == [2, 3, 3, 4]


@pytest.mark.anyio
async def test_who_invents_credentials_pushes_nobody_out() -> None:
    """Those that are worth nothing have places of their own."""
    monolith, clock = Monolith(), Clock()
    asking = Asking(TERMS, monolith.send, clock)
    for number in range(10):
        task = asyncio.create_task(ask(asking, f"s={number}"))
        await turns()
        monolith.answer(0, 401 if number else 200)
        await task
    assert await ask(asking, "s=0") == {"id": "s=0"}


@pytest.mark.anyio
async def test_a_monolith_that_is_silent_is_not_waited_for_for_ever() -> None:
    """Whoever waits learns that nothing is known."""
    asking = Asking(IdentityTerms("/me", patience=0.01), Monolith().send, Clock())
    with pytest.raises(UnknownIdentityError, match="gave no answer"):
        await ask(asking, "s=1")
