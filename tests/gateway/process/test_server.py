"""The gateway as a process: what it keeps when it is killed, what it does with a file that changes."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from strangler.cli.main import run
from strangler.demo.processes import free_port
from strangler.model.authority import Side
from strangler.model.errors import ConfigurationError
from strangler.project import Address
from strangler.project_reader import load_project
from strangler_gateway.admin.client import AdminClient
from strangler_gateway.process.server import settings
from tests.gateway.running import ENVIRONMENT, PROJECT, TOKEN
from tests.waiting import until

GATEWAY = """
[gateway]
listen = "127.0.0.1:{data}"
admin = ["127.0.0.1:{admin}"]
token = "${{TOKEN}}"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose upstreams do not run."""
    path = tmp_path / "strangler.toml"
    text = PROJECT.format(v1="http://127.0.0.1:1", v2="http://127.0.0.1:2", share=5)
    path.write_text(text + GATEWAY.format(data=free_port(), admin=free_port()), encoding="utf-8")
    return path


@contextmanager
def process(project: Path, *more: str, scheme: str = "http") -> Generator[tuple[subprocess.Popen[str], AdminClient]]:
    """Run a gateway; it takes requests when this yields."""
    arguments = [sys.executable, "-m", "strangler", "gateway", "run", "--config", str(project), *more]
    gateway = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env={**os.environ, **ENVIRONMENT})
    assert gateway.stderr is not None
    try:
        line = gateway.stderr.readline()
        assert line.startswith(f"gateway ready: {scheme}://127.0.0.")
        with AdminClient(load_project(project).gateway.admin[0], TOKEN) as client:
            yield gateway, client
    finally:
        gateway.kill()
        gateway.wait()
        gateway.stderr.close()


def test_takes_more_connections_than_a_process_begins_with(project: Path) -> None:
    """Systems begin with 1,024 files, of which each request takes two: what may be had without asking is taken."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
        try:
            gateway, client = stack.enter_context(process(project))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        address = load_project(project).gateway.admin[0]
        for _ in range(220):
            stack.enter_context(socket.create_connection((address.host, address.port), timeout=5))
        assert client.status().pid == gateway.pid


def audit_of(project: Path) -> list[str]:
    """Return the lines of the project's audit log."""
    return (project.parent / ".strangler" / "audit.jsonl").read_text(encoding="utf-8").splitlines()


def test_a_killed_gateway_comes_back_with_authority_and_shares(project: Path) -> None:
    """SIGKILL right after the confirmation loses nothing; what was not set comes from the file."""
    with process(project) as (gateway, client):
        assert client.shift("reviews", 30).shares["GET,POST /reviews"] == 30
        client.authority("reviews", Side.V2, 7)
        gateway.send_signal(signal.SIGKILL)
        gateway.wait()
    with process(project) as (_, client):
        known = client.status().services["reviews"]
        assert (known.side, known.epoch, known.shares["GET,POST /reviews"]) == (Side.V2, 7, 30)
        project.write_text(project.read_text(encoding="utf-8").replace("v2 = 5", "v2 = 6"), encoding="utf-8")
        until(lambda: client.status().services["reviews"].shares["GET,POST /reviews"] == 6)


def test_a_wrong_file_is_refused_and_the_old_plan_stays(project: Path) -> None:
    """The problems are in the status until the file is right."""
    text = project.read_text(encoding="utf-8")
    with process(project) as (gateway, client):
        plan = client.status().plan
        project.write_text(text + "\nwrong = 1\n", encoding="utf-8")
        gateway.send_signal(signal.SIGHUP)
        until(lambda: client.status().problems != ())
        assert client.status().plan == plan
        project.write_text(text.replace("v2 = 5", "v2 = 50"), encoding="utf-8")
        gateway.send_signal(signal.SIGHUP)
        until(lambda: client.status().plan != plan)
        assert client.status().problems == ()


def test_the_gateway_ends_in_good_order_when_it_is_told_to(project: Path) -> None:
    """Exit status 0; it answered for an application that is not there until then."""
    with process(project) as (gateway, _):
        listen = load_project(project).gateway.listen
        assert httpx.get(f"http://{listen}/", trust_env=False, timeout=60).status_code == 502
        gateway.send_signal(signal.SIGTERM)
        assert gateway.wait(30) == 0


