"""The consumer that the page about events shows works as it is written."""

from __future__ import annotations

import importlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from strangler.model.events import EventTerms
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.streams.envelope import Event
from tests.etl.streams.published_case import TERMS, PublishedCase, drained, publication
from tests.waiting import until

pytestmark = pytest.mark.postgres
PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)
OPEN = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"


def test_the_consumer_of_the_page_goes_on_after_its_connections_were_lost(
    published_case: PublishedCase, tmp_path: Path
) -> None:
    """It handles what is published, connects anew, and ends when it is told to."""
    program, _ = PROGRAMS
    (tmp_path / "search.py").write_text(program)
    terms = EventTerms(environment="production", personal_data=TERMS.personal_data)
    target = published_case.environment["TARGET"]
    urls = {"SEARCH_DATABASE_URL": target, "REVIEWS_DATABASE_URL": target}
    with published_case.installed() as migration:
        own = migration.target

        def found() -> list[str]:
            there = own.rows("SELECT to_regclass('found') IS NOT NULL") == [(True,)]
            return [str(body) for (body,) in own.rows("SELECT body FROM found ORDER BY body")] if there else []

        published_case.write("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'fine', 5)")
        drained(publication(migration, terms=terms))
        before = [int(str(pid)) for (pid,) in own.rows(OPEN)]
        consumer = subprocess.Popen(
            [sys.executable, tmp_path / "search.py"], env={**os.environ, **urls}, stdout=subprocess.PIPE, text=True
        )
        with consumer:
            try:
                until(lambda: found() == ["fine"])
                own.rows(f"SELECT pg_terminate_backend(pid) FROM ({OPEN}) AS opened WHERE pid <> ALL (%s)", [before])
                published_case.write("DELETE FROM reviews_review WHERE id = 1")
                drained(publication(migration, terms=terms))
                until(lambda: not found())
            finally:
                consumer.send_signal(signal.SIGTERM)
            said, _ = consumer.communicate(timeout=20)
    assert consumer.returncode == 0
    assert said.startswith("tried again in a second: ")


def test_the_consumer_that_writes_does_so(
    postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands on the page."""
    (tmp_path / "scores.py").write_text(PROGRAMS[1])
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    event = Event("v1-1-1", "s", "review_upserted", "/services/reviews", "1", 0.0, '{"review":{"product_id":7}}')
    with open_database(DatabaseUrl(postgres_database)) as own:
        own.execute("CREATE TABLE score AS SELECT 7 AS product_id, 0 AS reviews")
        importlib.import_module("scores").handle(own, [event])
        assert own.rows("SELECT reviews FROM score") == [(1,)]
