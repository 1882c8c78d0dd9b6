"""The gateway shows clients who it is, and goes on when it has got another certificate."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest

from strangler.demo.processes import free_port
from strangler.model.errors import ConfigurationError
from strangler.project_reader import load_project
from strangler_gateway.admin.client import AdminClient
from strangler_gateway.process.certificates import Certificates, renew
from tests.gateway.process.test_server import GATEWAY
from tests.gateway.process.test_supervisor import application
from tests.gateway.running import ENVIRONMENT, PROJECT, TOKEN
from tests.gateway.tls.authority import Authority
from tests.waiting import until

TLS = """
[gateway.tls]
certificate = "certificate.pem"
key = "key.pem"
"""
GET = b"GET /who HTTP/1.1\r\nHost: shop.example\r\n\r\n"


class Connection:
    """A client's connection over TLS."""

    def __init__(self, authority: Authority, address: tuple[str, int]) -> None:
        plain = socket.create_connection(address, timeout=20)
        self.secure = authority.client().wrap_socket(plain, server_hostname="127.0.0.1")
        self.number = (self.secure.getpeercert() or {}).get("serialNumber")
        self.protocol = self.secure.selected_alpn_protocol()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.secure.close()

    def get(self) -> bytes:
        """Send a request and return its answer."""
        self.secure.sendall(GET)
        answer = b""
        while not answer.endswith(b"v1"):
            part = self.secure.recv(4096)
            assert part
            answer += part
        return answer


def shown(authority: Authority, port: int) -> object:
    """Return the number of the certificate a new connection is shown."""
    with Connection(authority, ("127.0.0.1", port)) as connection:
        return connection.number


@contextmanager
def running(authority: Authority, v1: str, *options: str) -> Generator[tuple[subprocess.Popen[str], AdminClient, int]]:
    """Run a gateway that shows a certificate of the authority; the last value is its port."""
    port = free_port()
    project = authority.folder / "strangler.toml"
    text = PROJECT.format(v1=v1, v2="http://127.0.0.1:2", share=0) + GATEWAY.format(data=port, admin=free_port()) + TLS
    project.write_text(text, encoding="utf-8")
    arguments = [sys.executable, "-m", "strangler", "gateway", "run", *options, "--config", str(project)]
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env={**os.environ, **ENVIRONMENT})
    assert process.stderr is not None
    try:
        assert process.stderr.readline().startswith("gateway ready: https://127.0.0.1:")
        with AdminClient(load_project(project).gateway.admin[0], TOKEN) as admin:
            yield process, admin, port
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()


BY_ENVOY = pytest.param(("--engine", "envoy"), marks=pytest.mark.envoy, id="envoy")


@pytest.mark.parametrize(
    "options", [pytest.param((), id="one process"), pytest.param(("--workers", "2"), id="two workers"), BY_ENVOY]
)
def test_another_certificate_ends_no_connection(tmp_path: Path, options: tuple[str, ...]) -> None:
    """New connections see it once the gateway was told; those that are open go on; what is wrong changes nothing."""
    authority = Authority(tmp_path)
    tls = authority.issue()
    with application("v1") as v1, running(authority, v1.url, *options) as (process, admin, port):
        address = ("127.0.0.1", port)
        with Connection(authority, address) as first:
            assert b"200 OK" in first.get()
            assert first.protocol == "http/1.1"

            good = tls.certificate.read_bytes()
            tls.certificate.write_bytes(b"no certificate")
            process.send_signal(signal.SIGHUP)
            until(lambda: admin.status().problems != ())
            (problem,) = admin.status().problems
            assert f"{tls.certificate} and {tls.key} cannot be used: " in problem
            assert f"{tmp_path / 'strangler.toml'}:" in problem
            assert shown(authority, port) == first.number

            tls.certificate.write_bytes(good)
            authority.issue()
            process.send_signal(signal.SIGHUP)
            until(lambda: admin.status().problems == ())
            until(lambda: shown(authority, port) != first.number)
            with Connection(authority, address) as second:
                assert second.number != first.number
                assert b"200 OK" in second.get()
            assert b"200 OK" in first.get()


@pytest.mark.parametrize("options", [pytest.param((), id="one process"), BY_ENVOY])
def test_a_certificate_that_was_renewed_is_found_without_being_told(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Whatever renews it need not know the gateway."""
    authority = Authority(tmp_path)
    authority.issue()
    with application("v1") as v1, running(authority, v1.url, *options) as (_, _, port):
        before = shown(authority, port)
        authority.issue()
        until(lambda: shown(authority, port) != before)


def test_who_speaks_no_tls_or_an_old_one_gets_nothing(tmp_path: Path) -> None:
    """And does no harm."""
    authority = Authority(tmp_path)
    authority.issue()
    with application("v1") as v1, running(authority, v1.url) as (_, _, port):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
            plain.sendall(GET)
            assert b"HTTP" not in plain.recv(4096)
        old = authority.client()
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection(("127.0.0.1", port), timeout=20) as plain, pytest.raises((ssl.SSLError, OSError)):
            old.wrap_socket(plain, server_hostname="127.0.0.1")
        with Connection(authority, ("127.0.0.1", port)) as good:
            assert b"200 OK" in good.get()


def test_a_key_of_another_certificate_is_refused_and_the_old_pair_stays(tmp_path: Path) -> None:
    """As while two files are replaced one after the other."""
    authority = Authority(tmp_path)
    tls = authority.issue()
    certificates = Certificates(tls)
    key = tls.key.read_bytes()
    authority.issue()
    tls.key.write_bytes(key)
    with pytest.raises(ConfigurationError, match="key values mismatch"):
        certificates.renew(tls)
    with pytest.raises(ConfigurationError, match="key values mismatch"):
        Certificates(tls)


def test_tls_is_begun_and_ended_by_a_start_only(tmp_path: Path) -> None:
    """Clients that speak the one would meet the other."""
    tls = Authority(tmp_path).issue()
    renew(None, None)
    with pytest.raises(ConfigurationError, match="does not speak TLS until it is started again"):
        renew(None, tls)
    with pytest.raises(ConfigurationError, match="speaks TLS until it is started again"):
        renew(Certificates(tls), None)
