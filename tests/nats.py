"""A server of NATS JetStream for the whole test run."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.waiting import until


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Run a server for all tests; the value is its URL."""
    with server_of(tmp_path_factory.mktemp("nats")) as url:
        yield url


@contextmanager
def server_of(folder: Path) -> Generator[str]:
    """Run a server that keeps its streams in a folder, and give its URL; at the end it is killed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    program = Path(sys.executable).parent / "nats-server"
    with subprocess.Popen(
        [str(program), "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder), "-l", str(folder / "log")]
    ) as server:
        try:
            until(lambda: _answers(port))
            yield f"nats://127.0.0.1:{port}"
        finally:
            server.kill()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False
