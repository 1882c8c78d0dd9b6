"""``strangler check``: the line a team has drawn, kept in a pull request."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from strangler.cli.main import run
from tests.cli.git_repository import commit_all, git
from tests.sample_monolith import ROOT, copy_sample

PLANTED = """

def hide_reviews(order):
    from shop.reviews.models import Review

    Review.objects.filter(customer=order.customer).update(status="hidden")
"""
PLANTED_SQL = """

def count_votes(cursor):
    cursor.execute("UPDATE reviews_vote SET value = 1")
"""
MENDED = """

def hide_reviews(order):
    from shop.orders.signals import order_placed

    order_placed.send(sender=None, order=order)
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a repository of the sample monolith with a baseline, on a branch of its own."""
    repository = tmp_path_factory.mktemp("drawn")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(copy_sample(repository))
        assert run(["check", "--quiet", "--accept", "as it is when the boundary is drawn"]) == 0
    commit_all(repository, "a shop")
    git(repository, "checkout", "--quiet", "-b", "change")
    return repository


@pytest.fixture
def shop(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the sample monolith in a copy of that repository; it is the current folder."""
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / ROOT.name
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("TF_BUILD", raising=False)
    monkeypatch.chdir(folder)
    return folder


def _add(folder: Path, text: str) -> None:
    with (folder / "shop/orders/services.py").open("a", encoding="utf-8") as file:
        file.write(text)
    commit_all(folder.parent, "a change")


