"""Three requests of an application that nobody here wrote, against a document made from its documentation."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.demo.processes import Processes, Program, answers, free_port
from tests.realworld.environment import environment

pytestmark = pytest.mark.realworld

DOCUMENT = Path(__file__).parent / "samples" / "datasette_books.json5"
ROWS = (
    "CREATE TABLE book (id INTEGER PRIMARY KEY, title TEXT NOT NULL, stars INTEGER)",
    "INSERT INTO book VALUES (1, 'Emma', 5), (2, 'Ulysses', NULL), (3, 'Dune', 4)",
)


def test_what_datasette_does_otherwise_is_found(tmp_path: Path) -> None:
    """It says that _size must be positive, and takes 0; an unnamed shape is another answer; null stands for nothing."""
    command = environment("datasette", "datasette==0.65.5") / "bin" / "datasette"
    with sqlite3.connect(tmp_path / "books.db") as connection:
        for statement in ROWS:
            connection.execute(statement)
    connection.close()
    (tmp_path / "design").mkdir()
    shutil.copy(DOCUMENT, tmp_path / "design/books.json5")
    (tmp_path / "strangler.toml").write_text('[services.books]\ndesign = "design/books.json5"\n')
    port, output = free_port(), tmp_path / "told.json"
    url = f"http://127.0.0.1:{port}"
    with Processes(tmp_path / "logs") as processes:
        program = Program("datasette", (str(command), "serve", "books.db", "-p", str(port)), tmp_path)
        processes.start(program).wait_until(answers(f"{url}/-/versions.json"))
        with output.open("w") as stream, redirect_stdout(stream):
            assert run(["contract", "test", "books", "--url", url, "--json", "--config", str(tmp_path)]) == 1
    told = json.loads(output.read_text())
    assert told["proven"] == 3
    assert {(item["rule"], item["operation"], item["subject"]) for item in told["findings"]} == {
        ("accepted-invalid", "GET /books/book.json", "lacks the query parameter _shape"),
        ("accepted-invalid", "GET /books/book.json", "query parameter _size is too small, 0"),
        ("type", "GET /books/book.json", "status 200 /"),
        ("null", "GET /-/databases.json", "status 200 /*/hash"),
        ("null", "GET /books/book.json", "status 200 /*/stars"),
        ("null", "GET /books/book.json", "status 400 /title"),
        ("null", "GET /books/book/{id}.json", "status 404 /title"),
    }