def test_the_gateway_is_not_ready_any_more_once_it_ends(project: Path) -> None:
    """While the last requests end, load balancers can see that no new ones should come."""
    said = load_project(project).gateway
    ready = f"http://{said.admin[0]}/_internal_/ready"
    text = project.read_text(encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monolith = f"http://127.0.0.1:{silent.getsockname()[1]}"
        project.write_text(text.replace("http://127.0.0.1:1", monolith), encoding="utf-8")
        with process(project) as (gateway, _):
            assert httpx.get(ready, trust_env=False, timeout=60).json() == {"ready": True}
            assert said.listen is not None
            with socket.create_connection((said.listen.host, said.listen.port)) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                upstream, _ = silent.accept()
                with upstream:
                    gateway.send_signal(signal.SIGTERM)
                    until(lambda: httpx.get(ready, trust_env=False, timeout=60).status_code == 503)


def test_the_status_shows_what_has_gone_wrong(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for each application that had trouble."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    project.write_text(project.read_text(encoding="utf-8").replace("v2 = 5", "v2 = 100"), encoding="utf-8")
    with process(project) as (_, client):
        for _ in range(6):
            assert httpx.get(
                f"http://{load_project(project).gateway.listen}/reviews", trust_env=False, timeout=60
            ).is_error
        assert client.status().applications["reviews"].fallbacks == 6
        assert run(["gateway", "status", "--config", str(project)]) == 0
    assert (
        "  v2 of reviews: breaker open, breaker opened 1 time, 6 requests answered by v1\n" in capsys.readouterr().out
    )


def test_shift_writes_the_file_and_tells_every_gateway(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sticky routes alone, unless others are named; status shows it."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with process(project) as (_, client):
        assert run(["gateway", "shift", "reviews", "--to", "10%", "--config", str(project)]) == 0
        assert capsys.readouterr().out == "reviews: 10 % to v2 on 1 route, confirmed by 1 gateway\n"
        assert load_project(project).routes[0].traffic.v2 == 10
        assert client.status().services["reviews"].shares["GET,POST /reviews"] == 10
        assert run(["gateway", "status", "--json", "--config", str(project)]) == 0
        (known,) = json.loads(capsys.readouterr().out).values()
        assert known["services"]["reviews"]["side"] == "v1"
        before = project.read_bytes()
        client.authority("reviews", Side.V2, 2)
        assert run(["gateway", "shift", "reviews", "--to", "20%", "--config", str(project)]) == 2
        assert project.read_bytes() == before
        assert "rollback reviews" in capsys.readouterr().err


def test_shift_names_the_gateway_that_is_missing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 4: the plan is written, but not everybody follows it."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    admin = load_project(project).gateway.admin[0]
    assert run(["gateway", "shift", "reviews", "--to", "10%", "--config", str(project)]) == 4
    error = f"error: 1 of 1 gateway did not confirm the share: {admin}: Connection refused"
    assert f"{error}; run: strangler gateway run, then repeat the command" in capsys.readouterr().err
    actions = [json.loads(line)["action"] for line in audit_of(project)]
    assert actions == ["gateway shift", "gateway shift: not confirmed"]


@pytest.mark.parametrize("line", ["listen", "admin", "token"])
def test_what_a_gateway_can_not_do_without(project: Path, line: str) -> None:
    """The error says what to write; addresses may be given on the command line."""
    lines = [text for text in project.read_text(encoding="utf-8").splitlines() if not text.startswith(line)]
    project.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"write {line} = .* in \[gateway\]"):
        settings(load_project(project), ENVIRONMENT)
    if line != "token":
        settings(load_project(project), ENVIRONMENT, Address("127.0.0.1", 1), Address("127.0.0.1", 2))


def test_limits_of_the_file_hold_for_clients(project: Path) -> None:
    """A body that is too long is refused before it is sent on."""
    project.write_text(project.read_text(encoding="utf-8") + "[gateway.limits]\nmost_body = 4\n", encoding="utf-8")
    with process(project):
        url = f"http://{load_project(project).gateway.listen}/reviews"
        assert httpx.post(url, content=b"long!", trust_env=False, timeout=60).status_code == 413
        assert httpx.post(url, content=b"fits", trust_env=False, timeout=60).status_code == 502


def test_rollback_is_one_command(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """File and gateways send nobody to v2, comments stay; a gateway that is missing is named, exit status 4."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    project.write_text(project.read_text(encoding="utf-8") + "# kept\n", encoding="utf-8")
    with process(project) as (_, client):
        assert run(["gateway", "rollback", "reviews", "--config", str(project)]) == 0
        said = capsys.readouterr().out
        assert said == "reviews: nothing to v2, 2 routes changed, confirmed by 1 gateway\n"
        assert load_project(project).routes[0].traffic.v2 == 0
        assert project.read_text(encoding="utf-8").endswith("# kept\n")
        known = client.status().services["reviews"]
        assert known.shares["GET,POST /reviews"] == 0
        assert known.rolled_back == ("GET,POST /reviews", "* /reviews/{number}")
    assert run(["gateway", "rollback", "reviews", "--config", str(project)]) == 4
    assert f"did not confirm the rollback: {load_project(project).gateway.admin[0]}: " in capsys.readouterr().err


def test_routes_are_listed_as_they_win(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No gateway has to run for that."""
    assert run(["gateway", "routes", "--config", str(project)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1. GET,POST /reviews: reviews, 5 % to v2",
        "2. * /reviews/{number}: reviews, 0 % to v2",
        "what no rule names: to the monolith",
    ]
