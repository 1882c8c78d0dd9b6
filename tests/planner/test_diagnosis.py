"""The diagnosis of a service: whole when all is well, and complete when something is not."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.clock import ClockReading
from strangler.model.errors import StranglerError, UnavailableError
from strangler.planner.diagnosis import Part, Probes, diagnose, worst
from strangler.planner.refused_writes import refused_writes
from strangler.project import Address, Project
from strangler.project_reader import parse_project
from strangler.secret import Reference, Secret
from strangler_etl.errors import DatabaseError
from strangler_etl.examination.finding import Finding, Level
from strangler_etl.records.authority import replace_authority
from strangler_etl.records.streams import backward_stream, forget_trouble, note_end, note_trouble, read_position
from strangler_etl.run.rejects import Reject, write_rejects
from strangler_gateway.admin.client import GatewayRefusedError
from strangler_gateway.admin.messages import GatewayStatus, Refusal, ServiceStatus
from strangler_gateway.in_flight import InFlight
from tests.etl.copied_case import copied, verified
from tests.etl.reviews_case import PROJECT, ReviewsCase

COMPLETE = (
    PROJECT.replace("[services.reviews]\ntables", '[services.reviews]\nupstreams = ["${SERVICE_URL}"]\ntables').replace(
        "[monolith]\n", '[monolith]\nupstreams = ["http://127.0.0.1:8000"]\n'
    )
    + """
[gateway]
admin = ["127.0.0.1:9900"]
token = "${TOKEN}"
identity = { whoami = "/whoami", key = "${KEY}" }
[[routes]]
match = { path = "/reviews" }
service = "reviews"
"""
)
KEY = "00000000-0000-4000-8000-000000000001"
ELSEWHERE = {"durability", "connections", "long transactions"}
"""What depends on the server the tests run on."""


@dataclass
class World:
    """What is outside, all well unless a test says otherwise."""

    environment: dict[str, str]
    knows: tuple[str, ...] = ("reviews",)
    silent: bool = False
    statuses: dict[str, int] = field(default_factory=dict[str, int])
    behind: float = 0.0

    @property
    def probes(self) -> Probes:
        """As the diagnosis sees it."""
        return Probes(
            self.environment,
            time.time,
            self._gateways,
            self._upstream,
            ask_gateway_clocks=lambda gateways, _token: dict.fromkeys(gateways, self._clock(-self.behind)),
            ask_upstream_clock=lambda _: self._clock(0),
        )

    def _clock(self, ahead: float) -> ClockReading:
        now = time.time()
        return ClockReading(now + ahead, now, now)

    def _gateways(self, gateways: Sequence[Address], token: Secret) -> Mapping[Address, GatewayStatus | StranglerError]:
        if self.silent:
            return dict.fromkeys(gateways, UnavailableError("the gateway does not answer", remedy="start it"))
        if token.reveal() != "open":
            return {address: GatewayRefusedError(address, 401, Refusal("the token is needed")) for address in gateways}
        services = {name: ServiceStatus(name, Side.V1, 1, None, InFlight(), {}) for name in self.knows}
        return dict.fromkeys(gateways, GatewayStatus(pid=1, plan="a", services=services))

    def _upstream(self, url: str) -> int:
        if self.silent:
            raise UnavailableError("connection refused")
        return self.statuses.get(url, 401 if url.endswith("/whoami") else 200)


@pytest.fixture
def world(case: ReviewsCase) -> World:
    """Everything the complete project needs."""
    return World({**case.environment, "SERVICE_URL": "http://127.0.0.1:8001", "TOKEN": "open", "KEY": "k" * 32})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with an analysed source of one file."""
    (tmp_path / "app.py").write_text("")
    (tmp_path / ".strangler").mkdir()
    (tmp_path / ".strangler" / "graph.json").write_text("{}")
    return replace(parse_project(COMPLETE), path=tmp_path / "strangler.toml")


def _diagnosis(project: Project, world: World) -> list[Part]:
    return list(diagnose(project, list(project.services.values()), world.probes))


def _not_ok(parts: Sequence[Part]) -> list[tuple[str, Finding]]:
    return [
        (part.title, finding)
        for part in parts
        for finding in part.findings
        if finding.level is not Level.OK and finding.name not in ELSEWHERE
    ]


