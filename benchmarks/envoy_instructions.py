"""What a request costs Envoy outside the kernel, by hand and by our plan, and which part of ours costs what.

    python -m benchmarks.envoy_instructions [--json]

Valgrind's callgrind counts instructions of the thread that answers, and what its model of a processor misses: in the
first level of the caches, and of branches. Neighbours change nothing of it. `cycles` is what callgrind estimates from
both: an instruction is one, each miss ten. An Envoy takes half a minute of processor time. https://valgrind.org/docs/manual/cl-manual.html

Exits with 4 when valgrind or nginx is missing. Linux only.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.envoys import ROUTES, Prepared, by_hand, ours
from benchmarks.gateway_rivals import Rivals, Upstream
from benchmarks.peers import PeerUnavailableError
from strangler.model.json_value import Json

CONNECTIONS = 16
WARM, COUNTED = 800, 1600
_UP_WITHIN_S = 300.0
"""Of an Envoy under valgrind on a busy machine; and down again."""
_MODEL = ("--cache-sim=yes", "--branch-sim=yes")
_MISSES = ("I1mr", "D1mr", "D1mw", "Bcm", "Bim")
_EVENTS = re.compile(r"^events: (.+)$", re.MULTILINE)
_TOTALS = re.compile(r"^(?:totals|summary): (.+)$", re.MULTILINE)
_REQUEST = "GET /api/shop{shop}/{user}/reviews HTTP/1.1\r\nHost: shop.example\r\nCookie: sessionid=user{user}\r\n\r\n"


def main(arguments: list[str]) -> int:
    """Count; 0, or 4 when something cannot be had."""
    parser = argparse.ArgumentParser(description="Count what a request costs Envoy, by instructions and misses.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if shutil.which("valgrind") is None:
        print("skipped: valgrind counts (Debian: apt install valgrind)", file=sys.stderr)
        return 4
    try:
        found = _counted(options.json)
    except PeerUnavailableError as error:
        print(f"skipped: {error}", file=sys.stderr)
        return 4
    if options.json:
        print(json.dumps(found))
    return 0


def _counted(quiet: bool) -> dict[str, dict[str, int]]:  # noqa: FBT001 - whether lines are printed
    found: dict[str, dict[str, int]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = Rivals(stack, folder).upstream()
        for name, prepare in _VARIANTS.items():
            found[name] = _events(folder, prepare(folder / name.replace(" ", "-"), upstream))
            if not quiet:
                ratio = found[name]["cycles"] / found["by hand"]["cycles"]
                print(f"{name:24}", f"{ratio:.3f} of by hand", found[name], flush=True)
    return found


def _events(folder: Path, prepared: Prepared) -> dict[str, int]:
    """Return the events of a request, once Envoy has answered some."""
    output = folder / f"{prepared.port}.out"
    valgrind = ["valgrind", "--tool=callgrind", "--separate-threads=yes", *_MODEL]
    with (folder / f"{prepared.port}.log").open("wb") as log:
        command = [*valgrind, f"--callgrind-out-file={output}", *prepared.command]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        _await(process, prepared.port)
        _ask(prepared.port, WARM)
        _control(process, "-z")
        _ask(prepared.port, COUNTED)
        _control(process, "-d")
    finally:
        process.terminate()
        process.wait(_UP_WITHIN_S)
    # The first dump, of the thread that has done most since.
    counts = max((_totals(file) for file in folder.glob(f"{output.name}.1-*")), key=lambda counts: counts["Ir"])
    misses = sum(counts[event] for event in _MISSES)
    every = {"instructions": counts["Ir"], "misses": misses, "cycles": counts["Ir"] + 10 * misses}
    return {name: round(number / COUNTED) for name, number in every.items()}


def _totals(file: Path) -> dict[str, int]:
    text = file.read_text()
    events, totals = _EVENTS.search(text), _TOTALS.search(text)
    if events is None or totals is None:
        raise RuntimeError(f"callgrind says no totals in {file}")
    return dict(zip(events[1].split(), map(int, totals[1].split()), strict=False))


def _control(process: subprocess.Popen[bytes], order: str) -> None:
    subprocess.run(["callgrind_control", order, str(process.pid)], check=True, capture_output=True, timeout=60)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _UP_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError as error:
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("Envoy does not start under valgrind") from error
            time.sleep(0.2)
        else:
            # Its clusters come a moment after.
            time.sleep(3)
            return


def _ask(port: int, requests: int) -> None:
    """Let some clients ask at the same time, each on a kept connection, until all of their requests are answered."""
    clients = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(CONNECTIONS)]
    files = [client.makefile("rwb") for client in clients]
    for number in range(0, requests, CONNECTIONS):
        for each, file in enumerate(files, number):
            file.write(_REQUEST.format(shop=each % ROUTES, user=each % 1000).encode())
            file.flush()
        for file in files:
            head = list(iter(file.readline, b"\r\n"))
            if not head[0].startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"answered with {head[0]!r}")
            file.read(next(int(line[15:]) for line in head if line.lower().startswith(b"content-length:")))
    for client in clients:
        client.close()


def _without(*names: str) -> Callable[[Path, Upstream], Prepared]:
    """Return what prepares ours without some fields of its connection manager."""

    def kept(found: dict[str, Json]) -> dict[str, Json]:
        return {name: value for name, value in found.items() if name not in names}

    def changed(written: bytes) -> bytes:
        return json.dumps(json.loads(written, object_hook=kept)).encode()

    return lambda folder, upstream: ours(folder, upstream, changed)


_COUNTS = ("access_log", "access_log_options")
_VARIANTS: dict[str, Callable[[Path, Upstream], Prepared]] = {
    "by hand": by_hand,
    "ours": ours,
    "ours without counts": _without(*_COUNTS),
    "and changed fields": _without(*_COUNTS, "early_header_mutation_extensions"),
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
