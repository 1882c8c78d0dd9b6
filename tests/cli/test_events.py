"""``strangler events``."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from strangler.cli import journal
from strangler.cli.common_options import Settings
from strangler.cli.console import Console
from strangler.cli.events_account import PublishingAccount
from strangler.cli.main import run
from strangler.planner.event_examination import PUBLISHED_OTHERWISE
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.session import Session
from strangler_etl.streams.consumer import Consumer
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.errors import StreamPutBackError, StreamServerError
from strangler_etl.streams.nats import NatsStream
from strangler_etl.streams.publication import Round
from strangler_etl.streams.table import TableStream
from tests.etl.copied_case import key_of
from tests.etl.reviews_case import PROJECT
from tests.etl.streams.published_case import REVIEWS, PublishedCase, document_text, published

pytestmark = pytest.mark.postgres

EVENTS = """
[services.reviews.events]
environment = "test"
personal_data = "hash"
[services.reviews.events.consumers.search]
database = "${TARGET}"
"""


@pytest.fixture(name="shop")
def opened_shop(published_case: PublishedCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublishedCase:
    """The shop with its project file and its document in the current folder, and journals."""
    for name, value in published_case.environment.items():
        monkeypatch.setenv(name, value)
    text = PROJECT.replace("[services.reviews]", '[services.reviews]\ndesign = "design/reviews.json5"', 1)
    (tmp_path / "strangler.toml").write_text(text + EVENTS)
    (tmp_path / "design").mkdir()
    (tmp_path / "design" / "reviews.json5").write_text(document_text())
    monkeypatch.chdir(tmp_path)
    assert run(["journal", "install", "reviews"]) == 0
    return published_case


def refuse_two(session: Session, events: Sequence[Event]) -> None:
    """Handle all but the second review."""
    session.rows("SELECT 1")
    for event in events:
        review = event.body()["review"]
        if isinstance(review, dict) and review["number"] == 2:
            raise ValueError("not this one")


def test_changes_are_published_consumed_and_what_was_parked_is_seen_to(
    shop: PublishedCase, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the monolith's table to a consumer that cannot handle one of the events."""
    shop.write("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'good', 5), (2, 1, 'bad', 1)")
    capsys.readouterr()
    assert run(["events", "publish", "reviews", "--once"]) == 0
    assert capsys.readouterr().out == "reviews: 2 events published\n"
    with open_database(DatabaseUrl(shop.environment["TARGET"])) as own:
        Consumer("search", own, TableStream(own), [f"test.{REVIEWS}"], refuse_two).step()
    assert run(["events", "status", "reviews", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["published"]["waiting"] == 0
    (search,) = found["consumers"]
    assert (search["consumer"], search["handled"], search["parked"], search["waiting"]) == ("search", 1, 1, 0)
    assert run(["events", "parked", "search"]) == 0
    out = capsys.readouterr().out
    assert "ValueError: not this one" in out
    assert run(["events", "parked", "search", "--retry", out.split()[0]]) == 0
    assert run(["events", "parked", "search", "--drop", "all"]) == 0
    assert capsys.readouterr().out == "1 event will be tried again\n0 events dropped\n"


def test_a_consumer_that_does_not_run_is_told_from_one_that_is_up_to_date(
    shop: PublishedCase, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that never ran, one that has read all, one of a stream that is not there, and one that is not reached."""
    shop.write("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'good', 5)")
    assert run(["events", "publish", "reviews", "--once", "--quiet"]) == 0
    capsys.readouterr()

    def said() -> list[str]:
        return capsys.readouterr().out.splitlines()[1:]

    assert run(["events", "status", "reviews"]) == 0
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("reviews: 0.0 s behind, 0 changes to publish; the publisher looked ")
    assert others == ["search: has never run; 1 event not read"]
    with open_database(DatabaseUrl(shop.environment["TARGET"])) as own:
        Consumer("search", own, TableStream(own), [REVIEWS], refuse_two, now=lambda: 0.0).step()
        assert run(["events", "status", "reviews"]) == 0
        seen, missing = said()
        assert seen.startswith("search: 0 waiting, 0 parked; 0 handled; 0 events not read; seen ")
        assert missing == f"search: there is no event in the stream {REVIEWS}: did you mean test.{REVIEWS}?"
        Consumer("search", own, TableStream(own), [f"test.{REVIEWS}"], refuse_two).step()
    assert run(["events", "status", "reviews"]) == 0
    (seen,) = said()
    assert re.fullmatch(r"search: 0 waiting, 0 parked; 1 handled; 0 events not read; seen \d+ s ago", seen)
    project = Path("strangler.toml")
    project.write_text(project.read_text().replace('search]\ndatabase = "${TARGET}"', 'search]\ndatabase = "${GONE}"'))
    monkeypatch.setenv("GONE", "postgresql://nobody@127.0.0.1:9/gone")
    assert run(["events", "status", "reviews"]) == 4
    (line,) = said()
    assert line.startswith("search: not reached: ")


def test_a_document_that_does_not_fit_is_refused_before_anything_is_published(
    shop: PublishedCase,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With everything that is wrong."""
    text = document_text({"review": '{ name: "id", type: "uuid" }, { name: "mood", type: "string" }'})
    Path("design/reviews.json5").write_text(text)
    capsys.readouterr()
    assert run(["events", "publish", "reviews", "--once"]) == 3
    assert "review.mood is required, and review has no such column" in capsys.readouterr().err
    assert run(["events", "publish", "reviews"]) == 3
    assert "publishing reviews" not in capsys.readouterr().err
    Path("design/reviews.json5").write_text(document_text({"review": '{ name: "id", type: "uuid" }'}))
    shop.write(
        "INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'good', 5)",
        "INSERT INTO reviews_vote VALUES (1, 1, 'ann', 1)",
    )
    assert run(["events", "publish", "reviews", "--once"]) == 0
    told = "reviews: 1 event published of 2 changes: the others are of what no event tells\n"
    assert capsys.readouterr().out == told


@pytest.mark.usefixtures("shop")
def test_an_unknown_consumer_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """Consumers are declared, so that their databases are known."""
    assert run(["events", "parked", "serch"]) == 2
    assert "did you mean search?" in capsys.readouterr().err


def test_an_event_that_is_left_out_is_so_for_good_and_a_wrong_id_is_refused(
    shop: PublishedCase, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody has to give it again; nor is it told as left out by a replay."""
    shop.write(
        "INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'good', 5)",
        "UPDATE reviews_review SET rating = 9",
    )
    assert run(["events", "publish", "reviews", "--once", "--skip", "v1-99-99"]) == 2
    assert "reviews has no event v1-99-99 that could be left out" in capsys.readouterr().err
    assert run(["events", "publish", "reviews", "--once"]) == 3
    (event,) = re.findall(r"--skip (\S+)", capsys.readouterr().err)
    assert run(["events", "publish", "reviews", "--once", "--skip", event]) == 0
    assert run(["events", "publish", "reviews", "--once"]) == 0
    capsys.readouterr()
    assert run(["events", "replay", "reviews"]) == 0
    assert capsys.readouterr().out.startswith("reviews: 1 event published again")
    assert run(["events", "parked", "search", "--retry", "nonsense"]) == 2


@pytest.mark.usefixtures("shop")
def test_a_follower_needs_no_gateway_where_none_is_declared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before there is one, a consumer's or a service's own database can be kept in step."""
    ended = threading.Event()
    ended.set()
    monkeypatch.setattr(journal, "stopped_by_signals", lambda: ended)
    assert run(["journal", "follow", "reviews"]) == 0
    assert "[gateway] admin names no gateway" in capsys.readouterr().err


def test_a_publisher_says_each_minute_that_it_lives(capsys: pytest.CaptureFixture[str]) -> None:
    """With what it has published since."""
    now = [0.0]
    account = PublishingAccount(Console(Settings()), lambda: now[0])
    for second, events in ((1, 3), (59, 4), (61, 5), (90, 1), (122, 0)):
        now[0] = float(second)
        account.told(Round(events, events))
    assert capsys.readouterr().err.splitlines() == [
        "12 events published since, 12 in all; nothing left",
        "1 event published since, 13 in all; nothing left",
    ]


def test_a_publisher_that_nobody_answers_says_so_again(capsys: pytest.CaptureFixture[str]) -> None:
    """At once, after ten seconds, and then every minute: the address may be wrong, or the server only restarts."""
    now = [0.0]
    account = PublishingAccount(Console(Settings()), lambda: now[0])
    nobody = StreamServerError("nats://broker:4222", "refused", "start it")
    for second in (0, 5, 10, 15, 69, 70):
        now[0] = float(second)
        account.trouble(nobody)
    account.told(Round())
    account.trouble(nobody)
    why = "nats://broker:4222: the server of streams: refused; start it"
    assert capsys.readouterr().err.splitlines() == [
        f"waiting: {why}",
        f"warning: 3 tries in 10 s have failed: {why}; nothing is published, and trying goes on",
        f"warning: 6 tries in 70 s have failed: {why}; nothing is published, and trying goes on",
        "0 events published since, 0 in all; nothing left",
        f"waiting: {why}",
    ]


def test_a_replay_of_one_row_names_its_table(shop: PublishedCase, capsys: pytest.CaptureFixture[str]) -> None:
    """A key alone may be that of rows of several tables."""
    shop.write("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'good', 5), (2, 1, 'bad', 1)")
    assert run(["events", "publish", "reviews", "--once"]) == 0
    capsys.readouterr()
    assert run(["events", "replay", "reviews", "--key", "votes:1"]) == 2
    said = "error: --key votes:1 names no table of reviews; write one of review:KEY, vote:KEY\n"
    assert capsys.readouterr().err == said
    assert run(["events", "replay", "reviews", "--key", f"review:{key_of(2)}", "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("reviews: 1 event published again, as the replay ")


def test_a_replay_is_for_whom_it_is_asked_and_forgetting_begins_anew(
    shop: PublishedCase, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also of rows that no journal has seen."""
    shop.write("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'good', 5)")
    assert run(["events", "publish", "reviews", "--once"]) == 0
    assert run(["events", "replay", "reviews", "--from", "yesterday"]) == 2
    capsys.readouterr()
    assert run(["events", "replay", "reviews", "--to", "search", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["replayed"]["events"] == 1
    assert run(["events", "replay", "reviews", "--rows", "--until", "2026-11-30T12:00:00+00:00"]) == 2
    assert run(["events", "replay", "reviews", "--until", "2001-11-30T12:00:00+00:00", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["replayed"]["events"] == 0
    shop.service.execute(
        "INSERT INTO strangler.stream_position (stream, position, read_at)"
        " VALUES ('reviews:events:stopped', 'stop!', 0)"
    )
    assert run(["events", "status", "reviews"]) == 1
    assert "reviews: the publisher cannot go on: stop!" in capsys.readouterr().out
    assert run(["events", "replay", "reviews", "--rows"]) == 0
    assert "the publisher still cannot go on: stop!" in capsys.readouterr().err
    assert run(["events", "replay", "reviews", "--rows", "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("reviews: 1 row published, as the replay ")
    assert run(["events", "forget", "reviews"]) == 0
    assert run(["events", "publish", "reviews", "--once"]) == 0
    assert capsys.readouterr().out.endswith("reviews: 1 event published\n")


def test_old_events_are_deleted_when_every_consumer_has_read_them(
    shop: PublishedCase, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not before: a consumer that stands still would lose them. The last one stays, by which they know the stream."""
    shop.write("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'good', 5), (3, 1, 'last', 5)")
    assert run(["events", "publish", "reviews", "--once"]) == 0
    shop.service.execute("UPDATE strangler.event_stream SET published_at = now() - interval '15 days'")
    capsys.readouterr()
    assert run(["events", "prune", "reviews"]) == 0
    with open_database(DatabaseUrl(shop.environment["TARGET"])) as own:
        Consumer("search", own, TableStream(own), [f"test.{REVIEWS}"], refuse_two).step()
    assert run(["events", "prune", "reviews", "--days", "20"]) == 0
    assert run(["events", "prune", "reviews"]) == 0
    assert capsys.readouterr().out.splitlines() == ["0 events deleted", "0 events deleted", "1 event deleted"]
    with open_database(DatabaseUrl(shop.environment["TARGET"])) as own:
        Consumer("search", own, TableStream(own), [f"test.{REVIEWS}"], refuse_two).step()
        shop.service.execute("DELETE FROM strangler.event_stream")
        with pytest.raises(StreamPutBackError):
            Consumer("search", own, TableStream(own), [f"test.{REVIEWS}"], refuse_two).step()
        capsys.readouterr()
        assert run(["events", "status", "reviews"]) == 1
        assert f"search: test.{REVIEWS} was put back, or made anew" in capsys.readouterr().out
        assert run(["events", "reset", "search"]) == 0
        assert run(["events", "status", "reviews"]) == 0
        Consumer("search", own, TableStream(own), [f"test.{REVIEWS}"], refuse_two).step()


def test_old_events_of_another_service_in_the_same_database_stay(
    shop: PublishedCase, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its consumers are not asked how far they have read."""
    with open_database(DatabaseUrl(shop.environment["TARGET"])) as own:
        stream = TableStream(own)
        stream.publish([Event("v1-1", "test.orders", "order_upserted", "/services/orders", "1", 0.0, "{}")])
        own.execute("UPDATE strangler.event_stream SET published_at = now() - interval '15 days'")
        text = Path("strangler.toml").read_text(encoding="utf-8")
        Path("strangler.toml").write_text(text.replace("[services.reviews.events.consumers.search]\ndatabase", "#"))
        capsys.readouterr()
        assert run(["events", "prune", "reviews"]) == 0
        assert capsys.readouterr().out == "0 events deleted\n"
        assert len(stream.read("test.orders", 0, 10)) == 1


@pytest.mark.nats
def test_a_server_of_streams_takes_the_place_of_the_table(
    shop: PublishedCase, nats_server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named by the environment."""
    project = Path("strangler.toml")
    text = project.read_text().replace('personal_data = "hash"', 'personal_data = "hash"\nnats = "${NATS}"')
    project.write_text(text.replace('environment = "test"', 'environment = "cli"'))
    monkeypatch.setenv("NATS", nats_server)
    shop.write("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'good', 5)")
    capsys.readouterr()
    assert run(["events", "publish", "reviews", "--once"]) == 0
    assert capsys.readouterr().out == "reviews: 1 event published\n"
    with NatsStream(nats_server, nats_server) as server:
        assert len(server.read(f"cli.{REVIEWS}", 0, 10)) == 1
    monkeypatch.setenv("NATS", "nats://user:secret@127.0.0.1:9")
    assert run(["events", "publish", "reviews", "--once"]) == 4
    refused = capsys.readouterr().err
    assert "secret" not in refused
    assert refused.endswith("; start it, or correct the address: nats in strangler.toml\n")
    assert run(["events", "status", "reviews"]) == 4
    status = capsys.readouterr()
    assert status.out.endswith("search: has never run\n")
    assert "how many events are not read is not known: nats://user:****@127.0.0.1:9" in status.err
    assert run(["events", "status", "reviews", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["event_server_unreached"].startswith("nats://user:****@127.0.0.1:9: ")
    monkeypatch.setenv("NATS", "https://user:secret@127.0.0.1:9")
    assert run(["events", "publish", "reviews"]) == 3
    assert capsys.readouterr().err == (
        "error: https://user:****@127.0.0.1:9: this address of a server of streams begins with https://; write it as"
        " nats://HOST:PORT\n"
    )


@pytest.mark.usefixtures("shop")
def test_status_doctor_and_next_tell_of_events(capsys: pytest.CaptureFixture[str]) -> None:
    """Who looks at the migration learns that a consumer is declared, and nobody publishes."""
    text = Path("strangler.toml").read_text(encoding="utf-8")
    Path("strangler.toml").write_text(text.replace("[monolith]", '[monolith]\nroot = "."', 1))
    silent = "nothing was published yet, and 0 changes to publish"
    told = f"  events: {silent}; start: strangler events publish reviews\n"
    capsys.readouterr()
    run(["status", "reviews"])
    assert told in capsys.readouterr().out
    run(["doctor", "reviews"])
    assert silent in capsys.readouterr().out
    run(["plan", "reviews"])
    assert told in capsys.readouterr().out
    run(["next", "reviews"])
    assert told in capsys.readouterr().out
    assert run(["events", "status", "reviews", "--metrics"]) == 0
    assert 'strangler_changes_to_publish{service="reviews"} 0\n' in capsys.readouterr().out


def test_a_publisher_takes_up_an_edited_document(
    shop: PublishedCase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the mapping; one that does not fit publishes nothing, and what was written meanwhile is told by the last."""
    ended, codes, pause = threading.Event(), list[int](), threading.Event()
    monkeypatch.setattr("strangler.cli.events.stopped_by_signals", lambda: ended)
    monkeypatch.setattr("strangler.cli.project_edits.POLL_SECONDS", 0.0)
    monkeypatch.setattr("strangler.cli.project_edits._RETRY_SECONDS", 0.02)
    document, said = Path("design/reviews.json5"), list[str]()

    def bodies() -> list[object]:
        with open_database(DatabaseUrl(shop.environment["TARGET"])) as own:
            return [event.body()["review"] for event in published(TableStream(own), f"test.{REVIEWS}")]

    def until(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30.0
        while not condition():
            assert time.monotonic() < deadline
            pause.wait(0.02)

    def hears(what: str) -> bool:
        said.append(capsys.readouterr().err)
        return what in "".join(said)

    def fields(more: str) -> str:
        return document_text({"review": f'{{ name: "number", type: "long" }}{more}'})

    def write(number: int) -> None:
        row = f"({number}, 1, 'fine', 5)"
        shop.write(f"INSERT INTO reviews_review (id, product_id, text, rating) VALUES {row}")

    document.write_text(fields(""))
    write(1)
    thread = threading.Thread(target=lambda: codes.append(run(["events", "publish", "reviews"])))
    thread.start()
    try:
        until(lambda: bodies() == [{"number": 1}])
        document.write_text(fields(', { name: "mood", type: "string" }'))
        until(lambda: hears("review has no such column"))
        write(2)
        assert run(["events", "status", "reviews"]) == 0
        document.write_text(fields(', { name: "stars", type: "integer" }'))
        until(lambda: bodies()[1:] == [{"number": 2, "stars": 5}])
    finally:
        ended.set()
        thread.join(30.0)
    assert codes == [0]
    capsys.readouterr()
    assert run(["events", "status", "reviews"]) == 0
    assert PUBLISHED_OTHERWISE not in capsys.readouterr().out
    document.write_text(fields(""))
    assert run(["events", "status", "reviews"]) == 0
    assert f"reviews: the publisher {PUBLISHED_OTHERWISE}" in capsys.readouterr().out
    for command in (["status"], ["doctor"]):
        run(command)
        assert f"the publisher {PUBLISHED_OTHERWISE}" in " ".join(capsys.readouterr().out.split())
