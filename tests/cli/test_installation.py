"""How a missing part is added."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from strangler.cli.installation import extra_with, requirement


@pytest.mark.parametrize(
    ("origin", "arguments"),
    [
        (None, ["strangler[etl]"]),
        ({"url": "file:///src/my%20checkout", "dir_info": {}}, ["/src/my checkout[etl]"]),
        ({"url": "file:///src/checkout", "dir_info": {"editable": True}}, ["--editable", "/src/checkout[etl]"]),
        (
            {"url": "file:///dist/strangler-0.1.0-py3-none-any.whl", "archive_info": {}},
            ["strangler[etl] @ file:///dist/strangler-0.1.0-py3-none-any.whl"],
        ),
        (
            {"url": "https://git.example/strangler.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b"}},
            ["strangler[etl] @ git+https://git.example/strangler.git@0a1b"],
        ),
    ],
    ids=["index", "checkout", "editable", "wheel", "repository"],
)
def test_a_part_comes_from_where_the_rest_came_from(origin: dict[str, object] | None, arguments: list[str]) -> None:
    """The records are those of PEP 610."""
    assert requirement("etl", None if origin is None else json.dumps(origin)) == arguments


@pytest.mark.parametrize(
    ("package", "preferred", "extra"),
    [
        ("sqlglot", "etl", "etl"),
        ("sqlglot", "analyze", "analyze"),
        ("httpx", "etl", "gateway"),
        ("uvloop", "postgres", "gateway"),
        ("something_else", "etl", "etl"),
    ],
)
def test_a_package_belongs_to_an_extra(package: str, preferred: str, extra: str) -> None:
    """That of the command where it has the package, else the one that does."""
    assert extra_with(package, preferred) == extra


@pytest.mark.parametrize("command", ["analyze", "check", "report", "rewrite", "suggest"])
def test_a_command_of_the_map_starts_without_the_libraries_of_the_gateway(command: str) -> None:
    """Who installs strangler[analyze] has none of them."""
    script = f"""
import sys

for name in ("httptools", "httpx", "starlette", "uvicorn", "uvloop"):
    sys.modules[name] = None
from strangler.cli.main import run

sys.exit(run(["{command}", "--help"]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
