"""wrk, a closed-loop generator of load: 64 kept connections that ask for the same prepared requests of every proxy."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import PeerUnavailableError
from benchmarks.pinned_server import Server, pinned

CONNECTIONS = 64
_PREPARED = 1000
_SCRIPT = """
local prepared, at = {{}}, 0
init = function(args)
  for i = 0, {count} - 1 do
    local headers = {{ ["Cookie"] = "sessionid=user" .. i, ["Host"] = "shop.example" }}
    prepared[i] = wrk.format("{method}", "/api/shop" .. (i % {routes}) .. "/" .. i .. "/reviews", headers, {body})
  end
end
request = function()
  at = (at + 1) % {count}
  return prepared[at]
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What a proxy did under load."""

    requests: int
    failed: int
    per_second: float
    cpu_us: float
    """Processor microseconds of the proxy for a request."""
    busy: float
    """The share of the time in which the proxy ran on its core."""


def script(folder: Path, method: str, routes: int) -> Path:
    """Write the script of a thousand users' requests, spread over so many routes; a POST carries 1 KiB."""
    path = folder / f"{method.lower()}-{routes}.lua"
    body = 'string.rep("x", 1024)' if method == "POST" else "nil"
    path.write_text(_SCRIPT.format(count=_PREPARED, method=method, routes=routes, body=body))
    return path


def program() -> str:
    """The path of wrk; PeerUnavailableError where it is not installed."""
    found = shutil.which("wrk")
    if found is None:
        raise PeerUnavailableError("wrk makes the load (Debian: apt install wrk)")
    return found


def load(server: Server, requests: Path, seconds: float, core: int) -> Load:
    """Ask as fast as the proxy answers, and look at the processor time it takes for that."""
    command = [program(), "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", str(requests)]
    command.append(f"http://127.0.0.1:{server.port}")
    used = server.processor_seconds()
    outcome = subprocess.run(pinned(command, core), check=True, capture_output=True, text=True, timeout=seconds + 30)
    used = server.processor_seconds() - used
    return _report(outcome.stdout, used)


def _report(text: str, used: float) -> Load:
    total = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", text)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", text)
    if total is None or rate is None:
        raise ValueError(f"wrk reported: {text}")
    requests, per_second = int(total[1]), float(rate[1])
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    failed = sum(map(int, errors.groups())) if errors else 0
    failed += int(refused[1]) if refused else 0
    if requests == 0:
        return Load(0, failed, 0.0, float("inf"), 0.0)
    return Load(requests, failed, per_second, used / requests * 1e6, used * per_second / requests)
