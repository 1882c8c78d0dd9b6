"""The rules about tests whose machine lacks a component."""

from __future__ import annotations

import pytest

from tests import components

BROWSER_TEST = """
import pytest

@pytest.mark.browser
def test_report():
    pass
"""
PLAIN_SKIP = """
import pytest

def test_sometimes():
    pytest.skip("not today")
"""
NO_BROWSER = "Chromium is not installed (Debian: apt install chromium)"


@pytest.fixture
def bare_machine(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Give a test run of its own, on a machine without Chromium that is no CI machine."""
    monkeypatch.setattr(components, "chromium_path", lambda: None)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("STRANGLER_TEST_REQUIRE", raising=False)
    pytester.makeconftest('pytest_plugins = ["tests.components"]')
    pytester.makeini("[pytest]\nmarkers = browser: needs Chromium\n")
    return pytester


def test_a_missing_component_skips_its_tests_and_the_summary_says_why(bare_machine: pytest.Pytester) -> None:
    """A developer without Chromium still gets a green run that tells what it did not try."""
    bare_machine.makepyfile(BROWSER_TEST)
    result = bare_machine.runpytest()
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines([f"*::test_report: {NO_BROWSER}"])
    assert result.ret == 0


def test_a_required_component_that_is_missing_fails(
    bare_machine: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What STRANGLER_TEST_REQUIRE lists must not be skipped."""
    monkeypatch.setenv("STRANGLER_TEST_REQUIRE", "browser")
    bare_machine.makepyfile(BROWSER_TEST)
    result = bare_machine.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"browser is required here: {NO_BROWSER}"])


def test_an_unknown_requirement_is_refused(bare_machine: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing mistake in the list must not switch the guard off."""
    monkeypatch.setenv("STRANGLER_TEST_REQUIRE", "browsr")
    result = bare_machine.runpytest()
    result.stderr.fnmatch_lines(["*unknown component browsr*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_ci_fails_a_skip_nobody_expects(bare_machine: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CI machine a skip is a hole in the proof."""
    monkeypatch.setenv("CI", "true")
    bare_machine.makepyfile(PLAIN_SKIP)
    result = bare_machine.runpytest()
    result.stdout.fnmatch_lines(["*::test_sometimes: not today", "error: 1 not expected on a CI machine"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_ci_accepts_an_expected_skip(bare_machine: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on the list of expected skips may stay away."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(components, "EXPECTED_SKIPS", {"*::test_sometimes": "only on some days"})
    bare_machine.makepyfile(PLAIN_SKIP)
    assert bare_machine.runpytest().ret == 0


def test_what_a_worker_skips_counts_too(bare_machine: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite runs in several processes: what each of them skips is told in the end, and fails a CI run."""
    monkeypatch.setenv("CI", "true")
    bare_machine.makepyfile(PLAIN_SKIP)
    result = bare_machine.runpytest("-n", "1")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*::test_sometimes: not today", "error: 1 not expected on a CI machine"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
