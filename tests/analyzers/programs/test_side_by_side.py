"""Programs side by side are analysed as if each stood alone, and only what an edit is part of is linked again."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import fields
from multiprocessing import active_children
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.model.errors import UnavailableError
from strangler.model.location import Location
from strangler.model.progress import SilentProgress
from strangler.model.system import Call, CallKind, Confidence, Function, SystemFacts
from strangler.project import Framework, Monolith
from strangler_analyzers import new_facts
from strangler_analyzers.graph.codec import encode_facts as encode
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.programs import linking_apart, side_by_side
from strangler_analyzers.programs.linking_apart import linked_apart
from strangler_analyzers.programs.merging import merged
from strangler_analyzers.programs.side_by_side import Part
from strangler_analyzers.source.discovery import Discovery, discover
from strangler_analyzers.source.extraction import Extraction, FileOutcome
from tests.analyzers.source_tree import write
from tests.sample_monolith import ROOT as SAMPLE


def _project(name: str) -> dict[str, str]:
    """A Django project with users of its own."""
    return {
        f"{name}/settings.py": f"ROOT_URLCONF = '{name}.urls'\nINSTALLED_APPS = ['{name}']\n"
        f"AUTH_USER_MODEL = '{name}.Person'\nMIDDLEWARE = ['{name}.views.Gate']\n",
        f"{name}/models.py": f"""
            from django.conf import settings
            from django.db import models
            class Person(models.Model):
                name = models.TextField()
                def save(self, **kwargs): super().save(**kwargs)
            class Order(models.Model):
                owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
                class Meta:
                    db_table = "{name}_order"
        """,
        f"{name}/views.py": f"""
            from django.contrib.auth import get_user_model
            from django.dispatch import receiver
            from django.db.models.signals import post_save
            from django.shortcuts import render
            from django.db import connection
            from {name} import models
            class Gate:
                def __init__(self, get_response): self.get_response = get_response
                def __call__(self, request): return self.get_response(request)
            def show(request):
                models.Order.objects.create(owner=get_user_model().objects.first())
                connection.cursor().execute("SELECT total FROM shared WHERE a = 1")
                return render(request, "show.html", {{"orders": models.Order.objects.all()}})
            @receiver(post_save)
            def saved(sender, **kwargs): models.Person.objects.count()
        """,
        f"{name}/urls.py": f"from django.urls import path\nfrom {name}.views import show\n"
        "urlpatterns = [path('show/', show)]\n",
        f"{name}/templates/show.html": "{% for order in orders %}{{ order.owner.name }}{% endfor %}",
    }


_SHOP, _BLOG = _project("shop"), _project("blog")
_TOOL = {
    "tool/jobs.py": """
        import flask
        app = flask.Flask(__name__)
        @app.get("/health")
        def health(): return run()
        def run(): return helper(1)
        def helper(x): return x.save()
    """,
    "tool/broken.py": "def (",
}
_ALL = {**_SHOP, **_BLOG, **_TOOL}


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """Let no program be too small."""
    monkeypatch.setattr(side_by_side, "SMALLEST", 0)


@pytest.fixture
def linked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first module of each program that is linked, in order."""
    names: list[str] = []
    for module in (new_facts, linking_apart):
        link = module.link

        def watched(extraction: Extraction, *others: object, link: Callable[..., SystemFacts] = link) -> SystemFacts:
            names.append(extraction.parsed[0].source.module)
            return link(extraction, *others)

        monkeypatch.setattr(module, "link", watched)
    return names


def _found(root: Path, cache: Path | None = None, workers: int = 1) -> SystemFacts:
    return analyze(root, SilentProgress(), workers=workers, cache=cache)


def _facts(root: Path, cache: Path | None = None, workers: int = 1) -> bytes:
    return encode(_found(root, cache, workers))


def _alone(root: Path, programs: Iterable[dict[str, str]]) -> bytes:
    """The facts of programs that stand in folders of their own."""
    found = [_found(write(root / str(position), files)) for position, files in enumerate(programs)]
    return encode(merged("app", (), found))


def test_each_program_has_the_facts_it_has_alone(tmp_path: Path) -> None:
    """Settings, users, URLs, signals and templates of one are nothing to the other; a table of both is one table."""
    root = write(tmp_path / "app", _ALL)
    facts = _found(root)
    assert encode(facts) == _alone(tmp_path / "alone", (_SHOP, _BLOG, _TOOL))
    assert [(route.handler, route.entry) for route in facts.routes if route.framework == "django"] == [
        (f"{name}.views:show", (f"{name}.views:Gate.__call__", f"{name}.views:show")) for name in ("blog", "shop")
    ]
    keys = {(table.name, key.target_table) for table in facts.tables for key in table.foreign_keys}
    assert keys == {("blog_order", "blog_person"), ("shop_order", "shop_person")}
    assert [table.name for table in facts.tables].count("shared") == 1
    assert all(call.caller.partition(".")[0] == call.callee.partition(".")[0] for call in facts.calls)
    assert [skipped.file for skipped in facts.skipped] == ["tool/broken.py"]
    assert facts.reading.unread == 1


def test_what_a_library_does_for_several_programs_is_one_function() -> None:
    """Its facts are in order, and it stands among the functions once."""

    def facts(line: int) -> SystemFacts:
        here = Location("m.py", line)
        calls = tuple(Call("lib:f", here, column, "lib:g", CallKind.DIRECT, Confidence.CERTAIN) for column in (1, 2))
        return SystemFacts("app", functions=(Function("lib:f", here, line),), calls=calls)

    found = merged("app", (), [facts(2), facts(1)])
    assert [(call.location.line, call.column) for call in found.calls] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert [function.location.line for function in found.functions] == [1]


