"""A project on SQLite whose reviews can move, with a gateway that is not running, for tests of commands."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.etl.reviews_case import PROJECT, ROWS, SQLITE_SOURCE, SQLITE_TARGET

_GATEWAY = """
[gateway]
listen = "127.0.0.1:9"
admin = ["127.0.0.1:9"]
token = "${TOKEN}"

[[routes]]
match = { path = "/reviews", methods = ["GET"] }
service = "reviews"
traffic = { v2 = 0, sticky = "cookie:session" }
"""


def reviews_shop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the databases and the project file, and make the folder the current one."""
    monkeypatch.setenv("TOKEN", "t" * 32)
    for name, script in (("source", SQLITE_SOURCE + ROWS), ("target", SQLITE_TARGET)):
        with closing(sqlite3.connect(folder / f"{name}.sqlite3")) as connection:
            connection.executescript(script)
        monkeypatch.setenv(name.upper(), f"sqlite:///{folder / name}.sqlite3")
    text = PROJECT.replace("[services.reviews]", '[services.reviews]\nupstreams = ["http://127.0.0.1:9"]', 1)
    (folder / "strangler.toml").write_text(text + _GATEWAY)
    monkeypatch.chdir(folder)
    return folder