def _summary(parts: Sequence[Part]) -> list[tuple[str, str, Level, str]]:
    return [(title, finding.name, finding.level, finding.found) for title, finding in _not_ok(parts)]


def _found(parts: Sequence[Part], name: str) -> Finding:
    return next(finding for part in parts for finding in part.findings if finding.name == name)


def test_a_project_that_is_ready_has_no_problems(case: ReviewsCase, world: World, project: Project) -> None:
    """Before the journal is there, that is no problem; afterwards the journal and the fence are looked at."""
    parts = _diagnosis(project, world)
    assert [part.title for part in parts] == [
        "project",
        "source database",
        "reviews: target database",
        "reviews: source tables",
        "reviews: target tables",
        "reviews: migration",
        "reviews: clocks",
        "gateways",
        "upstreams",
    ]
    assert _not_ok(parts) == []
    assert _found(parts, "journal").found == "not yet; to begin: strangler journal install reviews"
    with case.migration() as migration:
        migration.install()
    parts = _diagnosis(project, world)
    assert _not_ok(parts) == []
    assert _found(parts, "journal").found == "on all 6 tables"
    assert _found(parts, "fence").found == "only v1, which has the authority, is open"


def test_a_gateway_whose_clock_is_behind_is_a_problem(world: World, project: Project) -> None:
    """With both hosts and what comes of it."""
    world.behind = 300
    ((title, name, level, found),) = _summary(_diagnosis(project, world))
    assert (title, name, level) == ("reviews: clocks", "clocks", Level.PROBLEM)
    assert found.startswith("gateway 127.0.0.1:9900 is 300.0 s (± 0.0 s) behind reviews at http://127.0.0.1:8001: ")


def test_looking_leaves_no_trace(case: ReviewsCase, world: World, project: Project) -> None:
    """Nothing of strangler's is in a database that was only looked at."""
    _diagnosis(project, world)
    assert not case.monolith.installed
    assert not case.service.installed


def test_a_table_that_lost_its_journal_is_a_problem(case: ReviewsCase, world: World, project: Project) -> None:
    """Some of the changes would be missed."""
    with case.migration() as migration:
        migration.install()
        migration.source.journal.remove(["category"])
    assert _summary(_diagnosis(project, world)) == [
        ("reviews: migration", "journal", Level.PROBLEM, "v1 category has no journal")
    ]


def test_a_verification_that_counts_no_more_is_a_warning(case: ReviewsCase, world: World, project: Project) -> None:
    """A cut-over would be refused."""
    with copied(case) as migration:
        verified(migration)
        assert _not_ok(_diagnosis(project, world)) == []
        migration.source.journal.remove(["reviews_vote"])
        migration.install()
    found = _found(_diagnosis(project, world), "verification")
    assert found.level is Level.WARNING
    assert found.found.endswith("(reviews_vote: its journal began)")