def test_every_kind_of_fact_is_merged() -> None:
    """What logs and recordings say is added to the merged facts; one program alone is what it was."""
    facts = analyze(SAMPLE, SilentProgress(), workers=1)
    assert merged(facts.root, (), [facts]) == facts
    assert {field.name for field in fields(facts) if getattr(facts, field.name) in {(), None}} == {
        "access_traffic",
        "observed",
        "skipped",
        "statement_traffic",
    }


def test_where_nothing_can_be_mistaken_linked_apart_is_linked_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs without a framework whose functions are called differently."""
    root = write(
        tmp_path / "app",
        {
            f"{name}/m{number}.py": f"""
                from {name} import m{1 - number} as other
                class {name.title()}{number}:
                    def {name}_act(self, x): return other.{name}_make(self).{name}_act(x)
                def {name}_make(x): return {name.title()}{number}()
                def {name}_run(): return {name}_make(1).{name}_act([x.{name}_act for x in (other.{name}_make(0),)])
            """
            for name in ("one", "two", "three")
            for number in range(2)
        },
    )
    apart = _facts(root)
    monkeypatch.setattr(side_by_side, "SMALLEST", 1_000)
    assert _facts(root) == apart


def test_neither_the_workers_nor_the_cache_change_the_facts(tmp_path: Path) -> None:
    """In processes of their own, here, and from what another run has left: the same bytes."""
    root = write(tmp_path / "app", _ALL)
    found = _facts(root)
    assert _facts(root, tmp_path / "cache", workers=2) == found
    (tmp_path / "cache" / "facts").unlink()
    assert _facts(root, tmp_path / "cache") == found
    assert _facts(root, tmp_path / "cache") == found


def test_an_edit_links_its_own_program_only(tmp_path: Path, linked: list[str]) -> None:
    """The results of the others are those of the run before."""
    root, cache = write(tmp_path / "app", _ALL), tmp_path / "cache"
    _facts(root, cache)
    assert sorted(linked) == ["blog", "shop", "tool"]
    linked.clear()
    write(root, {"shop/views.py": _SHOP["shop/views.py"].replace("count()", "exists()")})
    edited = _facts(root, cache)
    assert linked == ["shop"]
    assert edited == _facts(root)


def test_an_edit_that_moves_lines_links_nothing(tmp_path: Path, linked: list[str]) -> None:
    """And what was moved is known when another program is edited."""
    root, cache = write(tmp_path / "app", _ALL), tmp_path / "cache"
    _facts(root, cache)
    write(root, {"shop/views.py": _SHOP["shop/views.py"].replace("class Gate", "# moved\n\n            class Gate")})
    linked.clear()
    moved = _facts(root, cache)
    assert linked == []
    assert moved == _facts(root)
    linked.clear()
    write(root, {"tool/more.py": "def more(): return 1\n"})
    edited = _facts(root, cache)
    assert linked == ["tool"]
    assert edited == _facts(root)


def test_what_is_declared_is_one_program(tmp_path: Path, linked: list[str]) -> None:
    """Whoever names the framework or the settings speaks of the whole folder."""
    root = write(tmp_path / "app", _ALL)
    analyze(root, SilentProgress(), monolith=Monolith(framework=Framework.DJANGO), workers=1)
    assert linked == ["blog"]


_EDITS = ("", "\nimport blog.models\n", "\ndef added(value): return value.save()\n", "\nNAME = 'tool.jobs'\n", "\n)(\n")


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_after_any_edits_the_answer_is_that_of_a_first_run(tmp_path: Path, seed: int) -> None:
    """Also where an edit ties programs together, or takes what tied them."""
    dice = random.Random(seed)
    root, cache = write(tmp_path / "app", _ALL), tmp_path / "cache"
    for path in dice.sample(sorted(root.rglob("*.py")), 2):
        path.write_text(path.read_text() + dice.choice(_EDITS))
    assert _facts(root, cache) == _facts(root)


def _ended(*_: object) -> None:
    os._exit(1)


def test_a_process_that_is_killed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with what may help, and no process is left behind."""
    monkeypatch.setattr(linking_apart, "_work", _ended)
    with pytest.raises(UnavailableError, match="ended from outside"):
        _facts(write(tmp_path / "app", _ALL), workers=2)


def test_what_goes_wrong_in_a_process_is_raised_here(tmp_path: Path) -> None:
    """An error of the program itself is not taken for the end of a process."""
    files = discover(write(tmp_path / "app", _TOOL)).files
    source = ProgramSource(Discovery(tmp_path, files, ()), (), Monolith())
    parts = [Part(source, [FileOutcome(b"", b"no tree") for _ in files]) for _ in range(2)]
    with pytest.raises(msgspec.DecodeError):
        list(linked_apart(parts, SilentProgress(), 2))


def _waiting(sender: Connection, _: ProgramSource, outcomes: list[FileOutcome]) -> None:
    """Nothing is found of a program without files, at once; of another one never anything."""
    if outcomes:
        Event().wait()
    sender.send(None)
    sender.send_bytes(b"")


def test_whoever_is_interrupted_ends_the_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program is linked for many seconds, and nobody wants to wait for them after Ctrl-C."""
    monkeypatch.setattr(linking_apart, "_work", _waiting)
    source = ProgramSource(discover(write(tmp_path / "app", _TOOL)), (), Monolith())
    parts = [Part(source, []), Part(source, [FileOutcome(b"", b"tree")])]
    running = linked_apart(parts, SilentProgress(), 2)
    assert next(running) == (parts[0], b"")
    with closing(running), pytest.raises(KeyboardInterrupt):
        raise KeyboardInterrupt
    assert active_children() == []
