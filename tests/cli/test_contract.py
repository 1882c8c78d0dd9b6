"""``strangler contract test`` against a service that keeps its document, and against one that breaks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from strangler.cli.main import run
from strangler.cli.plan_sources import look_beside_map
from strangler.planner.migration_plan.steps import Step
from strangler.project_reader import load_project
from tests.contracts.documents import COMMON
from tests.contracts.kept_service import KEPT, KeptService, Said, Spoil, serving

QUICK = ("--rate", "100000")


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[KeptService, str]]:
    """Give the service and its URL."""
    service = KeptService()
    with serving(service) as url:
        yield service, url


@pytest.fixture
def service(running: tuple[KeptService, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptService:
    """Give the service as it was at first; the current folder is that of a project with its document."""
    (tmp_path / "design").mkdir()
    (tmp_path / "design" / "common.json5").write_text(COMMON)
    (tmp_path / "design" / "reviews.json5").write_text(KEPT)
    (tmp_path / "strangler.toml").write_text('[services.reviews]\ndesign = "design/reviews.json5"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    running[0].reset()
    return running[0]


@pytest.fixture
def url(running: tuple[KeptService, str]) -> str:
    """Where the service is."""
    return running[1]


def found(url: str, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What the command tells in JSON."""
    capsys.readouterr()
    run(["contract", "test", "reviews", "--url", url, "--json", *QUICK, *arguments])
    return json.loads(capsys.readouterr().out)


