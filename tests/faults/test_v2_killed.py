"""v2 of a service is killed while half of the readers are on it: none of them notices."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from strangler.demo.processes import free_port
from strangler.project_reader import load_project
from tests.gateway.process.test_server import GATEWAY, process
from tests.gateway.running import PROJECT

pytestmark = pytest.mark.faults

READERS = 16
READS = 1_500
APPLICATION = """
import asyncio, sys
async def serve(reader, writer):
    name = sys.argv[2].encode()
    try:
        while await reader.readuntil(b"\\r\\n\\r\\n"):
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n" + name)
            await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    print("up", flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@contextmanager
def application(port: int, name: str) -> Generator[subprocess.Popen[str]]:
    """Run an application that says its name, in a process of its own."""
    arguments = [sys.executable, "-c", APPLICATION, str(port), name]
    running = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        assert running.stdout.readline() == "up\n"
        yield running
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def test_no_read_fails(tmp_path: Path) -> None:
    """Killed with SIGKILL at 50 %, begun anew, killed once more; then both sides are gone and the answer is clear."""
    ports = {"v1": free_port(), "v2": free_port()}
    path = tmp_path / "strangler.toml"
    text = PROJECT.format(v1=f"http://127.0.0.1:{ports['v1']}", v2=f"http://127.0.0.1:{ports['v2']}", share=50)
    path.write_text(text + GATEWAY.format(data=free_port(), admin=free_port()), encoding="utf-8")
    answers: Counter[tuple[int, str]] = Counter()
    lock = threading.Lock()
    with ExitStack() as stack:
        v1 = stack.enter_context(application(ports["v1"], "v1"))
        gateway, _ = stack.enter_context(process(path))
        assert gateway.stderr is not None
        # A log that nobody reads would hold the gateway up.
        threading.Thread(target=gateway.stderr.read, daemon=True).start()
        url = f"http://{load_project(path).gateway.listen}"

        def read(reader: int) -> None:
            with httpx.Client(base_url=url, trust_env=False) as client:
                for number in range(READS // READERS):
                    response = client.get("/reviews", headers={"X-User": f"{reader}-{number}"})
                    with lock:
                        answers[response.status_code, response.text] += 1

        with ThreadPoolExecutor(READERS) as pool:
            for _ in range(2):
                with application(ports["v2"], "v2") as v2:
                    before = answers[200, "v2"]
                    readers = [pool.submit(read, reader) for reader in range(READERS)]
                    while answers[200, "v2"] < before + READS // 8:
                        assert not all(one.done() for one in readers)
                    v2.kill()
                    for one in readers:
                        one.result()
        print(answers)  # noqa: T201 - shown with -rP
        assert set(answers) == {(200, "v1"), (200, "v2")}
        v1.kill()
        v1.wait()
        response = httpx.get(f"{url}/reviews", trust_env=False)
    assert response.status_code == 502
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "1"
