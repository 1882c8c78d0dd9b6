"""``strangler analyze``."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
import rich.console

from strangler.cli.main import run
from strangler.cli.render.summary import SummaryPage
from strangler.report.front_end import FrontEnd, MissingFrontEndError
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts
from tests.cli.closed_folder import close


@pytest.fixture(autouse=True)
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a small program in a folder, beside which the command runs."""
    package = tmp_path / "app" / "tiny"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "main.py").write_text("from tiny import tools\n\n\ndef start():\n    tools.work()\n")
    (package / "tools.py").write_text("def work():\n    return 1\n")
    (package / "broken.py").write_text("def (\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "app"


def test_leaves_a_map_and_a_report(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The summary is the result; where the files are is a note."""
    assert run(["analyze", "app", "--progress", "none"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("app")
    assert "Not analysed, or not all of it (1)\ntiny/broken.py: " in captured.out
    assert captured.err == "\nmap: app/.strangler/graph.json\nreport: app/.strangler/report.html\n"
    assert (app / ".strangler" / "report.html").read_bytes().startswith(b"<!doctype html>")
    assert (app / ".strangler" / ".gitignore").read_text() == "*\n"


def test_twice_the_same_source_gives_the_same_bytes(app: Path) -> None:
    """Map and report."""
    folder = app / ".strangler"
    assert run(["analyze", "app", "--progress", "none"]) == 0
    first = [(folder / name).read_bytes() for name in ("graph.json", "report.html")]
    assert run(["analyze", "app", "--progress", "none"]) == 0
    assert [(folder / name).read_bytes() for name in ("graph.json", "report.html")] == first


_ROUTES = """
from flask import Flask

app = Flask(__name__)


@app.get("/orders/<int:id>")
def order(id):
    return ""


@app.get("/idle")
def idle():
    return ""
"""
_ACCESS = """\
10.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "GET /orders/7 HTTP/1.1" 200 5 "-" "-" 0.100
10.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "GET /orders/8 HTTP/1.1" 500 5 "-" "-" 0.200
10.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "GET /old/9 HTTP/1.1" 404 5
"""


def test_logs_say_what_is_used(tmp_path: Path, app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Busy routes and tables, and those nobody used, stand in the summary and in JSON."""
    (app / "tiny" / "web.py").write_text(_ROUTES)
    (tmp_path / "access.log").write_text(_ACCESS)
    (tmp_path / "sql.log").write_text("SELECT * FROM orders WHERE id = 7\nCOMMIT\n")
    arguments = ["analyze", "app", "--access-log", "access.log", "--sql-log", "sql.log", "--progress", "none"]
    assert run(arguments) == 0
    shown = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())
    assert shown[shown.index("Busiest") : shown.index("\n\nCoverage")] == _TRAFFIC
    assert run([*arguments, "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["access"]["unused_routes"] == ["GET /idle"]
    assert summary["statements"]["traffic"]["unknown_tables"] == [{"table": "orders", "reads": 1, "writes": 0}]


_TRAFFIC = """\
Busiest routes, of 3 logged requests
route             requests   share    4xx     5xx  p50 ms  p95 ms  p99 ms
GET /orders/{id}         2  66.7 %  0.0 %  50.0 %     101     202     202

Routes no request was for (1)
GET /idle

Requests no route answers (1)
request      requests
GET /old/{}         1

Most used tables, of 2 logged statements
table  reads  writes

Tables only the logs know (1)
orders
statements: 1 touch no table"""


@pytest.mark.usefixtures("app")
def test_a_log_that_is_not_there_is_told_before_the_analysis(capsys: pytest.CaptureFixture[str]) -> None:
    """As is a format nothing can be read with."""
    assert run(["analyze", "app", "--sql-log", "none.log"]) == 3
    assert run(["analyze", "app", "--access-log-format", "%h"]) == 2
    error = capsys.readouterr().err
    assert "none.log: cannot be read: No such file or directory" in error
    assert "parse" not in error


def test_results_elsewhere(tmp_path: Path, app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The analysed folder stays as it was."""
    arguments = ["analyze", "app", "--output", "results", "--html", "map.html", "--json", "--progress", "none"]
    assert run(arguments) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["size"]["modules"], summary["ledger"]["resolved"]) == (3, 1)
    assert summary["skipped"][0]["file"] == "tiny/broken.py"
    assert not (app / ".strangler").exists()
    assert (tmp_path / "results" / "graph.json").is_file()
    assert (tmp_path / "map.html").is_file()


def test_one_file_is_a_program(tmp_path: Path) -> None:
    """Its results stand beside it."""
    (tmp_path / "tool.py").write_text("def start():\n    return 1\n")
    assert run(["analyze", "tool.py", "--progress", "none"]) == 0
    assert (tmp_path / ".strangler" / "graph.json").is_file()
    assert run(["trace", "start", "tool.py"]) == 0


def test_a_name_that_is_not_utf8_is_reported(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rest is analysed."""
    Path(os.fsdecode(os.fsencode(app) + b"/caf\xe9.py")).touch()
    assert run(["analyze", "app", "--progress", "none"]) == 0
    assert "caf?.py: the name is not valid UTF-8" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "reason"), [("closed", "Permission denied"), ("x" * 5_000, "File name too long")], ids=["closed", "long"]
)
def test_a_path_that_can_not_be_looked_at(
    path: str, reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad input, no bug."""
    close(monkeypatch, "closed")
    assert run(["analyze", path, "--progress", "none"]) == 3
    assert f"{path}: cannot be read: {reason}" in capsys.readouterr().err


def test_a_project_names_its_source(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without PATH, in any folder of the project, the source is that of strangler.toml and the results stand beside it.

    The folder of the file and the source it names mean the same; another folder means itself.
    """
    (tmp_path / "strangler.toml").write_text('[monolith]\nroot = "app"\n')
    for arguments in ([], ["."], ["app"]):
        assert run(["analyze", *arguments, "--progress", "none"]) == 0
        assert capsys.readouterr().err == "\nmap: .strangler/graph.json\nreport: .strangler/report.html\n"
    assert not (app / ".strangler").exists()
    monkeypatch.chdir(app / "tiny")
    assert run(["analyze", "--progress", "none"]) == 0
    assert run(["trace", "start"]) == 0
    assert not (app / "tiny" / ".strangler").exists()
    monkeypatch.chdir(tmp_path)
    assert run(["analyze", "app/tiny", "--progress", "none"]) == 0
    assert (app / "tiny" / ".strangler" / "graph.json").exists()


def test_a_service_inside_of_the_source_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its modules are in the map, which is of the monolith; an adapter beside v1 code is no service's folder."""
    for file in ("shop/reviews.py", "reviews-service/reviews_service/api.py", "shop/carts/port/local.py"):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("ANSWER = 1\n")
    (tmp_path / "strangler.toml").write_text(
        '[services.reviews]\nmodules = ["shop.reviews"]\nadapter = "reviews-service/reviews_service/port"\n'
        '[services.carts]\nmodules = ["shop.carts"]\nadapter = "shop/carts/port"\n'
    )
    monkeypatch.chdir(tmp_path)
    assert run(["analyze", "--progress", "none"]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if " belongs to the service " in line]
    said = "reviews-service belongs to the service reviews, not to v1, and 1 module of the map is in it"
    assert told == [f"{said}; to leave it out, name it in [monolith] exclude"]


def test_a_broken_project_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its place, before anything is analysed."""
    (tmp_path / "strangler.toml").write_text('[monolith]\nrot = "app"\n')
    assert run(["analyze", "--progress", "none"]) == 3
    assert "strangler.toml:2:1: unknown key rot" in capsys.readouterr().err


def test_what_the_project_declares_goes_before_what_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Framework, settings and urlconf settle what detection would decide otherwise; a missing module is an error."""
    source = tmp_path / "site"
    (source / "web").mkdir(parents=True)
    for name in ("__init__", "here", "there"):
        (source / "web" / f"{name}.py").write_text("")
    (source / "manage.py").write_text(
        'import os, django\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "web.settings")\n'
    )
    (source / "web" / "settings.py").write_text('ROOT_URLCONF = "web.first"\n')
    (source / "web" / "other.py").write_text('ROOT_URLCONF = "web.second"\n')
    for name in ("first", "second", "third"):
        (source / "web" / f"{name}.py").write_text(
            "from django.urls import path\nfrom django.shortcuts import render\n"
            f'def view(request): ...\nurlpatterns = [path("{name}", view)]\n'
        )
    found: list[list[str]] = []
    for line in ("", 'settings = "web.other"', 'urlconf = "web.third"', 'framework = "flask"'):
        (tmp_path / "strangler.toml").write_text(f'[monolith]\nroot = "site"\n{line}\n')
        assert run(["analyze", "--progress", "none"]) == 0
        facts = json.loads((tmp_path / ".strangler" / "graph.json").read_bytes())["facts"]
        found.append([route["path"] for route in facts["routes"]])
    assert found == [["/first"], ["/second"], ["/third"], []]
    (tmp_path / "strangler.toml").write_text('[monolith]\nroot = "site"\nsettings = "web.gone"\n')
    capsys.readouterr()
    assert run(["analyze", "--progress", "none"]) == 3
    assert capsys.readouterr().err == (
        "error: the source has no module web.gone, which strangler.toml declares as settings;"
        " correct settings in [monolith]\n"
    )


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [([], "--output DIR"), (["--output", "results", "--html", "full/map.html"], "--html PATH")],
)
def test_results_that_can_not_be_written_are_told_before_the_work(
    app: Path,
    arguments: list[str],
    remedy: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A large monolith takes a while; the error names the way out."""
    (app / ".strangler").write_text("a file is in the way")
    Path("full").write_text("so is this")

    def unwanted(*_: object, **__: object) -> None:
        raise AssertionError("the analysis ran")

    monkeypatch.setattr("strangler.cli.analyze.analyze_folder", unwanted)
    assert run(["analyze", "app", *arguments, "--progress", "none"]) == 4
    error = capsys.readouterr().err
    assert "cannot be written: Not a directory" in error
    assert error.endswith(f"{remedy}\n")


def test_a_missing_browser_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is there all the same."""

    def nothing(_: str) -> bool:
        return False

    monkeypatch.setattr("webbrowser.open", nothing)
    assert run(["analyze", "app", "--open", "--progress", "none"]) == 0
    assert capsys.readouterr().err.endswith("\nno browser could be started: open the report by hand\n")


def test_opens_the_report(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the browser the user prefers."""
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert run(["analyze", "app", "--open", "--progress", "none"]) == 0
    assert opened == [(app / ".strangler" / "report.html").as_uri()]


def test_a_path_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit code 3, nothing left behind."""
    assert run(["analyze", "nowhere", "--progress", "none"]) == 3
    assert capsys.readouterr().err.count("\n") == 1
    assert not Path("nowhere").exists()


def test_the_summary_of_a_shop() -> None:
    """The whole page at 100 columns."""
    target = io.StringIO()
    console = rich.console.Console(file=target, width=100, highlight=False, markup=False)
    console.print(SummaryPage(summarise(SystemGraph(shop_facts()))))
    assert "\n".join(line.rstrip() for line in target.getvalue().splitlines()) == SUMMARY


SUMMARY = """\
shop  django
code     675 lines in 12 modules
tests    100 lines in 1 module
parts    6 classes, 12 functions
links    17 imports, 12 calls
routes   4
tables   6, 1 of installed packages
entries  1 command, 1 task
outside  1 http, 1 mail

Worth knowing
1. One transaction in shop.orders.services:place_order writes 3 tables of 3 apps (shop.accounts,
shop.catalog, shop.orders). shop/orders/services.py:30
2. The table orders_order is written from 2 apps (shop.orders, shop.payments).
shop/orders/models.py:52
3. shop.payments.client:charge uses http while the transaction of shop/orders/services.py:30 is
open. shop/payments/client.py:17
4. 2 modules import each other in a ring; 1 import would have to go to break it.
shop/catalog/models.py:40
5. GET /orders reads 1 table and writes 3, more than any other route. shop/orders/views.py:3

Most coupled modules
module                    used by  uses  times used  times using
shop.orders.services            2     4           3            9
shop.orders.models              3     2           5            2
shop.catalog.models             3     1           3            1
shop.orders.views               0     2           0            4
shop.utils                      2     0           4            0
shop.catalog.stock              1     1           2            1
shop.catalog.views              0     2           0            3
shop.notifications.tasks        1     1           2            1
shop.payments.client            1     1           2            1
shop.accounts.models            2     0           2            0

Import cycles (2)
2 modules: shop.catalog.models > shop.orders.models > shop.catalog.models, held together by deferred
imports only
  cheapest of 1 to undo: shop.catalog.models imports shop.orders.models shop/catalog/models.py:40
2 modules: shop.orders.services > shop.payments.client > shop.orders.services
  cheapest of 1 to undo: shop.payments.client imports shop.orders.services shop/payments/client.py:9

Tables written from several apps (1)
table         owner        written from
orders_order  shop.orders  shop.orders (1), shop.payments (1)

Coverage: what became of every call
                                           calls    share
resolved  linked to code of the monolith      12   30.0 %
external  goes to a package outside           14   35.0 %
builtin  Python's own                          9   22.5 %
ambiguous  several candidates, none taken      1    2.5 %
opaque  nothing known of the target            4   10.0 %
total                                         40  100.0 %

Not analysed, or not all of it (1)
shop/legacy/report.py: syntax error at line 3\
"""


def test_without_the_front_end_there_is_a_map_and_no_report(
    app: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The analysis is worth having all the same."""

    def missing() -> FrontEnd:
        raise MissingFrontEndError

    monkeypatch.setattr("strangler.cli.report_file.front_end", missing)
    assert run(["analyze", str(app)]) == 0
    told = capsys.readouterr().err
    assert "no report: this strangler was installed without the front end of the report; install it again" in told
    assert (app / ".strangler" / "graph.json").exists()
    assert not (app / ".strangler" / "report.html").exists()
