"""Publisher and consumer are killed again and again, over a cut-over as well: each change is handled once, in order."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Database
from strangler_etl.following.follower import apply_forward
from strangler_etl.streams.table import TableStream
from tests.etl.copied_case import copied, give_to_v2
from tests.etl.reviews_case import PROJECT
from tests.etl.streams.published_case import (
    REVIEWS,
    PublishedCase,
    document_text,
    drained,
    publication,
    published,
    told,
)
from tests.waiting import until

_KILLS = 24
_CONSUMER = f"""
import os
from threading import Event
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.streams.consumer import Consumer
from strangler_etl.streams.table import TableStream

def handle(session, events):
    for event in events:
        review = event.body()["review"]
        session.execute("INSERT INTO handled (event) VALUES (%s)", [event.id])
        session.execute("DELETE FROM known WHERE number = %s", [review["number"]])
        if event.type == "review_upserted":
            session.execute("INSERT INTO known VALUES (%s, %s)", [review["number"], review["stars"]])

with open_database(DatabaseUrl(os.environ["OWN"])) as own, open_database(DatabaseUrl(os.environ["TARGET"])) as reviews:
    consumer = Consumer("known", own, TableStream(reviews), ["{REVIEWS}"], handle, batch=20)
    print("begun", flush=True)
    consumer.run(Event())
