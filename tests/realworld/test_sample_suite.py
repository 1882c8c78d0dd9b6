"""The sample monolith's own tests, with a client that speaks to it over a socket and through the gateway."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from strangler.demo.processes import Process, Processes, Program
from strangler.demo.stage import SCRUBBED, Databases, build_stage
from tests.gateway.crawl.browser import Exchange
from tests.gateway.crawl.sameness import differences
from tests.realworld.test_sample_behind_gateway import SHOP_DRAWS
from tests.sample_monolith import ROOT

pytestmark = pytest.mark.realworld

HERE = Path(__file__).parent
PATHS = (HERE / "samples", HERE.parent / "gateway" / "crawl")
SECONDS = 120.0


def test_its_tests_pass_behind_the_gateway_and_get_the_same_answers(tmp_path: Path) -> None:
    """Inside the process, over a socket, and over a socket to the gateway: the same tests, the same bytes."""
    databases = Databases(f"sqlite:///{tmp_path / 'shop.sqlite3'}", f"sqlite:///{tmp_path / 'reviews.sqlite3'}")
    with Processes(tmp_path / "logs") as processes:
        stage = build_stage(tmp_path, ROOT, processes, databases, os.environ)
        stage.write_project()
        gateway = stage.strangler("gateway", "run", name="gateway")
        gateway.wait_until(gateway.says("gateway ready"))
        inside = outcomes(run(processes, "inside"))
        records: dict[str, list[Exchange]] = {}
        for name, peer in (("direct", stage.shop.port), ("behind", stage.gateway_port)):
            record = tmp_path / f"{name}.json"
            wire = {"WIRE_PORT": str(stage.shop.port), "WIRE_PEER": str(peer), "WIRE_RECORD": str(record)}
            assert outcomes(run(processes, name, wire)) == inside
            records[name] = [
                Exchange(*(part.encode("latin-1") for part in parts)) for parts in json.loads(record.read_text())
            ]
    assert set(inside.values()) == {"ok"}
    print(f"{len(inside)} tests, {len(records['direct'])} requests")  # noqa: T201 - shown with -rP
    assert differences(records["direct"], records["behind"], SHOP_DRAWS) == []
    assert len(records["direct"]) > 150


def run(processes: Processes, name: str, wire: dict[str, str] | None = None) -> Process:
    """Run the sample's tests, over the wire where `wire` says between which ports."""
    arguments = (sys.executable, "manage.py", "test", "tests", "--verbosity", "2")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(SCRUBBED)}
    if wire is not None:
        arguments += ("--testrunner", "wire_runner.WireRunner")
        environment |= {**wire, "PYTHONPATH": os.pathsep.join(map(str, PATHS))}
    process = processes.run(Program(name, arguments, ROOT, environment), SECONDS)
    assert process.status == 0, process.said()[-3000:]
    return process


def outcomes(process: Process) -> dict[str, str]:
    """Return what became of each test."""
    return dict(re.findall(r"(?m)^(test_\w+ \([\w.]+\)).*\.\.\. (\w+)$", process.said()))
