"""Shadow reads: what is read, and what counts as compared."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from strangler.demo.processes import free_port
from strangler.demo.shadow import ShadowReport, read, report_of, sample_targets, settled
from strangler.model.errors import UnavailableError
from strangler_gateway.shadow.comparer import Difference, DifferencePlace, Kind
from strangler_gateway.shadow.counts import ShadowCounts
from strangler_gateway.shadow.ledger import Ledger
from strangler_gateway.shadow.report import Diffs, RouteDiffs

PRICE = Difference(DifferencePlace("body /price", Kind.VALUE), "1", "2")


class Gateway(ThreadingHTTPServer):
    """Answers everything, and notes what it is asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """Answers with nothing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        assert isinstance(self.server, Gateway)
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is that of the base class
        """Stay silent."""


@pytest.fixture
def gateway() -> Generator[Gateway]:
    """Serve in threads of this process."""
    with Gateway() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def diffs(*pairs: tuple[Difference, ...], **counts: int) -> Diffs:
    """Return what a gateway tells of one route."""
    ledger = Ledger()
    for pair in pairs:
        ledger.compared(pair)
    return Diffs({"GET /a": RouteDiffs("reviews", 30, ShadowCounts(**counts), ledger.summary())})


def test_it_is_read_until_enough_was_compared(gateway: Gateway) -> None:
    """The URLs one after the other, and each answered."""
    url = f"http://127.0.0.1:{gateway.server_port}"
    answered = read(url, "token", lambda: len(gateway.asked) >= 20, watch=time.sleep)
    assert answered == len(gateway.asked) == 20
    assert sorted(gateway.asked) == sorted(sample_targets(20))


def test_a_gateway_that_does_not_answer_is_an_error() -> None:
    """The message names the request."""
    with pytest.raises(UnavailableError, match=r"GET /api/products/1/reviews.* was not answered"):
        read(f"http://127.0.0.1:{free_port()}", "token", lambda: False, watch=time.sleep)


def test_routes_are_added_up_and_differences_named() -> None:
    """What could not be compared is told beside it."""
    report = report_of(diffs((), (PRICE,), failed=2, unconfirmed=1))
    assert report == ShadowReport(2, 1, 0, 1, 1, 2, ("body /price (value)",))


def test_the_report_is_read_once_nothing_is_added() -> None:
    """Pairs that differ at first are asked for again after a while."""
    told = iter([diffs(()), diffs((), ()), diffs((), (), ())])
    last = diffs((), (), (), ())
    report = settled(lambda: next(told, last), watch=time.sleep, quiet=0.3)
    assert report.compared == 4


def test_the_sample_has_as_many_urls_as_asked_for_and_no_url_twice() -> None:
    """Lists of every order, reviews and one's own."""
    targets = sample_targets(200)
    assert len(targets) == 200
    assert len({target for target in targets if "/me/" not in target}) == 150
