"""Route strings and regular expressions become path templates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler_analyzers.frameworks.django.path_templates import (
    MAX_TEMPLATES,
    regex_template,
    regex_templates,
    route_template,
)


@pytest.mark.parametrize(
    ("route", "template"),
    [
        ("orders/", "orders/"),
        ("orders/<int:pk>/", "orders/{pk}/"),
        ("<slug>-<int:pk>/", "{slug}-{pk}/"),
        ("files/<path:rest>", "files/{rest:path}"),
        ("<tenant_slug:tenant>/", "{tenant}/"),
    ],
)
def test_a_converter_becomes_a_placeholder(route: str, template: str) -> None:
    """The converter's type is dropped; only ``path`` spans segments."""
    assert route_template(route) == template


@pytest.mark.parametrize(
    ("pattern", "template"),
    [
        (r"^orders/$", "orders/"),
        (r"^orders/(?P<pk>\d+)/$", "orders/{pk}/"),
        (r"^(?P<slug>[\w-]*)_(?P<pk>\d+)/$", "{slug}_{pk}/"),
        (r"^category/(?P<slug>[\w-]+(/[\w-]+)*)_(?P<pk>\d+)/$", "category/{slug:path}_{pk}/"),
        (r"^(?P<action>default_for_(billing|shipping))/$", "{action}/"),
        (r"^page/(\d+)/of/(\d+)$", "page/{arg0}/of/{arg1}"),
        (r"^robots\.txt$", "robots.txt"),
        (r"^feed.xml$", "feed.xml"),
        (r"^(?:en|de)/about/?$", "{arg0}/about/"),
        (r"^api/(?:v1/)?users", "api/v1/users"),
        (r"^media/(?P<path>.*)$", "media/{path:path}"),
        (r"^any/.*$", "any/{arg0:path}"),
        (r"^(?!admin)(?P<slug>[^/]+)/\Z", "{slug}/"),
        (r"(?i)^Shop/\d{4}/$", "Shop/{arg0}/"),
        (r"^(?P<key>[0-9a-f]{32})/(?P<sub>[^/]{1,8})$", "{key}/{sub}"),
    ],
)
def test_a_pattern_becomes_a_template(pattern: str, template: str) -> None:
    """Named groups keep their names, other variable parts are numbered, anchors and look-arounds vanish."""
    assert regex_template(pattern) == template


@pytest.mark.parametrize(
    ("pattern", "templates"),
    [
        (r"^orders/$", ("orders/",)),
        (r"^orders(/(?P<page>\d+))?/$", ("orders/{page}/", "orders/")),
        (r"^orders/(?:page-(?P<page>\d+)/)?$", ("orders/page-{page}/", "orders/")),
        (r"^api/(?:v1/)?users$", ("api/v1/users", "api/users")),
        (r"^report(\.json)?$", ("report.json", "report")),
        (r"^report(?P<format>\.[a-z]+)?$", ("report{format}", "report")),
        (r"^a(?:/(?P<b>\w+)(?:/(?P<c>\w+))?)?$", ("a/{b}/{c}", "a/{b}", "a")),
        (r"^(?P<slug>\w+(-\d+)?)/$", ("{slug}/",)),
        (r"^[(?]x(?!(y)?)/\(?$", ("{arg0}x/(",)),
        (r"^orders/?$", ("orders/",)),
    ],
)
def test_an_optional_group_is_there_or_not(pattern: str, templates: tuple[str, ...]) -> None:
    """Both paths are answered; what a placeholder may hold is not told apart."""
    assert regex_templates(pattern) == templates


def test_many_optional_groups_do_not_multiply_without_end() -> None:
    """The first choices are given."""
    assert len(regex_templates("(?:a/)?(?:b/)?(?:c/)?(?:d/)?(?:e/)?" * 20)) == MAX_TEMPLATES


@given(st.text(alphabet="ab/()[]?*{0,}\\:P<>|^$.!=", max_size=60))
def test_no_pattern_hangs_or_fails(pattern: str) -> None:
    """Whatever stands there, there is a template, and no more than the limit."""
    assert 1 <= len(regex_templates(pattern)) <= MAX_TEMPLATES


def test_an_unfinished_pattern_still_gives_a_template() -> None:
    """Broken expressions neither hang nor fail."""
    assert regex_template(r"^a(b[c") == "a{arg0}"
