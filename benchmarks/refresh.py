"""What it costs to bring a full copy up to date, beside copying it anew.

    python -m benchmarks.refresh [--json] [--rows N] [--rounds N]

A million rows of ten columns and half as many of a child table are copied from one PostgreSQL database to another.
Then one row in a thousand is changed without a word to the journal, and `strangler etl run --refresh` finds and writes
them: the time of a whole process, interpreter and imports included. Bytes are counted apart, by a relay between the
process and the server. Exits with 4 when there is no PostgreSQL. Linux only.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import psycopg

from benchmarks.etl import Place, prepared
from benchmarks.etl_rivals import STRANGLER
from benchmarks.etl_stage import stage
from benchmarks.metric import Metric, as_json
from strangler.model.errors import UnavailableError

_COPY = [*STRANGLER, "etl", "run", "reviews", "--json"]
_REFRESH = [*_COPY, "--refresh"]
_CHANGE = "UPDATE {} SET {} WHERE id % 1000 = {}"


def main(arguments: list[str]) -> int:
    """Measure; 0, or 4 without PostgreSQL."""
    parser = argparse.ArgumentParser(description="Time a refresh beside a copy.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder, stage(options.rows, Path(folder)) as full:
            found = _measured(prepared(full, Path(folder)), options.rounds)
    except UnavailableError as error:
        print(f"skipped: {error}", file=sys.stderr)
        return 4
    print(as_json(found) if options.json else "\n".join(metric.line() for metric in found))
    return 0


def _measured(place: Place, rounds: int) -> list[Metric]:
    wall = Metric("refresh_vs_copy", "copy", "<= 0.5", "s")
    processor = Metric("refresh_processor", "copy", "printed", "s")
    travelled = Metric("refresh_bytes", "copy", "<= 0.01", "MB")
    print(f"load average {os.getloadavg()[0]:.1f} at the start", file=sys.stderr)
    for number in range(rounds):
        with place.stage.target("same-ours") as target:
            environment, project = place.environment(target), place.project("same")
            copied = place.stage.cost(_COPY, environment, project)
            _change(place.source, number)
            refreshed = place.stage.cost(_REFRESH, environment, project)
            wall.add(refreshed.wall, copied.wall)
            processor.add(refreshed.client + refreshed.server, copied.client + copied.server)
    with place.stage.target("same-ours") as target:
        copied, refreshed = _bytes(place, target, _COPY), 0
        _change(place.source, rounds)
        refreshed = _bytes(place, target, _REFRESH)
        travelled.add(refreshed / 1e6, copied / 1e6)
    return [wall, processor, travelled]


def _change(source: str, number: int) -> None:
    with psycopg.connect(source) as connection:
        connection.execute("SET LOCAL strangler.origin = 'apply'")
        connection.execute(_CHANGE.format("review", "title = title || '!'", number).encode())
        connection.execute(_CHANGE.format("vote", "value = value + 1", number).encode())


def _bytes(place: Place, target: str, command: list[str]) -> int:
    """What travels between the process and the two databases, in both directions."""
    with _relayed(place.source) as source, _relayed(target) as of_target:
        environment = {"SOURCE": source.url, "TARGET": of_target.url}
        place.stage.cost(command, environment, place.project("same"))
        return source.counted[0] + of_target.counted[0]


@dataclass(frozen=True, slots=True)
class _Relay:
    """Another address for a database, and how many bytes have passed."""

    url: str
    counted: list[int]


@contextmanager
def _relayed(url: str) -> Generator[_Relay]:
    address = urlsplit(url)
    counted = [0]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
        Thread(target=_accept, args=(server, (address.hostname, address.port or 5432), counted), daemon=True).start()
        yield _Relay(url.replace(f":{address.port}/", f":{port}/"), counted)


def _accept(server: socket.socket, address: tuple[str, int], counted: list[int]) -> None:
    with suppress(OSError):
        while True:
            client, _ = server.accept()
            other = socket.create_connection(address)
            for one, two in ((client, other), (other, client)):
                Thread(target=_pass, args=(one, two, counted), daemon=True).start()


def _pass(one: socket.socket, two: socket.socket, counted: list[int]) -> None:
    with suppress(OSError):
        while data := one.recv(1 << 16):
            counted[0] += len(data)
            two.sendall(data)
        two.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
