"""``strangler plan``, ``next``, ``undo`` and what ``status`` says of a plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.project_reader import load_project
from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import save_facts
from strangler_analyzers.ratchet.baseline import Baseline
from strangler_analyzers.ratchet.baseline_file import save_baseline
from tests.cli.reviews_shop import reviews_shop
from tests.sample_monolith import sample_facts

PROJECT = """\
# The shop.

[monolith]
root = "." # here

[gateway] # none yet
listen = "127.0.0.1:8080"
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the mapped sample monolith with a project file that declares no service; it is the current folder."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    save_facts(ArtefactStore.beside(tmp_path), sample_facts())
    (tmp_path / "strangler.toml").write_text(PROJECT)
    return tmp_path


def _steps(text: str) -> dict[str, str]:
    return {item["step"]: item["state"] for item in json.loads(text)["steps"]}


def test_an_accepted_proposal_becomes_a_boundary_and_a_plan(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Written at the end of the file, whose comments stay; the first steps are seen to be done."""
    assert run(["plan", "reviews", "--json"]) == 0
    captured = capsys.readouterr()
    steps = _steps(captured.out)
    assert steps["writers"] == "open"
    assert " routes stay on v1 and write what moves; their writes will fail: " in captured.out
    assert (steps["map"], steps["boundary"], steps["line"]) == ("done", "done", "open")
    assert json.loads(captured.out)["next"] == "line"
    text = (shop / "strangler.toml").read_text()
    assert text.startswith(PROJECT)
    assert '[services.reviews]\nmodules = ["' in text
    assert 'tables = ["reviews_review", "reviews_vote"]\n' in text
    assert '"shop.reviews"' in text
    plan = json.loads((shop / ".strangler" / "plan.json").read_bytes())
    assert plan["plans"]["reviews"]["seen"]["map"]["found"] == "41 tables, 175 modules"
    actions = [json.loads(line)["action"] for line in (shop / ".strangler" / "audit.jsonl").read_text().splitlines()]
    assert actions == ["plan: map is done", "plan: boundary is done"]


@pytest.mark.usefixtures("shop")
def test_a_vital_part_is_told_to_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    """As suggest --first does, which would refuse it."""
    assert run(["plan", "orders", "--progress", "none"]) == 0
    err = capsys.readouterr().err
    assert "wrote [services.orders] to strangler.toml: look it over" in err
    later = '# design = "design/orders.json5"\n# database = "${ORDERS_DATABASE_URL}"\n# upstreams = ['
    assert later in Path("strangler.toml").read_text()
    assert "orders is vital, and should not go first: money: " in err


@pytest.mark.usefixtures("shop")
def test_next_says_what_the_gate_lacks_and_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Of each service that is planned."""
    assert run(["next"]) == 3
    told = "there is no plan; choose a part: strangler suggest --first; then run: strangler plan NAME"
    assert told in capsys.readouterr().err
    assert run(["plan", "reviews", "--quiet"]) == 0
    capsys.readouterr()
    assert run(["next"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "next: keep the line (line) of reviews",
        "  gate: strangler-baseline.json was made with the service",
        "  now: the baseline does not know it",
        '  do: strangler check --accept "known when reviews was drawn"',
    ]


def test_nothing_is_done_by_hand_without_saying_so(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who, when, why and what is really there; undo takes it back."""
    assert run(["plan", "reviews", "--done", "line"]) == 2
    assert "--done and --because REASON belong together" in capsys.readouterr().err
    assert run(["plan", "reviews", "--quiet", "--done", "line", "--because", "our own linter does it"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("reviews: 3 of 17 steps done, 1 of them by hand\n")
    assert "our own linter does it (seen: the baseline does not know it)" in out
    audit = (shop / ".strangler" / "audit.jsonl").read_text()
    assert '"action": "plan: line declared done by hand", "reason": "our own linter does it"' in audit
    assert run(["undo", "reviews"]) == 0
    assert capsys.readouterr().out == "reviews: line is taken back\n"
    assert run(["next", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["next"]["step"] == "line"


def test_undo_takes_back_the_boundary_that_was_drawn(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is as it was, the plan is gone."""
    assert run(["plan", "reviews", "--quiet"]) == 0
    assert run(["undo", "reviews"]) == 0
    assert capsys.readouterr().out.endswith("reviews: boundary is taken back\n")
    assert (shop / "strangler.toml").read_text().rstrip() == PROJECT.rstrip()
    assert json.loads((shop / ".strangler" / "plan.json").read_bytes())["plans"] == {}


def test_undo_leaves_what_others_did_and_says_how(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A boundary that somebody wrote is theirs."""
    declared = '[services.reviews]\nmodules = ["shop.reviews"]\ntables = ["reviews_review", "reviews_vote"]\n'
    (shop / "strangler.toml").write_text(declared + PROJECT)
    assert run(["plan", "reviews", "--quiet"]) == 0
    capsys.readouterr()
    assert run(["undo", "reviews"]) == 0
    assert capsys.readouterr().out == (
        "reviews: the last step is boundary (1 module, 2 tables); to take it back:"
        " take modules and tables out of [services.reviews] in strangler.toml\n"
    )
    assert (shop / "strangler.toml").read_text() == declared + PROJECT


def test_a_line_that_was_never_committed_can_be_taken_back(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Git knows nothing of a file that it has not seen."""
    assert run(["plan", "reviews", "--quiet"]) == 0
    save_baseline(shop / "strangler-baseline.json", Baseline(("reviews",)))
    capsys.readouterr()
    assert run(["undo", "reviews"]) == 0
    assert "or delete the file if there is none\n" in capsys.readouterr().out


def test_a_damaged_plan_says_how_to_begin_anew(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command that is named works."""
    file = shop / ".strangler/plan.json"
    file.write_text("{")
    assert run(["plan", "reviews", "--quiet"]) == 3
    assert f"run: rm {file}; strangler plan SERVICE" in capsys.readouterr().err


def test_what_suggest_prints_is_a_command_that_works(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the number of services it has told, and under another name; a name that TOML could not hold is refused."""
    assert run(["suggest", "--services", "3", "--json"]) == 0
    proposed = json.loads(capsys.readouterr().out)["services"][-1]
    assert run(["suggest", "--services", "3"]) == 0
    assert "\ntake one of them out: strangler plan NAME --services 3 (--as OTHER" in capsys.readouterr().out
    assert run(["plan", proposed["name"], "--services", "3", "--as", "not so"]) == 2
    assert "'not so' cannot be the name of a service" in capsys.readouterr().err
    assert run(["plan", proposed["name"], "--services", "3", "--as", "other", "--quiet"]) == 0
    assert load_project(shop).service("other").tables == tuple(sorted(proposed["tables"]))
    assert run(["plan", proposed["name"], "--as", "other"]) == 2
    assert "strangler.toml has a service other already" in capsys.readouterr().err
    assert run(["next", "other"]) == 0
    assert capsys.readouterr().out.startswith("next: keep the line (line) of other\n")


def test_a_service_whose_code_stands_in_modules_of_others_can_go_on(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command that draws a boundary would change nothing; what is left of code that is not named nobody knows."""
    with (shop / "strangler.toml").open("a") as file:
        file.write('\n[services.votes]\nmodules = []\ntables = ["reviews_vote"]\n')
    assert run(["plan", "votes", "--json"]) == 0
    steps = {item["step"]: item for item in json.loads(capsys.readouterr().out)["steps"]}
    assert steps["boundary"]["found"].startswith("0 modules, 1 table: its code stands in modules of others; ")
    assert (steps["boundary"]["state"], steps["retire"]["state"]) == ("open", "open")
    assert run(["plan", "votes", "--done", "boundary", "--because", "one file of models", "--quiet"]) == 0
    capsys.readouterr()
    assert run(["next", "votes"]) == 0
    assert capsys.readouterr().out.startswith("next: keep the line (line) of votes\n")


@pytest.mark.usefixtures("shop")
def test_a_service_nobody_proposes_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that are proposed."""
    assert run(["plan", "nothing"]) == 2
    err = capsys.readouterr().err
    assert "neither strangler.toml nor a proposal has a service nothing; proposed: " in err
    assert "reviews" in err


@pytest.mark.usefixtures("shop")
def test_status_tells_of_the_plan_before_there_are_databases(capsys: pytest.CaptureFixture[str]) -> None:
    """Instead of failing because they are not named yet."""
    assert run(["plan", "reviews", "--quiet"]) == 0
    capsys.readouterr()
    assert run(["status"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("reviews: who has the authority is not known: ")
    assert "plan of reviews: 2 of 17 steps done\n  next: keep the line (line) of reviews\n" in out


def test_a_journal_is_evidence_of_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is read from the databases themselves."""
    folder = reviews_shop(tmp_path, monkeypatch)
    save_facts(ArtefactStore.beside(folder), sample_facts())
    assert run(["plan", "reviews", "--json"]) == 0
    assert _steps(capsys.readouterr().out)["journal"] == "open"
    assert run(["journal", "install", "reviews"]) == 0
    capsys.readouterr()
    assert run(["plan", "reviews", "--json"]) == 0
    steps = _steps(capsys.readouterr().out)
    assert (steps["journal"], steps["seed"], steps["front"]) == ("done", "open", "unknown")


def test_a_plan_says_each_reason_once_and_undo_what_is_out_of_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A journal without a map: there is nothing to take back in a row, but there is something."""
    monkeypatch.setenv("COLUMNS", "200")
    reviews_shop(tmp_path, monkeypatch)
    assert run(["journal", "install", "reviews"]) == 0
    assert run(["plan", "reviews"]) == 0
    told = capsys.readouterr().out
    assert [
        line.split()[2] for line in told.splitlines() if line.endswith(": not known, for the same reason as map")
    ] == [
        "routes",
        "writers",
        "rewrite",
        "retire",
    ]
    assert "put the gateway in front: 127.0.0.1:9: the gateway does not answer" in told
    assert run(["undo", "reviews"]) == 2
    assert "map, the first step of reviews, is not done; done out of turn: journal; see" in capsys.readouterr().err
