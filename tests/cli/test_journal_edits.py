"""A follower while its mapping is edited, on both engines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from strangler.cli import journal
from strangler.cli.main import run
from tests.etl.reviews_case import PROJECT, ReviewsCase

_PATIENCE_SECONDS = 30.0
UPPER = PROJECT.replace('"text"', '"upper(text)"').replace(
    'drop = ["legacy_score"]', 'drop = ["legacy_score"]\nreverse = { text = "body" }'
)


@contextmanager
def _followed(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Let the command run beside the test, which looks for edits all the time."""
    ended, codes = threading.Event(), list[int]()
    monkeypatch.setattr(journal, "stopped_by_signals", lambda: ended)
    monkeypatch.setattr("strangler.cli.project_edits.POLL_SECONDS", 0.0)
    monkeypatch.setattr("strangler.cli.project_edits._RETRY_SECONDS", 0.02)
    thread = threading.Thread(target=lambda: codes.append(run(["journal", "follow", "reviews"])))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_PATIENCE_SECONDS)
    assert codes == [0]


def _until(condition: Callable[[], bool]) -> None:
    deadline, pause = time.monotonic() + _PATIENCE_SECONDS, threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.02)


def test_a_follower_takes_up_an_edited_mapping_and_what_it_brought_before_is_mended_by_a_refresh(
    case: ReviewsCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An edit that does not fit is waited for; nothing is written by it, and nothing of that time is missed."""
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "strangler.toml"
    file.write_text(PROJECT)
    monkeypatch.chdir(tmp_path)

    def write(number: int) -> None:
        row = f"({number}, 1, 'text {number}', 5)"
        case.monolith.execute(f"INSERT INTO reviews_review (id, product_id, text, rating) VALUES {row}")

    def bodies() -> list[tuple[object, ...]]:
        return case.service.rows("SELECT number, body FROM review ORDER BY number")

    assert run(["journal", "install", "reviews"]) == run(["etl", "run", "reviews", "--progress", "none"]) == 0
    assert run(["etl", "verify", "reviews", "--progress", "none"]) == 0
    with _followed(monkeypatch):
        write(1)
        _until(lambda: bodies() == [(1, "text 1")])
        said = [capsys.readouterr().err]

        def waits() -> bool:
            said.append(capsys.readouterr().err)
            return "gone" in said[-1]

        file.write_text(PROJECT.replace('"text"', '"gone"'))
        _until(waits)
        write(2)
        file.write_text(UPPER)
        _until(lambda: bodies() == [(1, "text 1"), (2, "TEXT 2")])
        said.append(capsys.readouterr().err)
        assert run(["doctor", "reviews"]) == 1
        assert "the mapping was changed after the two databases were compared" in capsys.readouterr().out
        assert run(["etl", "run", "reviews", "--refresh", "--progress", "none"]) == 0
        assert bodies() == [(1, "TEXT 1"), (2, "TEXT 2")]
        assert run(["etl", "verify", "reviews", "--progress", "none"]) == 0
        capsys.readouterr()
        write(3)
        _until(lambda: bodies()[2:] == [(3, "TEXT 3")])
        assert run(["etl", "status", "reviews"]) == 0
        assert "all rows were found equal" in capsys.readouterr().out
    assert "".join(said).count("strangler.toml has changed: beginning anew") == 2
    assert "".join(said).count("waiting: ") == 1
