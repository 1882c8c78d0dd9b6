"""``strangler gateway export``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.model.authority import Side
from strangler.store import ArtefactStore
from strangler_gateway.state_file import GatewayState, StateFile
from strangler_gateway.traffic import Known

FILE = """
[monolith]
upstreams = ["http://127.0.0.1:1"]

[services.reviews]
upstreams = ["http://127.0.0.1:2"]

[gateway]
listen = "127.0.0.1:8080"

[[routes]]
service = "reviews"
match = { path = "/reviews/{id}" }
traffic = { v2 = 7, sticky = "user" }

[gateway.identity]
whoami = "/whoami"
key = "${KEY}"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a project."""
    monkeypatch.setenv("KEY", "0123456789abcdef0123456789abcdef")
    (tmp_path / "strangler.toml").write_text(FILE)
    return tmp_path


def test_the_configuration_goes_out_and_the_gaps_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard output there is nothing but the configuration."""
    assert run(["gateway", "export", "--to", "envoy", "--config", str(folder)]) == 0
    out, told = capsys.readouterr()
    assert set(json.loads(out)) == {"static_resources"}
    assert told.startswith("envoy does not do all the plan says:\n")
    assert "  * /reviews/{id}: Envoy does not know users: clients are told apart by their addresses\n" in told


def test_it_is_written_to_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And as JSON the gaps are with it."""
    file = folder / "envoy.json"
    arguments = ["gateway", "export", "--to", "envoy", "--config", str(folder)]
    assert run([*arguments, "--output", str(file)]) == 0
    assert not capsys.readouterr().out
    assert run([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["configuration"] == file.read_text()
    assert {"subject", "lost"} == set(told["gaps"][0])
    assert "0123456789abcdef" not in file.read_text()


def test_what_was_ordered_and_cut_over_is_in_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is what a gateway would do that is started here, with the state the last one left."""
    StateFile(ArtefactStore.beside(folder)).write(GatewayState(authorities={"reviews": Known(Side.V2, 4)}))
    assert run(["gateway", "export", "--to", "envoy", "--config", str(folder)]) == 0
    assert "weighted_clusters" not in capsys.readouterr().out