"""
_PUBLISHER = """
from strangler.cli.main import run
print("begun", flush=True)
raise SystemExit(run(["events", "publish", "reviews", "--quiet"]))
"""

_REPLAY = """
from strangler_etl.streams import rows_replay
rows_replay._AT_ONCE = 3
from strangler.cli.main import run
print("begun", flush=True)
raise SystemExit(run(["events", "replay", "reviews", "--rows", "--quiet"]))
"""
_REPLAYS = 12


@pytest.mark.faults
@pytest.mark.postgres
def test_replays_of_every_row_that_are_killed_leave_nothing_behind(
    published_case: PublishedCase, tmp_path: Path
) -> None:
    """After gaps, with a publisher and a writer at work: what the stream says ends at the rows that are there."""
    text = PROJECT.replace("[services.reviews]", '[services.reviews]\ndesign = "reviews.json5"', 1)
    (tmp_path / "strangler.toml").write_text(text + '[services.reviews.events]\npersonal_data = "publish"\n')
    (tmp_path / "reviews.json5").write_text(document_text())
    environment = {**os.environ, **published_case.environment}
    dice = random.Random(11)
    killed = 0
    with copied(published_case, 40) as migration:
        stream, source = TableStream(migration.target), published_case.monolith
        for _ in range(_REPLAYS):
            publisher = _begun(_PUBLISHER, tmp_path, environment)
            with source.transaction(applying=True):
                source.execute(f"DELETE FROM reviews_vote WHERE review_id = {(gone := dice.randrange(1, 40))}")
                source.execute(f"DELETE FROM reviews_review WHERE id = {gone}")
                source.execute("INSERT INTO strangler.journal_gap (table_name, reason) VALUES ('reviews_review', 'x')")
            replay = _begun(_REPLAY, tmp_path, environment)
            enough = len(published(stream)) + dice.randrange(1, 40)
            until(partial(_written_and_published, source, stream, dice, replay, enough), 60)
            for process in (replay, publisher):
                process.send_signal(signal.SIGKILL)
                process.communicate()
            killed += replay.returncode == -signal.SIGKILL
        last = _begun(_REPLAY, tmp_path, environment)
        last.communicate(timeout=60)
        assert last.returncode == 0
        drained(publication(migration))
        known = {row[1]: row for row in told(published(stream))}
        there = source.rows("SELECT id, rating FROM reviews_review ORDER BY id")
        assert sorted((row[1], row[-1]) for row in known.values() if row[0] == "upserted") == there
    assert killed > _REPLAYS // 2


def _written_and_published(
    source: Database, stream: TableStream, dice: random.Random, replay: subprocess.Popen[str], target: int
) -> bool:
    """Change a row, and see whether the stream has so many events, or the replay has ended."""
    row = dice.randrange(1, 60)
    source.execute(
        f"INSERT INTO reviews_review (id, product_id, text, rating) VALUES ({row}, 1, 'r', 1)"
        " ON CONFLICT (id) DO UPDATE SET rating = reviews_review.rating % 5 + 1"
    )
    return replay.poll() is not None or len(published(stream)) >= target


@pytest.mark.faults
@pytest.mark.postgres
def test_every_change_is_handled_once_whatever_is_killed(
    published_case: PublishedCase, postgres_database: str, tmp_path: Path
) -> None:
    """The stream has each record of both journals once, and the consumer knows what is there."""
    text = PROJECT.replace("[services.reviews]", '[services.reviews]\ndesign = "reviews.json5"', 1)
    (tmp_path / "strangler.toml").write_text(text + '[services.reviews.events]\npersonal_data = "publish"\n')
    (tmp_path / "reviews.json5").write_text(document_text())
    environment = {**os.environ, **published_case.environment, "OWN": postgres_database}
    dice = random.Random(7)
    killed = 0
    with open_database(DatabaseUrl(postgres_database)) as own, copied(published_case, 5) as migration:
        own.execute("CREATE TABLE handled (number bigserial, event text); CREATE TABLE known (number int, stars int)")
        for round_ in range(_KILLS):
            if round_ == _KILLS // 2:
                apply_forward(migration.source, migration.target, migration.mapping)
                give_to_v2(migration)
            side = published_case.monolith if round_ < _KILLS // 2 else published_case.service
            running = [_begun(program, tmp_path, environment) for program in (_PUBLISHER, _CONSUMER)]
            until(partial(_written_and_handled, side, own, dice, _count(own) + dice.randrange(1, 60)), 60)
            for process in dice.sample(running, 2):
                process.send_signal(signal.SIGKILL)
                process.communicate()
                killed += process.returncode == -signal.SIGKILL
        last = [_begun(program, tmp_path, environment) for program in (_PUBLISHER, _CONSUMER)]
        stream = TableStream(migration.target)
        journaled = [
            int(str(database.rows(f"SELECT count(*) FROM strangler.journal WHERE table_name = '{table}'")[0][0]))
            for database, table in ((migration.source, "reviews_review"), (migration.target, "review"))
        ]
        until(lambda: _count(own) == sum(journaled), 60)
        for process in last:
            process.kill()
            process.communicate()
        events = published(stream)
        assert [event.id for event in events] == [
            str(event) for (event,) in own.rows("SELECT event FROM handled ORDER BY number")
        ]
        assert len({event.id for event in events}) == len(events) == sum(journaled)
        assert min(journaled) > _KILLS
        there = published_case.service.rows("SELECT number, stars FROM review ORDER BY number")
        changed = {row[1] for row in told(events)}
        assert own.rows("SELECT number, stars FROM known ORDER BY number") == [
            row for row in there if row[0] in changed
        ]
    assert killed == 2 * _KILLS


def _begun(program: str, folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    running = subprocess.Popen(
        [sys.executable, "-c", program], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "begun\n"
    return running


def _count(own: Database) -> int:
    """How many events were handled."""
    return int(str(own.rows("SELECT count(*) FROM handled")[0][0]))


def _written_and_handled(side: Database, own: Database, dice: random.Random, target: int) -> bool:
    """Change a row, as the side has it, and see whether so many events were handled."""
    table, number, stars, text = (
        ("reviews_review", "id", "rating", "text")
        if side.rows("SELECT to_regclass('review')") == [(None,)]
        else ("review", "number", "stars", "body")
    )
    row = dice.randrange(10, 40)
    if dice.randrange(4):
        side.execute(
            f"INSERT INTO {table} ({number}, product_id, {text}, {stars}) VALUES ({row}, 1, 'r', 1)"
            f" ON CONFLICT ({number}) DO UPDATE SET {stars} = {table}.{stars} % 5 + 1"
        )
    else:
        side.execute(f"DELETE FROM {table} WHERE {number} = {row}")
    return _count(own) >= target