def test_a_service_that_keeps_its_document_is_proven(
    service: KeptService, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every operation, those that write too; what it removes it has created itself."""
    assert run(["contract", "test", "reviews", "--url", url, "--write", "--strict", *QUICK]) == 0, (
        capsys.readouterr().out
    )
    out = capsys.readouterr().out
    assert "no finding" in out
    assert "5 of 5 operations proven" in out
    assert service.asked[0] == "GET /_internal_/healthcheck"
    assert "8f14e45f-ceea-467f-9b3c-000000000001" in service.reviews
    assert any(line.startswith("DELETE /reviews/00000000-") for line in service.asked)
    assert [*service.reviews] == ["8f14e45f-ceea-467f-9b3c-000000000001"], "what it created is gone again"


def _at_reviews(change: Spoil) -> Spoil:
    """Spoil the answers to a list of reviews."""
    return lambda line, said: change(line, said) if line.startswith("GET /reviews") else said


def _in_json(**values: object) -> Spoil:
    """Reviews with other values; None takes the field away."""

    def change(review: dict[str, Any]) -> None:
        review.update(values)
        for name in [name for name, value in values.items() if value is ...]:
            del review[name]

    return _at_reviews(lambda _, said: said.with_json(change))


_BROKEN: dict[str, tuple[Spoil, set[tuple[str, str]]]] = {
    "another status": (
        _at_reviews(lambda _, said: replace(said, status=206) if said.status == 200 else said),
        {("status", "status 206")},
    ),
    "a field is missing": (_in_json(created_at=...), {("missing-field", "status 200 /*/created_at")}),
    "null in a field that must be there": (_in_json(stars=None), {("type", "status 200 /*/stars")}),
    "null in a field that may lack": (_in_json(email=None), {("null", "status 200 /*/email")}),
    "a wrong value of an enum": (_in_json(status="gone"), {("enum", "status 200 /*/status")}),
    "a field too many": (_in_json(legacy_score=1), {("unknown-field", "status 200 /*/legacy_score")}),
    "another type": (_in_json(stars="4"), {("type", "status 200 /*/stars")}),
    "a number out of bounds": (_in_json(stars=6), {("bound", "status 200 /*/stars")}),
    "a time without a zone": (
        _in_json(created_at="2026-11-30T12:00:00"),
        {("format", "status 200 /*/created_at")},
    ),
    "it fails": (_at_reviews(lambda _, said: replace(said, status=500)), {("server-error", "status 500")}),
    "another content type": (
        _at_reviews(lambda _, said: replace(said, headers={"Content-Type": "text/html"})),
        {("content-type", "status 200 content-type"), ("content-type", "status 422 content-type")},
    ),
    "half of the JSON": (
        _at_reviews(lambda _, said: replace(said, body=said.body[:-1]) if said.status == 200 else said),
        {("body", "status 200")},
    ),
    "half of what was announced": (
        _at_reviews(lambda _, said: replace(said, sent=10) if said.status == 200 else said),
        {("no-answer", "broken")},
    ),
    "JSON that is nested too deep": (
        _in_json(stars=json.loads("[" * 200 + "]" * 200)),
        {("body", "status 200")},
    ),
    "the connection is closed": (_at_reviews(lambda _, said: replace(said, sent=0)), {("no-answer", "broken")}),
    "401 without a challenge": (
        _at_reviews(lambda _, said: replace(said, status=401)),
        {("header", "status 401 www-authenticate"), ("status", "status 401")},
    ),
    "what is not valid is accepted": (
        _at_reviews(lambda line, said: replace(said, status=200, body=b"[]") if "limit=101" in line else said),
        {("accepted-invalid", "query parameter limit is too large, 101")},
    ),
    "what is valid is refused": (
        _at_reviews(
            lambda line, said: (
                replace(said, status=422, body=b'{"code": "a", "messages": []}') if "limit=100" in line else said
            )
        ),
        {("refused-valid", "query parameter limit is at its most, 100")},
    ),
}


@pytest.mark.parametrize("name", [*_BROKEN])
def test_what_breaks_the_document_is_found(
    name: str, service: KeptService, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """That, and nothing else, in the one operation that does it."""
    service.spoil, wanted = _BROKEN[name]
    told = found(url, capsys, "--only", "GET /reviews", "--random", "0")
    assert {(item["rule"], item["subject"]) for item in told["findings"]} == wanted
    assert {item["operation"] for item in told["findings"]} == {"GET /reviews"}
    for item in told["findings"]:
        assert item["place"]["file"].startswith("design/")
        assert item["request"].startswith("curl -i ")
    capsys.readouterr()
    assert run(["contract", "test", "reviews", "--url", url, "--only", "GET /reviews", *QUICK]) == 1


def test_an_answer_that_does_not_come_in_time_is_found(
    service: KeptService, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing else with it; the next one is asked for as if nothing had happened."""
    service.spoil = lambda line, said: replace(said, is_held="limit=1&" in line or line.endswith("limit=1"))
    told = found(url, capsys, "--only", "GET /reviews", "--random", "0", "--timeout", "0.5")
    service.release.set()
    assert {item["rule"] for item in told["findings"]} == {"slow"}


def test_without_write_nothing_is_written(service: KeptService, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Also on this machine: an address says nothing about what is behind it. What is not proven is told."""
    assert run(["contract", "test", "reviews", "--url", url, *QUICK]) == 0
    captured = capsys.readouterr()
    assert {line.split()[0] for line in service.asked} == {"GET"}
    assert "--write sends the rest, and leaves behind what no DELETE of the document removes" in captured.err
    assert "DELETE /reviews/{id}         not proven: it writes: only --write sends it" in captured.out
    assert run(["contract", "test", "reviews", "--url", url, "--strict", *QUICK]) == 1


def test_rows_this_run_did_not_create_are_not_written_to(
    service: KeptService, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing can be created nothing is removed, unless the user names the row."""
    only = ("--write", "--only", "GET /reviews", "--only", "DELETE /reviews/{id}")
    told = found(url, capsys, *only)
    (removal,) = [item for item in told["operations"] if item["operation"].startswith("DELETE")]
    assert removal["unproven"] == "this run created no row that it could change: --parameter id=VALUE"
    assert not any(line.startswith("DELETE") for line in service.asked)
    (key,) = service.reviews
    assert found(url, capsys, *only, "--parameter", f"id={key}")["proven"] == 2
    assert not service.reviews


def test_the_same_seed_sends_the_same(service: KeptService, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Another one sends something else."""
    found(url, capsys, "--seed", "7")
    first, service.asked = service.asked, []
    found(url, capsys, "--seed", "7")
    second, service.asked = service.asked, []
    found(url, capsys, "--seed", "8")
    assert first == second != service.asked


def test_a_finding_names_place_request_and_what_came(
    service: KeptService, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never the value of a header that the user sends, even if the service says it."""
    monkeypatch.setenv("TOKEN", "sesame-open")
    service.spoil = _at_reviews(lambda _, said: replace(said, status=500, body=b"no entry for sesame-open"))
    arguments = ["--only", "GET /reviews", "--random", "0", "--header", "Authorization: Token ${TOKEN}"]
    assert run(["contract", "test", "reviews", "--url", url, "--sarif", "contract.sarif", *arguments, *QUICK]) == 1
    captured = capsys.readouterr()
    assert "sesame" not in captured.out + captured.err + Path("contract.sarif").read_text()
    line = KEPT[: KEPT.index("Many reviews.")].count("\n")
    assert (
        "server-error (1): No request may make a service fail, whatever it contains.\n"
        f"  GET /reviews, status 500  design/reviews.json5:{line}\n"
        "    expected: no 5xx\n"
        "    came: 500: no entry for ****\n"
        "    sent: an ordinary request (the first of " in captured.out
    )
    assert f'    curl -i -H "Authorization: $AUTHORIZATION" {url}/reviews\n' in captured.out
    (result,) = json.loads(Path("contract.sarif").read_text())["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "design/reviews.json5"


def test_every_ci_can_show_what_was_found(service: KeptService, url: str) -> None:
    """A test for each operation: one that failed, with all that was found, and what is not proven is skipped."""

    def spoil(line: str, said: Said) -> Said:
        return replace(said, body=b"\x0b<&\xff") if "limit" in line else said

    service.spoil = _at_reviews(spoil)
    command = ["contract", "test", "reviews", "--url", url, "--junit", "contract.xml", *QUICK]
    assert run(command) == 1
    (suite,) = ElementTree.parse("contract.xml").getroot()
    assert {key: suite.get(key) for key in ("name", "tests", "failures", "skipped", "errors")} == {
        "name": "reviews", "tests": "5", "failures": "1", "skipped": "2", "errors": "0",
    }  # fmt: skip
    (failed,) = suite.findall("testcase[failure]")
    assert (failed.get("classname"), failed.get("name"), failed.get("file")) == (
        "reviews", "GET /reviews", "design/reviews.json5",
    )  # fmt: skip
    assert "sent: query parameter limit is" in str(failed.findtext("failure"))
    service.reset()
    assert run([*command, "--strict"]) == 1
    assert ElementTree.parse("contract.xml").getroot()[0].get("failures") == "2", "what writes is not proven"


def test_a_fence_is_told_once_and_not_as_failures(
    service: KeptService, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each operation that writes is asked once; whatever status the service makes of it, its words are enough."""
    body = b'{"code": "fenced", "messages": ["nothing may be written here now: the other side of its service does"]}'
    service.spoil = lambda line, said: said if line.startswith("GET") else Said(503, body)
    another = 'method: "POST", path: "/import", responses: { "204": { type: "unit" } } }, { method: "DELETE"'
    Path("design/reviews.json5").write_text(KEPT.replace('method: "DELETE"', another, 1))
    assert run(["contract", "test", "reviews", "--url", url, "--write", *QUICK]) == 1
    out = capsys.readouterr().out
    assert "reviews: 1 finding" in out.replace(f" at {url}", "")
    assert "fenced (1): While the other side has the authority, operations that write cannot be tested here." in out
    assert "test --write at a service with a database of its own" in out
    assert (
        out.count("not proven: its database is fenced: writes are the other side's now (v1's, until the cut-over)") == 3
    )
    assert sum(not line.startswith("GET") for line in service.asked) == 2
    service.spoil = lambda line, said: said if line.startswith("GET") else Said(500, b"out of order")
    assert {item["rule"] for item in found(url, capsys, "--write")["findings"]} == {"server-error"}


def test_what_is_served_is_nobodys_to_show(service: KeptService, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A body that is not as declared is told by its length, a personal field by its kind."""

    def spoil(line: str, said: Said) -> Said:
        return replace(said, body=said.body[:-1]) if "limit" in line else said.with_json(tell)

    def tell(review: dict[str, Any]) -> None:
        review["email"] = ["ada@example.com"]

    service.spoil = _at_reviews(spoil)
    assert run(["contract", "test", "reviews", "--url", url, "--only", "GET /reviews", *QUICK]) == 1
    captured = capsys.readouterr()
    assert "came: an array" in captured.out
    assert "which is no JSON: Input data was truncated" in captured.out
    assert "ada" not in captured.out + captured.err


def test_what_proves_nothing_does_not_pass(service: KeptService, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A service that declares 401 and answers nothing else has shown nothing."""
    file = Path("design/reviews.json5")
    file.write_text(file.read_text().replace('"200": { type: "[review]" },', '"401": { type: "unit" },', 1))
    challenge = {"WWW-Authenticate": "Token"}
    service.spoil = _at_reviews(lambda _, __: Said(401, headers=challenge))
    assert run(["contract", "test", "reviews", "--url", url, "--only", "GET /reviews", *QUICK]) == 1
    out = capsys.readouterr().out
    assert "no finding" in out
    assert "not proven: answered 401; --header 'Authorization: ...' says who asks" in out


def test_a_service_that_is_only_well_does_not_pass(
    service: KeptService, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The health check says nothing of the operations, unless nothing else was asked for."""
    file = Path("design/reviews.json5")
    file.write_text(file.read_text().replace('"200": { type: "[review]" },', '"401": { type: "unit" },', 1))
    service.spoil = _at_reviews(lambda _, __: Said(401, headers={"WWW-Authenticate": "Token"}))
    health = ("--only", "GET /_internal_/healthcheck")
    command = ["contract", "test", "reviews", "--url", url, *health, *QUICK]
    assert run([*command, "--only", "GET /reviews"]) == 1
    out = capsys.readouterr().out
    assert "no finding" in out
    assert "1 of 2 operations proven" in out
    assert "nothing but the health check is proven" in out
    assert run(command) == 0


def test_two_sides_are_compared(service: KeptService, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What reads is sent to both; in what the first contradicts itself is noise, and what is ignored is not told.

    Nor is what says nothing of the two: how the page of an error looks, or how the other one tells that it is well.
    """
    other = KeptService()
    other.reviews = {key: {**item, "stars": 5} for key, item in service.reviews.items()}
    asked = iter(range(1000))

    def spoil(_: str, said: Said) -> Said:
        return replace(said, headers={**said.headers, "X-Served": str(next(asked))})

    def elsewhere(line: str, said: Said) -> Said:
        if "healthcheck" in line:
            return Said(404)
        return replace(spoil(line, said), body=said.body or b"<h1>not found</h1>")

    service.spoil, other.spoil = spoil, elsewhere
    with serving(other) as second:
        told = found(url, capsys, "--against", second)
        assert {(item["rule"], item["subject"]) for item in told["findings"]} == {
            ("difference", "body /*/stars, value"),
            ("difference", "body /stars, value"),
        }
        assert {(item["expected"], item["came"]) for item in told["findings"]} == {("4", "5")}
        assert {line.split()[0] for line in other.asked} == {"GET"}
        other.spoil = lambda _, said: replace(said, headers={**said.headers, "Vary": "Cookie"})
        vary = [item for item in found(url, capsys, "--against", second)["findings"] if "vary" in item["subject"]]
        assert [item["came"] for item in vary] == ["Cookie"]
        other.spoil = spoil
        project = Path("strangler.toml")
        project.write_text(project.read_text() + '[gateway.shadow]\nignore = ["body /*/stars", "body /stars"]\n')
        assert found(url, capsys, "--against", second)["findings"] == []


@pytest.mark.usefixtures("service")
def test_the_plan_asks_for_a_contract_that_is_kept(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By the document as it is: after a change of what it imports, too, the test does not count any more."""
    project = Path("strangler.toml")
    project.write_text(project.read_text() + f'upstreams = ["{url}"]\n')

    def build() -> str:
        read = load_project(project)
        return look_beside_map(read, read.service("reviews"))[Step.BUILD].found

    assert build() == "1 of 1 answer; its contract was not tested"
    found(url, capsys)
    assert build() == "1 of 1 answer; the contract test has 0 findings, 3 of 5 operations proven"
    found(url, capsys, "--write")
    assert build() == "1 of 1 answer; contract kept, 5 of 5 operations proven"
    found(url, capsys, "--only", "GET /reviews")
    assert build() == "1 of 1 answer; contract kept, 5 of 5 operations proven"
    file = Path("design/common.json5")
    file.write_text(f"// A comment changes nothing.\n{file.read_text()}")
    assert build() == "1 of 1 answer; contract kept, 5 of 5 operations proven"
    file.write_text(file.read_text().replace("How a service is.", "How it is."))
    assert build() == "1 of 1 answer; its document has changed since the contract test"


@pytest.mark.usefixtures("service")
def test_a_service_that_is_not_there_is_no_finding(capsys: pytest.CaptureFixture[str]) -> None:
    """The surroundings fail, which has a status of its own."""
    assert run(["contract", "test", "reviews", "--url", "http://127.0.0.1:9", *QUICK]) == 4
    assert "nobody answers: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--url or --events is needed"),
        (("--url", "http://127.0.0.1", "--against", "http://a", "--write"), "--against compares what reads"),
        (("--url", "http://[::1"), "--url is http://HOST[:PORT][/PATH]"),
        (("--url", "http://127.0.0.1:99999"), "--url is http://HOST[:PORT][/PATH]"),
        (("--url", "http://127.0.0.1", "--header", "X: ä"), "--header is NAME: VALUE"),
        (("--url", "127.0.0.1:80"), "--url is http://HOST[:PORT][/PATH]"),
        (("--url", "http://me:secret@127.0.0.1"), "--url must not have a password in it"),
        (("--url", "http://127.0.0.1", "--header", "Authorization"), "--header is NAME: VALUE"),
        (("--url", "http://127.0.0.1", "--parameter", "id"), "--parameter is NAME=VALUE"),
        (("--url", "http://127.0.0.1", "--parameter", "number=1"), "no path has a parameter number"),
        (("--url", "http://127.0.0.1", "--only", "GET /a"), "design/reviews.json5 has no operation GET /a"),
    ],
)
@pytest.mark.usefixtures("service")
def test_a_wrong_command_line_is_told(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is sent."""
    assert run(["contract", "test", "reviews", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "secret" not in error


@pytest.mark.usefixtures("service")
def test_events_are_held_against_the_unions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As they are, or in an envelope; without a running service."""
    review = {"id": "8f14e45f-ceea-467f-9b3c-000000000001", "stars": 5, "status": "shown"}
    whole = {**review, "created_at": "2026-11-30T12:00:00Z"}
    event = {"discriminator": "review_upserted", "event_id": "1", "timestamp": "2026-11-30T12:00:00Z"}
    lines = [
        {**event, "review": whole},
        {"specversion": "1.0", "id": "1", "data": {**event, "review": whole}},
        {**event, "review": review},
        {**event, "discriminator": "review_changed"},
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)) + "\n{\n")
    assert run(["contract", "test", "reviews", "--events", str(file), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["events"] == 5
    assert [(item["rule"], item["subject"], item["request"].rpartition(":")[2]) for item in told["findings"]] == [
        ("missing-field", "/review/created_at", "3"),
        ("discriminator", "/discriminator", "4"),
        ("body", "event", "5"),
    ]
    file.write_text(json.dumps(lines[0]))
    assert run(["contract", "test", "reviews", "--events", str(file)]) == 0
    assert capsys.readouterr().out == "no finding in 1 event\n"
