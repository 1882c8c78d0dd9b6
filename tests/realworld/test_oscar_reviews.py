"""django-oscar's reviews, with generated ones, seeded into a database of their own and verified."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from strangler.demo.postgres import PostgresServer
from strangler.demo.processes import Process, Processes, Program
from strangler.demo.stage import SCRUBBED
from tests.realworld.environment import environment
from tests.realworld.test_oscar_behind_gateway import FILL_SECONDS, PROJECT, REQUIREMENTS

pytestmark = pytest.mark.realworld

REVIEWS = 3_000
STRANGLER = """
[monolith]
database = "${SOURCE}"
[services.reviews]
tables = ["reviews_productreview", "reviews_vote"]
database = "${TARGET}"
[etl.reviews.tables.reviews_productreview]
target = "review"
[etl.reviews.tables.reviews_productreview.columns]
id = { key = "uuid" }
number = { key = "source" }
product_id = "product_id"
user_id = "user_id"
name = "name"
email = "email"
homepage = "homepage"
status = "status"
score = "score"
title = "title"
body = "body"
total_votes = "total_votes"
delta_votes = "delta_votes"
created_at = "date_created"
[etl.reviews.tables.reviews_vote]
target = "vote"
[etl.reviews.tables.reviews_vote.columns]
id = { key = "uuid" }
number = { key = "source" }
review_id = { key = "uuid", of = "reviews_productreview" }
user_id = "user_id"
delta = "delta"
created_at = "date_created"
"""
BARE = """
import sys
sys.modules.update(dict.fromkeys(
    ("psycopg", "asyncpg", "pymysql", "libcst", "networkx", "tree_sitter", "httptools", "httpx", "starlette", "uvicorn")
))
from strangler.cli.main import main
main()
"""
"""The command where nothing beyond ``strangler[etl]`` is installed."""


@pytest.mark.postgres
@pytest.mark.parametrize(("source", "target"), [("postgres", "postgres"), ("sqlite", "sqlite"), ("sqlite", "postgres")])
def test_reviews_are_seeded_and_verified(postgres: PostgresServer, tmp_path: Path, source: str, target: str) -> None:
    """The tables are made, filled with every review and vote, and found equal row by row."""
    urls = {side: _database(postgres, tmp_path, f"oscar_{source}_{target}_{side}", engine)
            for side, engine in (("SOURCE", source), ("TARGET", target))}  # fmt: skip
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "strangler.toml").write_text(STRANGLER)
    with Processes(tmp_path / "logs") as processes:
        counts = _shop(processes, tmp_path, urls["SOURCE"])
        clean = {name: value for name, value in os.environ.items() if not name.startswith(SCRUBBED)}
        bare = source == target == "sqlite"

        def strangler(*arguments: str) -> Process:
            command = (sys.executable, *(("-c", BARE) if bare else ("-m", "strangler")), *arguments)
            done = processes.run(Program("strangler", (*command, "--progress", "none"), folder, {**clean, **urls}), 120)
            assert done.status == 0, done.said()
            return done

        strangler("etl", "run", "reviews", "--create", "--json")
        found = strangler("etl", "verify", "reviews", "--json")
    told = json.loads(found.said())
    assert [(table["rows"], table["differing"]) for table in told["tables"]] == [(counts[0], 0), (counts[1], 0)]
    assert counts[0] == REVIEWS + 24


def _database(server: PostgresServer, folder: Path, name: str, engine: str) -> str:
    if engine == "postgres":
        return server.create_database(name)
    path = folder / f"{name}.sqlite3"
    path.touch()
    return f"sqlite:///{path}"


def _shop(processes: Processes, folder: Path, url: str) -> tuple[int, int]:
    """A shop with its tables, products, readers, reviews and votes; how many there are of the last two."""
    python = environment("django-oscar", *REQUIREMENTS, "psycopg[binary]==3.3.9") / "bin" / "python"
    project = shutil.copytree(PROJECT, folder / "shop")
    said = {"DJANGO_SETTINGS_MODULE": "settings", "SHOP_FILE": str(folder / "unused.sqlite3")}
    said |= {"SHOP_POSTGRES": url} if url.startswith("postgresql:") else {"SHOP_FILE": url.removeprefix("sqlite:///")}
    clean = {name: value for name, value in os.environ.items() if not name.startswith(SCRUBBED)}
    for script in (("fill.py",), ("review.py", str(REVIEWS))):
        done = processes.run(Program(script[0], (str(python), *script), project, {**clean, **said}), FILL_SECONDS)
        assert done.status == 0, done.said()
    reviews, votes = done.said().split()[-2:]
    return int(reviews), int(votes)
