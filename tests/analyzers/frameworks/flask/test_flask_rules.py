"""Werkzeug's rules as path templates."""

from __future__ import annotations

import pytest

from strangler_analyzers.frameworks.flask.rules import below, template


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("/a", "/a"),
        ("/a/<b>", "/a/{b}"),
        ("/a/<int:b>/<uuid:c>", "/a/{b}/{c}"),
        ("/a/<path:rest>", "/a/{rest:path}"),
        ('/a/<regex("[a-z]{2}(x|y)"):b>', "/a/{b}"),
        ("/a/<any(x, y):b>.json", "/a/{b}.json"),
        ("/a/<int(min=1):b>", "/a/{b}"),
        ("\0/a/\0", "/a/{unknown}"),
    ],
)
def test_converters_become_placeholders(rule: str, expected: str) -> None:
    """Only `path` may hold slashes; what nobody knows is a placeholder, or nothing at the start."""
    assert template(rule) == expected


@pytest.mark.parametrize(
    ("prefix", "rule", "expected"),
    [("", "/a", "/a"), ("/p", "/a", "/p/a"), ("/p/", "/a", "/p/a"), ("/p", "", "/p"), ("/p", "/", "/p/")],
)
def test_one_slash_between_prefix_and_rule(prefix: str, rule: str, expected: str) -> None:
    """As blueprints join them."""
    assert below(prefix, rule) == expected
