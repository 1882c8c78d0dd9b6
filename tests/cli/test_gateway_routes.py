"""``strangler gateway routes``: the rules, and which one a request is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.cli.main import run

FILE = """
[monolith]
upstreams = ["http://127.0.0.1:1"]

[services.reviews]
upstreams = ["http://127.0.0.1:2"]

[[routes]]
service = "reviews"
match = { path = "/reviews/{id}" }

[[routes]]
service = "reviews"
match = { path = "/reviews/{id}", methods = ["GET"], headers = { X-Beta = "yes" } }
traffic = { v2 = 7 }

[[routes]]
service = "reviews"
match = { path = "/reviews/latest", host = "shop.example", query = { page = true } }
traffic = { rolled_back = true }
"""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["GET /reviews/7"], "3. * /reviews/{id}: reviews, 0 % to v2"),
        (["get /reviews/7", "--header", "X-Beta=yes"], "2. GET /reviews/{id} [header X-Beta=yes]: reviews, 7 % to v2"),
        (
            ["GET http://shop.example/reviews/latest?page=2"],
            "1. * shop.example/reviews/latest [query page]: reviews, rolled back",
        ),
        (["POST /orders"], "what no rule names: to the monolith"),
    ],
)
def test_the_rule_of_one_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[str], said: str
) -> None:
    """With its place among all of them; no gateway has to run."""
    (tmp_path / "strangler.toml").write_text(FILE)
    assert run(["gateway", "routes", "--match", *asked, "--config", str(tmp_path)]) == 0
    assert capsys.readouterr().out == said + "\n"


@pytest.mark.parametrize("asked", [["/reviews"], ["GET reviews"], ["GET /a", "--header", "X-Beta"], []])
def test_what_is_no_request_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[str]) -> None:
    """Exit status 2, and how one is written."""
    (tmp_path / "strangler.toml").write_text(FILE)
    arguments = ["--match", *asked] if asked else ["--header", "X-Beta=yes"]
    assert run(["gateway", "routes", *arguments, "--config", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: --")