def test_a_planted_write_fails_a_pull_request_and_its_fix_passes(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The orders write the reviews' table: told with its place; once they tell by a signal, nothing is left to say."""
    before = (shop / "shop/orders/services.py").read_text(encoding="utf-8")
    _add(shop, PLANTED)
    assert run(["check", "--quiet", "--diff", "main", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    writes = [item for item in found["new"] if item["rule"] == "foreign-write"]
    assert [item["subject"] for item in writes] == ["shop.orders.services:hide_reviews -> reviews_review"]
    line = len(before.splitlines()) + 6
    assert writes[0]["location"] == {"file": "shop/orders/services.py", "line": line}
    assert not found["grown"]

    (shop / "shop/orders/services.py").write_text(before + MENDED, encoding="utf-8")
    commit_all(shop.parent, "the fix")
    assert run(["check", "--quiet", "--diff", "main"]) == 0
    assert capsys.readouterr().out.startswith("nothing new crosses a boundary (")


def test_a_migration_that_the_release_before_can_not_live_with_fails(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A column goes that the code of main reads; with a reason in its line it may."""
    migration = shop / "shop/orders/migrations/0099_no_note.py"
    text = 'from django.db import migrations\n\nSTEP = migrations.RemoveField("orderline", "quantity")'
    migration.write_text(f"{text}\n", encoding="utf-8")
    commit_all(shop.parent, "a migration")
    assert run(["check", "--quiet", "--diff", "main", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["new"]
    assert (found["rule"], found["source"]) == ("incompatible-migration", "monolith")
    assert found["location"] == {"file": "shop/orders/migrations/0099_no_note.py", "line": 3}
    assert found["message"] == (
        "the release before cannot live with a migration that removes orders_orderline.quantity: "
        "shop.orders.migrations.0099_no_note (RemoveField)"
    )
    migration.write_text(f"{text}  # incompatible: nobody orders at night\n", encoding="utf-8")
    commit_all(shop.parent, "a reason")
    assert run(["check", "--quiet", "--diff", "main"]) == 0


def test_sql_in_a_string_is_a_write_too(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the statement, without a model."""
    _add(shop, PLANTED_SQL)
    assert run(["check", "--quiet", "--diff", "main", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [item["rule"] for item in found["new"]] == ["foreign-write"]
    assert found["new"][0]["message"] == (
        "monolith writes reviews_vote of reviews: shop.orders.services:count_votes (raw UPDATE)"
    )


def test_the_baseline_can_not_grow_with_what_is_new(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither by asking for it, nor by hand."""
    _add(shop, PLANTED)
    file = shop / "strangler-baseline.json"
    before = file.read_bytes()
    assert run(["check", "--progress", "none", "--accept", "we are in a hurry"]) == 1
    assert file.read_bytes() == before
    assert "--accept takes what a newly declared service brings, and nothing else" in capsys.readouterr().err

    document = json.loads(before)
    document["exemptions"].append(
        {"rule": "foreign-write", "subject": "shop.orders.services:hide_reviews -> reviews_review", "reason": "hurry"}
    )
    file.write_text(json.dumps(document))
    commit_all(shop.parent, "an exemption")
    assert run(["check", "--quiet", "--diff", "main", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [item["rule"] for item in found["grown"]] == ["foreign-write"]
    assert "foreign-write" in {item["rule"] for item in found["new"]}


def test_what_is_mended_must_leave_the_baseline(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So that it cannot come back; --shrink takes it out."""
    seeding = shop / "shop/catalog/views.py"
    text = seeding.read_text(encoding="utf-8")
    start = text.index("def product_quickview")
    seeding.write_text(text[:start] + "def product_quickview(request, slug):\n    return None\n", encoding="utf-8")
    assert run(["check", "--quiet", "--diff", "main", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["new"]
    gone = {item["subject"] for item in found["stale"]}
    assert "shop.catalog.views:product_quickview -> reviews_review" in gone
    assert run(["check", "--quiet"]) == 1
    told = capsys.readouterr().out
    assert "Exempt, but gone" in told
    assert "take them out of strangler-baseline.json: strangler check --shrink" in told
    assert run(["check", "--quiet", "--shrink"]) == 0
    assert run(["check", "--quiet", "--diff", "main"]) == 0


def test_a_baseline_that_is_not_there_can_not_shrink(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty one that nobody asked for would say that a line is kept."""
    file = shop / "strangler-baseline.json"
    file.unlink()
    assert run(["check", "--quiet", "--shrink"]) == 3
    told = "strangler-baseline.json: there is nothing to shrink: no such file; run: strangler check --accept REASON"
    assert told in capsys.readouterr().err
    assert not file.exists()


def test_an_exemption_does_not_end_before_it_begins(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing would be exempt by it; the baseline stays as it is."""
    before = (shop / "strangler-baseline.json").read_bytes()
    assert run(["check", "--accept", "for a while", "--expires", "2001-02-03"]) == 2
    assert "--expires 2001-02-03 is over; give a day to come" in capsys.readouterr().err
    assert (shop / "strangler-baseline.json").read_bytes() == before


def test_an_exemption_ends_on_its_day(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told with its reason."""
    file = shop / "strangler-baseline.json"
    document = json.loads(file.read_bytes())
    document["exemptions"][0] |= {"expires": "2001-02-03", "reason": "for a while"}
    file.write_text(json.dumps(document))
    assert run(["check", "--quiet"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("1 expired exemption (")
    assert "2001-02-03: " in out
    assert "(for a while)" in out
    assert "mend them, or give them a later day and a reason in strangler-baseline.json" in out
    files = ["--sarif", "check.sarif", "--code-quality", "quality.json", "--markdown", "summary.md"]
    assert run(["check", "--quiet", "--annotations", "github", *files]) == 1
    told = "exempt until 2001-02-03 (for a while): "
    (mark,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("::error"))
    assert f"::{told}" in mark
    assert f"| {told}" in Path("summary.md").read_text()
    (entry,) = json.loads(Path("quality.json").read_bytes())
    assert entry["description"].startswith(told)
    results = json.loads(Path("check.sarif").read_bytes())["runs"][0]["results"]
    assert [item["message"]["text"].startswith(told) for item in results].count(True) == 1


def test_ci_gets_sarif_a_summary_and_marked_lines(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files are named as the repository does."""
    _add(shop, PLANTED)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(["check", "--quiet", "--sarif", "check.sarif", "--markdown", "summary.md"]) == 1
    file = "sample-monolith/shop/orders/services.py"
    marked = [line for line in capsys.readouterr().out.splitlines() if line.startswith("::error ")]
    assert any(line.startswith(f"::error file={file},line=") and "foreign-write" in line for line in marked)
    log = json.loads((shop / "check.sarif").read_bytes())
    assert log["version"] == "2.1.0"
    results = log["runs"][0]["results"]
    new = [item for item in results if "suppressions" not in item]
    assert {item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for item in new} == {file}
    rules = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    assert all(rules[item["ruleIndex"]] == item["ruleId"] for item in results)
    assert all(item["suppressions"][0]["justification"] for item in results if "suppressions" in item)
    assert "| foreign-write | monolith writes reviews_review of reviews" in (shop / "summary.md").read_text()


def test_without_a_boundary_there_is_nothing_to_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how to draw one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "strangler.toml").write_text("[services.reviews]\n")
    assert run(["check"]) == 3
    assert "declare a boundary: [services.reviews]" in capsys.readouterr().err


@pytest.mark.usefixtures("shop")
def test_a_revision_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do, by the code that `strangler diff` has for it."""
    assert run(["check", "--quiet", "--diff", "nowhere"]) == 3
    assert "there is no revision nowhere; fetch it: git fetch" in capsys.readouterr().err


def test_a_revision_is_looked_up_before_anything_is_analysed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody waits for an analysis to be told that the folder is in no repository."""
    folder = copy_sample(tmp_path)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert run(["check", "--diff", "HEAD", "--progress", "plain"]) == 3
    told = capsys.readouterr().err
    assert "is in no git repository; run: git init" in told
    assert len(told.splitlines()) == 1


def test_an_option_is_no_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """A reason that was forgotten does not take the next option in its place."""
    assert run(["check", "--accept", "--expires", "2099-01-01"]) == 2
    assert "--accept wants a reason, not --expires" in capsys.readouterr().err


@pytest.mark.usefixtures("shop")
def test_gitlab_gets_its_code_quality_report(shop: Path) -> None:
    """What fails with its place from the top of the repository; the fingerprint outlives lines that move."""
    _add(shop, PLANTED)
    assert run(["check", "--quiet", "--code-quality", "quality.json"]) == 1
    entries = json.loads((shop / "quality.json").read_bytes())
    write = next(item for item in entries if item["check_name"] == "foreign-write")
    assert write["location"]["path"] == f"{shop.name}/shop/orders/services.py"
    assert "reviews_review" in write["description"]
    (shop / "shop/orders/services.py").write_text("\n" + (shop / "shop/orders/services.py").read_text(encoding="utf-8"))
    assert run(["check", "--quiet", "--code-quality", "quality.json"]) == 1
    moved = next(
        item for item in json.loads((shop / "quality.json").read_bytes()) if item["check_name"] == "foreign-write"
    )
    assert moved["fingerprint"] == write["fingerprint"]
    assert moved["location"]["lines"]["begin"] == write["location"]["lines"]["begin"] + 1


def test_each_report_of_a_pull_request_names_the_planted_line_and_nothing_once_it_is_mended(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """SARIF, marks of GitHub and GitLab's report of one run: the file and line of the write, then no finding at all."""
    before = (shop / "shop/orders/services.py").read_text(encoding="utf-8")
    command = ["check", "--quiet", "--diff", "main", "--annotations", "github"]
    command += ["--sarif", "check.sarif", "--code-quality", "quality.json"]
    _add(shop, PLANTED)
    assert run(command) == 1
    file, line = "sample-monolith/shop/orders/services.py", len(before.splitlines()) + 6
    assert f"::error file={file},line={line}," in capsys.readouterr().out
    assert (file, line) in {(item["location"]["path"], item["location"]["lines"]["begin"]) for item in _quality(shop)}
    assert (file, line) in _told(shop)

    (shop / "shop/orders/services.py").write_text(before + MENDED, encoding="utf-8")
    commit_all(shop.parent, "the fix")
    assert run(command) == 0
    assert "::error" not in capsys.readouterr().out
    assert _quality(shop) == []
    assert _told(shop) == set()


def _quality(shop: Path) -> list[dict[str, dict[str, dict[str, int]]]]:
    return json.loads((shop / "quality.json").read_bytes())


def _told(shop: Path) -> set[tuple[str, int]]:
    """The places of what SARIF does not suppress."""
    places = [
        item["locations"][0]["physicalLocation"]
        for item in json.loads((shop / "check.sarif").read_bytes())["runs"][0]["results"]
        if "suppressions" not in item
    ]
    return {(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places}


def test_a_migration_that_touches_a_foreign_table_is_found(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Though no code of the application does."""
    (shop / "shop/orders/migrations/0002_hide.py").write_text(
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        '    dependencies = [("orders", "0001_initial")]\n'
        "    operations = [migrations.RunSQL(\"UPDATE reviews_review SET status = 'hidden'\")]\n"
    )
    assert run(["check", "--quiet", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [item["rule"] for item in found["new"]] == ["foreign-migration"]
    assert found["new"][0]["message"] == (
        "a migration of monolith touches reviews_review of reviews: shop.orders.migrations.0002_hide (RunSQL UPDATE)"
    )


def test_the_sample_keeps_its_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Its baseline is committed, as a team's is: nothing crosses that it does not say, and it says nothing too much."""
    monkeypatch.chdir(ROOT)
    assert run(["check", "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("nothing new crosses a boundary (")


def test_a_table_that_nothing_has_is_told(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the one that is meant: around a misspelled name nothing crosses a boundary."""
    project = shop / "strangler.toml"
    project.write_text(project.read_text().replace('"reviews_vote"', '"review_vote"', 1))
    assert run(["check", "--diff", "main"]) == 0
    told = "review_vote of [services.reviews] is no table of the map; did you mean reviews_vote?\n"
    assert told in capsys.readouterr().err
