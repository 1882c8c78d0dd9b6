"""A generator of load that asks at its own times, whether or not the answers come.

    python -m benchmarks.open_loop PORT RATE SECONDS SEED

Requests fall due at random (exponential gaps of a seeded generator) and take the first connection that is free. The
time of a request runs from when it was due, so that a proxy that stalls is charged for all that had to wait meanwhile.
Prints the 99th percentile in milliseconds.
"""

from __future__ import annotations

import random
import select
import socket
import sys
import time

from benchmarks.gateway_rivals import BODY
from benchmarks.wrk import CONNECTIONS

_GRACE_S = 10.0
_ROUTES = 500
_PREPARED = 1000


def latencies(port: int, rate: float, seconds: float, seed: int) -> list[float]:
    """The seconds every request took; one that was not answered took until the end."""
    requests = [_request(number) for number in range(_PREPARED)]
    due = _arrivals(rate, seconds, seed)
    loop = _Connections(port)
    begun = time.perf_counter()
    end = begun + seconds + _GRACE_S
    sent, answered = 0, list[float]()
    pending = dict[int, float]()
    while len(answered) < len(due) and (now := time.perf_counter()) < end:
        while loop.idle and sent < len(due) and begun + due[sent] <= now:
            pending[loop.send(requests[sent % _PREPARED])] = begun + due[sent]
            sent += 1
        wait = 1.0 if sent == len(due) or not loop.idle else begun + due[sent] - now
        answered += [time.perf_counter() - pending.pop(done) for done in loop.answered(max(wait, 0.0))]
    lost = [*pending.values(), *(begun + moment for moment in due[sent:])]
    return answered + [end - moment for moment in lost]


class _Connections:
    """Kept connections, those that carry no request in `idle`."""

    def __init__(self, port: int) -> None:
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
        self._by_file = {each.fileno(): each for each in self._sockets}
        self._received = dict.fromkeys(self._by_file, b"")
        self._poll = select.epoll()
        for each in self._sockets:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poll.register(each, select.EPOLLIN)
        self.idle = list(self._by_file)

    def send(self, request: bytes) -> int:
        file = self.idle.pop()
        self._by_file[file].sendall(request)
        return file

    def answered(self, wait: float) -> list[int]:
        """The connections whose response is complete; ConnectionError when a proxy closes one."""
        return [file for file, _ in self._poll.poll(wait) if self._complete(file)]

    def _complete(self, file: int) -> bool:
        data = self._by_file[file].recv(65536)
        if not data:
            raise ConnectionError("the proxy has closed a connection")
        received = self._received[file] + data
        head = received.find(b"\r\n\r\n")
        if head < 0 or len(received) < head + 4 + BODY:
            self._received[file] = received
            return False
        self._received[file] = b""
        self.idle.append(file)
        return True


def _arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    gaps, moment, found = random.Random(seed), 0.0, list[float]()
    while (moment := moment + gaps.expovariate(rate)) < seconds:
        found.append(moment)
    return found


def _request(number: int) -> bytes:
    path = f"/api/shop{number % _ROUTES}/{number}/reviews"
    return f"GET {path} HTTP/1.1\r\nHost: shop.example\r\nCookie: sessionid=user{number}\r\n\r\n".encode()


def main(port: str, rate: str, seconds: str, seed: str) -> None:
    """Print the 99th percentile."""
    taken = sorted(latencies(int(port), float(rate), float(seconds), int(seed)))
    print(taken[int(len(taken) * 0.99)] * 1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