def test_a_journal_that_nobody_prunes_is_a_warning(
    case: ReviewsCase, world: World, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would grow until the disk is full."""
    monkeypatch.setattr("strangler.planner.diagnosis.MOST_CHANGES", 2)
    with copied(case, 3):
        case.monolith.execute("UPDATE reviews_review SET text = 'new'")
    ((_, found),) = _not_ok(_diagnosis(project, world))
    assert found.mend.endswith("strangler journal prune reviews")


def test_a_copy_that_was_cut_off_is_a_warning(case: ReviewsCase, world: World, project: Project) -> None:
    """With what it left away, and the command that goes on; before anybody has begun, or while it runs, it is none."""
    with case.migration() as migration:
        migration.install()
        assert _not_ok(_diagnosis(project, world)) == []
    with copied(case, 3) as migration:
        own = migration.target.own("dropped_index")
        migration.target.execute(
            f"INSERT INTO {own} (service, name, table_name, definition)"
            " VALUES ('reviews', 'by_text', 'review', 'CREATE')"
        )
        ((_, found),) = _not_ok(_diagnosis(project, world))
        assert found.found == "was begun and is not whole: indexes are to be made again: by_text"
        migration.target.execute(f"DELETE FROM {migration.target.own('checkpoint')} WHERE table_name = 'reviews_vote'")
        ((_, found),) = _not_ok(_diagnosis(project, world))
        assert found.found.endswith("not copied yet: reviews_vote; indexes are to be made again: by_text")
        assert found.mend == "run: strangler etl run reviews"
        with migration.target.run_lock.held("reviews"):
            assert _not_ok(_diagnosis(project, world)) == []


def test_rows_set_aside_are_a_warning(case: ReviewsCase, world: World, project: Project) -> None:
    """They are not in v2, whoever set them aside."""
    with copied(case, 3) as migration:
        write_rejects(migration.target, "reviews", [Reject("reviews_vote", "7", "it refers to none", "{}")])
    found = _found(_diagnosis(project, world), "rows set aside")
    assert found.level is Level.WARNING
    assert "(1 of reviews_vote)" in found.found
    assert "strangler etl verify reviews" in found.mend


def test_a_fence_that_does_not_fit_is_a_problem(case: ReviewsCase, world: World, project: Project) -> None:
    """The side without the authority must refuse writes."""
    with case.migration() as migration:
        migration.install()
        with migration.target.transaction():
            migration.target.fence.open(migration.target_tables)
    (found,) = _not_ok(_diagnosis(project, world))
    assert found == (
        "reviews: migration",
        Finding("fence", Level.PROBLEM, "does not fit the authority of v1", "run: strangler journal install reviews"),
    )


def test_writes_that_the_closed_side_refuses_are_a_warning(case: ReviewsCase, world: World, project: Project) -> None:
    """Each of them is an error for somebody, of which strangler would know nothing; for a day."""
    with case.migration() as migration:
        migration.install()
        with pytest.raises(DatabaseError):
            case.service.execute(f"INSERT INTO review (id, product_id, body, stars) VALUES ('{KEY}', 1, 'a', 5)")
        counts = migration.target.dialect == "postgres"
        (found,) = refused_writes(migration, time.time()) if counts else (None,)
        assert list(refused_writes(migration, time.time() + 90_000)) == []
    told = [one for title, one in _not_ok(_diagnosis(project, world)) if title == "reviews: migration"]
    assert told == [found] * counts
    if found is not None:
        assert found.found == "v2 has refused 1 write in all, the last one 0 minutes ago, to review"


def test_a_move_under_way_is_named_with_the_command_that_ends_it(
    case: ReviewsCase, world: World, project: Project
) -> None:
    """The fences are on their way then, and not judged; between two closed doors that is more than a warning."""
    with case.migration() as migration:
        migration.install()
        holding = Authority("reviews", step=MoveStep.HOLDING)
        replace_authority(migration.source, Authority("reviews"), holding)
        ((_, found),) = _not_ok(_diagnosis(project, world))
        assert (found.level, found.mend) == (Level.WARNING, "finish it: strangler cutover reviews")
        replace_authority(migration.source, holding, Authority("reviews", Side.V2, 2, MoveStep.MOVED))
    ((_, found),) = _not_ok(_diagnosis(project, world))
    assert (found.level, found.mend) == (Level.PROBLEM, "finish it: strangler cutover reviews")
    assert found.found.endswith("a move of the authority is under way (moved): neither side accepts writes")


def test_a_database_that_does_not_answer_is_one_problem(case: ReviewsCase, world: World, project: Project) -> None:
    """What needs it is skipped, which is said; everything else is looked at, and no password is shown."""
    if case.monolith.dialect == "postgres":
        address, _, _ = case.environment["SOURCE"].rpartition("/")
        world.environment["SOURCE"] = f"{address}/gone"
    else:
        world.environment["SOURCE"] += ".gone"
    parts = _diagnosis(project, world)
    assert [(title, name, level) for title, name, level, _ in _summary(parts)] == [
        ("source database", "connection", Level.PROBLEM),
        ("reviews: migration", "mapping, journal, fence", Level.WARNING),
    ]
    found = _found(parts, "connection").found
    assert "gone" in found
    assert found.endswith("; all else about it is skipped")
    assert "reviews: target tables" in [part.title for part in parts]
    if case.monolith.dialect == "postgres":
        password = case.environment["SOURCE"].split(":")[2].partition("@")[0]
        assert password not in str(parts)


def test_variables_that_are_not_set_are_problems_and_what_needs_them_is_skipped(world: World, project: Project) -> None:
    """Each has one problem, with its place in the file."""
    world.environment = {"TOKEN": "", "KEY": "secret words"}
    parts = _diagnosis(project, world)
    problems = [finding for _, finding in _not_ok(parts) if finding.level is Level.PROBLEM]
    assert [finding.mend for finding in problems] == [
        "run: export SOURCE=...",
        "run: export TOKEN=...",
        "run: export TARGET=...",
        "run: export SERVICE_URL=...",
    ]
    assert _found(parts, "identity").found == "the key has 12 bytes"
    assert "secret words" not in str(parts)


def test_source_and_target_must_not_be_the_same(world: World, project: Project) -> None:
    """Journals, authority and fences of the two sides would be one."""
    world.environment["TARGET"] = world.environment["SOURCE"]
    assert _found(_diagnosis(project, world), "databases").level is Level.PROBLEM


def test_a_mapping_that_does_not_fit_is_a_problem_in_its_own_words(
    case: ReviewsCase, world: World, project: Project
) -> None:
    """With the place of the table in the file."""
    case.monolith.execute("ALTER TABLE reviews_review ADD COLUMN spam integer NOT NULL DEFAULT 0")
    broken = replace(parse_project(COMPLETE.replace('"text"', '"txt"')), path=project.path)
    found = _found(_diagnosis(broken, world), "mapping")
    assert (found.level, found.found, found.mend) == (
        Level.PROBLEM,
        "strangler.toml:16:1: [etl.reviews.tables.reviews_review]: the source has no column reviews_review.txt",
        "did you mean text?",
    )


def test_gateways_and_upstreams_that_do_not_answer_are_problems(world: World, project: Project) -> None:
    """Each with what to start."""
    world.silent = True
    assert _summary(_diagnosis(project, world)) == [
        ("gateways", "gateway 127.0.0.1:9900", Level.PROBLEM, "the gateway does not answer"),
        ("upstreams", "monolith", Level.PROBLEM, "http://127.0.0.1:8000 does not answer: connection refused"),
        ("upstreams", "reviews", Level.PROBLEM, "http://127.0.0.1:8001 does not answer: connection refused"),
    ]


def test_a_follower_that_is_far_behind_is_a_problem_once_v2_has_the_authority(
    case: ReviewsCase, world: World, project: Project
) -> None:
    """Before, nobody has to follow yet; what it has said itself is a problem at any time."""
    with copied(case, 1) as migration:
        for side in (migration.source, migration.target):
            side.execute(f"UPDATE {side.own('stream_position')} SET read_at = read_at - 60")
        assert _found(_diagnosis(project, world), "follower").level is Level.WARNING
        note_trouble(migration.source, "reviews", "v1 refuses a row", 1_000.0)
        found = _found(_diagnosis(project, world), "follower")
        assert (found.level, found.found) == (Level.PROBLEM, "the follower stands still: v1 refuses a row")
        forget_trouble(migration.source, "reviews")
        replace_authority(migration.source, Authority("reviews"), Authority("reviews", Side.V2, 2))
    found = _found(_diagnosis(project, world), "follower")
    assert found.level is Level.PROBLEM
    assert found.found.endswith(" s behind v2, and has not said why: it may have died")
    with case.migration() as migration:
        note_end(migration.source, "reviews", read_position(migration.source, backward_stream("reviews")).read_at)
    found = _found(_diagnosis(project, world), "follower")
    assert (found.level, "as it was told to" in found.found) == (Level.WARNING, True)
    assert found.mend.endswith("; to retire v1, go on without")


def test_a_gateway_with_another_token_answers_nevertheless(world: World, project: Project) -> None:
    """To start one more would be no mend, and the token is not shown."""
    world.environment["TOKEN"] = "sesame"
    parts = _diagnosis(project, world)
    found = _found(parts, "gateway 127.0.0.1:9900")
    assert (found.level, found.found, found.mend) == (
        Level.PROBLEM,
        "the token is needed",
        "start the gateway with the same token, or name the right address in [gateway] admin",
    )
    assert "sesame" not in str(parts)


def test_an_upstream_that_is_no_address_is_a_problem(world: World, project: Project) -> None:
    """What names it is to be corrected; a password in it is not shown."""
    world.environment["SERVICE_URL"] = "http://shop:sesame@127.0.0.1:8001"
    assert _not_ok(_diagnosis(project, world)) == [
        (
            "upstreams",
            Finding(
                "reviews",
                Level.PROBLEM,
                "the upstream http://shop:****@127.0.0.1:8001 must end after the port",
                "correct SERVICE_URL",
            ),
        )
    ]


def test_a_gateway_with_another_plan_is_a_problem(world: World, project: Project) -> None:
    """It would not move the service's requests; an upstream that answers with an error is a warning."""
    world.knows = ("orders",)
    world.statuses["http://127.0.0.1:8001"] = 503
    assert _summary(_diagnosis(project, world)) == [
        ("gateways", "gateway 127.0.0.1:9900", Level.PROBLEM, "does not know reviews"),
        ("upstreams", "reviews", Level.WARNING, "http://127.0.0.1:8001 answers / with 503"),
    ]


@pytest.mark.parametrize(
    ("status", "level"),
    [(401, Level.OK), (200, Level.WARNING), (404, Level.PROBLEM), (302, Level.WARNING), (500, Level.WARNING)],
)
def test_a_monolith_has_to_say_that_nobody_asks(world: World, project: Project, status: int, level: Level) -> None:
    """Asked without credentials, at the path the file names."""
    world.statuses["http://127.0.0.1:8000/whoami"] = status
    upstreams = next(part for part in _diagnosis(project, world) if part.title == "upstreams")
    assert [found.level for found in upstreams.findings if found.name == "identity"] == [level]


def test_a_service_with_a_key_of_its_own_is_looked_at_by_itself(world: World, project: Project) -> None:
    """Its variable is one of those that are needed."""
    service = project.services["reviews"]
    assert service.identity is not None
    identity = replace(service.identity, key=Reference("${OWN_KEY}", "strangler.toml:9:1"))
    project = replace(project, services={"reviews": replace(service, identity=identity)})
    parts = _diagnosis(project, world)
    assert "run: export OWN_KEY=..." in [finding.mend for _, finding in _not_ok(parts)]
    world.environment["OWN_KEY"] = "o" * 32
    assert _found(_diagnosis(project, world), "identity of reviews").level is Level.OK


def test_a_bare_project_is_told_everything_it_lacks(world: World, tmp_path: Path) -> None:
    """Without gateway, routes, upstreams and analysis."""
    bare = replace(parse_project(PROJECT), path=tmp_path / "strangler.toml")
    assert [(name, level) for _, name, level, _ in _summary(_diagnosis(bare, world))] == [
        ("analysis", Level.PROBLEM),
        ("routes", Level.PROBLEM),
        ("token", Level.PROBLEM),
        ("identity", Level.WARNING),
        ("gateways", Level.PROBLEM),
        ("monolith", Level.PROBLEM),
        ("reviews", Level.PROBLEM),
    ]


@pytest.mark.parametrize(("later", "level"), [(-60, Level.OK), (60, Level.WARNING)])
def test_an_analysis_older_than_the_source_is_a_warning(
    world: World, project: Project, later: float, level: Level
) -> None:
    """By the time the files were changed."""
    analysed = (project.folder / ".strangler" / "graph.json").stat().st_mtime
    os.utime(project.folder / "app.py", (analysed + later, analysed + later))
    parts = _diagnosis(project, world)
    assert _found(parts, "analysis").level is level
    assert worst([part for part in parts if part.title == "project"]) is level


def test_what_is_no_address_is_one_problem(world: World, project: Project) -> None:
    """It cannot even be taken apart."""
    world.environment["SOURCE"] = "postgresql://[shop"
    found = _found(_diagnosis(project, world), "connection")
    assert (found.level, found.found) == (
        Level.PROBLEM,
        "postgresql://[shop is no address; all else about it is skipped",
    )
    assert found.mend == "write postgresql://user:password@host/database or sqlite:////path (address: SOURCE)"
