"""``strangler report``."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from strangler.cli.main import run
from strangler.cli.report_file import declared
from strangler.cli.saved_graph import load_graph
from strangler.cli.source_folder import SourceFolder, source_folder
from strangler.model.authority import Side
from strangler.model.shadow import ShadowRule
from strangler.planner.audit_log import AuditLog
from strangler.planner.migration_plan.plan_file import Plan, PlanFile, Seen
from strangler.planner.migration_plan.steps import Step
from strangler.planner.ratchet import findings
from strangler.project import Arm, Monolith, RouteMatch, RouteRule, Service, Traffic
from strangler.project_reader import load_project
from strangler.report.document.grouping import Phase
from strangler.store import ArtefactStore
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.graph.codec import save_facts
from strangler_analyzers.ratchet.baseline import Baseline, accepted
from strangler_analyzers.ratchet.baseline_file import FILE_NAME, save_baseline
from strangler_analyzers.ratchet.findings import Finding
from tests.analyzers.shop_facts import shop_facts
from tests.cli.saved_shop import save_shop


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The analysed shop, which is the current folder."""
    folder = save_shop(tmp_path)
    monkeypatch.chdir(folder)
    return folder


def test_writes_beside_the_map(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without reading any source."""
    assert run(["report"]) == 0
    assert capsys.readouterr().err == "report: .strangler/report.html\n"
    assert (shop / ".strangler" / "report.html").read_bytes().startswith(b"<!doctype html>")


def test_a_report_without_names_does_not_replace_the_true_one(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It has a name of its own."""
    assert run(["report", "--redact"]) == 0
    assert capsys.readouterr().err == "report: .strangler/report-redacted.html\n"
    assert not (shop / ".strangler" / "report.html").exists()
    assert "<title>monolith: system map</title>" in (shop / ".strangler" / "report-redacted.html").read_text("utf-8")


def test_opens_what_it_wrote(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the user's browser."""
    shown: list[str] = []

    def remember(address: str) -> bool:
        shown.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", remember)
    assert run(["report", "--html", "out/map.html", "--open"]) == 0
    assert shown == [(shop / "out" / "map.html").as_uri()]


def data(file: Path) -> Mapping[str, object]:
    """What a report's page holds, unpacked."""
    found = re.search(r'id="data">([A-Za-z0-9+/=]+)</script>', file.read_text("utf-8"))
    assert found is not None
    return msgspec.json.decode(gzip.decompress(base64.b64decode(found[1])), type=dict[str, object])


def save_earlier(folder: Path) -> Path:
    """The shop before its payments, when it had something that is secret now, in a folder of its own."""
    facts = shop_facts()
    calls = [call for call in facts.calls if "payments" not in call.callee]
    secret = replace(facts.functions[0], name="shop.orders.views:zanzibar_rebate")
    earlier = replace(facts, calls=tuple(calls), functions=tuple(sorted((*facts.functions, secret))))
    save_facts(ArtefactStore.beside(folder), earlier)
    return folder


def test_says_what_has_changed_since_an_earlier_analysis(tmp_path_factory: pytest.TempPathFactory, shop: Path) -> None:
    """By the name of its folder: where that stands is nobody's business."""
    earlier = save_earlier(tmp_path_factory.mktemp("winter"))
    assert run(["report", "--diff", str(earlier)]) == 0
    found = data(shop / ".strangler" / "report.html")["comparison"]
    assert isinstance(found, dict)
    text = msgspec.json.encode(found).decode()
    assert "function:shop.orders.views:zanzibar_rebate" in text
    assert "shop.payments.client:charge" in text
    assert f'"base":"{earlier.name}"' in text
    assert str(earlier.parent) not in text


def test_an_unknown_base_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """With the help that tells what it can be."""
    assert run(["report", "--diff", "nowhere"]) == 3
    assert "neither a file, nor a folder, nor a git revision" in capsys.readouterr().err


def test_a_report_without_names_has_none_of_an_earlier_analysis(
    tmp_path_factory: pytest.TempPathFactory, shop: Path
) -> None:
    """Nor where anything stands; equal names are equal in both."""
    earlier = save_earlier(tmp_path_factory.mktemp("winter"))
    assert run(["report", "--diff", str(earlier), "--redact"]) == 0
    file = shop / ".strangler" / "report-redacted.html"
    text = file.read_text("utf-8") + msgspec.json.encode(data(file)).decode()
    for word in ("zanzibar", "winter", "checkout", "loyalty", "orders_order", str(shop), shop.name, str(Path.home())):
        assert word not in text, word
    assert run(["report", "--diff", str(earlier)]) == 0
    assert counts(data(file)) == counts(data(shop / ".strangler" / "report.html"))


def counts(document: Mapping[str, object]) -> object:
    """How much is new and gone."""
    return msgspec.convert(document["comparison"], dict[str, object])["counts"]


def test_without_a_map_says_how_to_get_one(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command that makes one."""
    empty = tmp_path_factory.mktemp("empty")
    assert run(["report", str(empty)]) == 3
    assert "run: strangler analyze" in capsys.readouterr().err


def test_tells_how_far_each_route_is() -> None:
    """By what strangler.toml says of its traffic."""
    cases = {
        Traffic(): (Phase.MONOLITH, 0, 0),
        Traffic(shadow=ShadowRule(share=20)): (Phase.SHADOW, 0, 20),
        Traffic(v2=5, shadow=ShadowRule(share=100)): (Phase.CANARY, 5, 100),
        Traffic(v2=100): (Phase.V2, 100, 0),
        Traffic(v2=50, rolled_back=True): (Phase.ROLLED_BACK, 50, 0),
        Traffic(arms=(Arm("a", Side.V1, 3), Arm("b", Side.V2, 1))): (Phase.CANARY, 25, 0),
    }
    for traffic, expected in cases.items():
        rule = RouteRule(RouteMatch("/x", ("GET",)), "reviews", traffic)
        source = SourceFolder(Path(), Monolith(), ArtefactStore(Path()), (Service("reviews"),), (rule,))
        (found,) = declared(source)[0].rules
        assert (found.phase, found.share, found.shadow) == expected


def test_every_route_is_on_v2_once_it_has_the_authority(tmp_path: Path) -> None:
    """As a plan has seen it; what somebody only said counts for nothing, nor does traffic that was shifted before."""
    text = '[services.a]\ntables = ["a"]\n\n[services.b]\ntables = ["b"]\n'
    text += "".join(
        f'[[routes]]\nmatch = {{ path = "/{name}" }}\nservice = "{name}"\ntraffic = {{ v2 = 50 }}\n' for name in "ab"
    )
    (tmp_path / "strangler.toml").write_text(text)
    plans = PlanFile(ArtefactStore(tmp_path / ".strangler"))
    seen = {"a": Seen("v2 has the authority, epoch 3", "now"), "b": Seen("I say so", "now", "me")}
    for name, one in seen.items():
        plans.write(Plan(name, "now").with_seen(Step.CUTOVER, one))
    found = {item.name: [(rule.phase, rule.share) for rule in item.rules] for item in declared(source_folder(tmp_path))}
    assert found == {"a": [(Phase.V2, 100)], "b": [(Phase.CANARY, 50)]}


def declare(shop: Path) -> None:
    """A boundary around the orders."""
    (shop / "strangler.toml").write_text('[services.orders]\ntables = ["orders_order"]\n', "utf-8")


class Violations(msgspec.Struct):
    """What a report tells of the ratchet."""

    state: list[str]
    rule: list[str]
    source: list[str]
    reason: list[str]
    counts: list[int]


def violations(file: Path) -> Violations:
    """What the page of a report says crosses the boundaries."""
    return msgspec.convert(data(file)["violations"], Violations)


def test_tells_what_crosses_the_declared_boundaries_beside_the_baseline(shop: Path) -> None:
    """New until the baseline has it; with --redact the rules and places are there, no name is."""
    declare(shop)
    file = shop / ".strangler" / "report.html"
    assert run(["report"]) == 0
    before = violations(file)
    assert set(before.state) == {"new"}
    assert "foreign-key" in before.rule
    found = find_violations(shop)
    save_baseline(shop / FILE_NAME, accepted(Baseline(), found[1:], ("orders",), "known since long", None))
    assert run(["report"]) == 0
    after = violations(file)
    assert after.counts == [1, 0, len(found) - 1, 0]
    assert after.reason == ["", *["known since long"] * (len(found) - 1)]
    assert run(["report", "--redact"]) == 0
    redacted = violations(shop / ".strangler" / "report-redacted.html")
    assert redacted.rule == after.rule
    assert "orders" not in redacted.source


def find_violations(shop: Path) -> tuple[Finding, ...]:
    """What strangler check finds in the shop."""
    system = load_graph(shop)
    return findings(system, (), load_project(shop), Constraints())


def test_tells_how_far_the_migration_was_seen_last(shop: Path) -> None:
    """Without asking anybody, and without who it was or where it stands on this machine."""
    declare(shop)
    plan = Plan("orders", "then", seen={Step.MAP: Seen(f"{shop}/.strangler/graph.json has all tables", "2027-01-01")})
    PlanFile(ArtefactStore.beside(shop)).write(plan)
    AuditLog(shop / ".strangler" / "audit.jsonl", "me@here", lambda: 0.0).record("orders", "gateway shift", {"v2": 5})
    assert run(["report"]) == 0
    text = msgspec.json.encode(data(shop / ".strangler" / "report.html")["migration"]).decode()
    assert '"found":".strangler/graph.json has all tables (seen on 2027-01-01)"' in text
    assert '"action":"gateway shift","details":{"v2":5}' in text
    assert "me@here" not in text
    assert str(shop) not in text
    assert run(["report", "--redact"]) == 0
    assert data(shop / ".strangler" / "report-redacted.html")["migration"] is None
