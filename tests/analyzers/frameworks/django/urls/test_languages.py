"""URLs behind `i18n_patterns`: the language stands in the path, for everybody who asks for a route."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.system import SystemFacts
from strangler_analyzers.evidence.route_matching import RouteMatcher
from strangler_analyzers.graph.errors import UnknownRouteError
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.frameworks.django.project_sources import PROJECT, answers, project

_VIEWS = "def index(request): ...\ndef detail(request, pk): ...\n"
_KNOWN = """
    LANGUAGES = [("de", _("German")), ("pt-BR", _("Portuguese")), ("en", _("English"))]
    LANGUAGE_CODE = "en"
"""


def _shop(root: Path, urls: str, settings: str = "") -> SystemFacts:
    start = "\n    from django.utils.translation import gettext_lazy as _"
    files = {
        "shop/views.py": _VIEWS,
        "site_/settings.py": f"{start}{PROJECT['site_/settings.py']}{settings}",
        "site_/urls.py": f"""
            from django.conf import settings
            from django.conf.urls.i18n import i18n_patterns
            from django.urls import path
            from shop.views import index, detail
            {urls}
        """,
    }
    return project(root, files)


def _paths(facts: SystemFacts) -> set[str]:
    return {route.path for route in facts.routes}


@pytest.mark.parametrize(
    ("settings", "option", "prefixes"),
    [
        ("", "", {"/{language}/"}),
        (_KNOWN, "", {"/{language:de|pt-br|en}/"}),
        (_KNOWN, ", prefix_default_language=True", {"/{language:de|pt-br|en}/"}),
        (_KNOWN, ", prefix_default_language=False", {"/", "/{language:de|pt-br}/"}),
        (_KNOWN, ", prefix_default_language=settings.UNKNOWN", {"/", "/{language:de|pt-br|en}/"}),
        ("\n    LANGUAGES = [('de', 'Deutsch')]", "", {"/de/"}),
        ("\n    LANGUAGES = [('de', 'Deutsch')]\n    LANGUAGE_CODE = 'de'", ", prefix_default_language=False", {"/"}),
        ("\n    LANGUAGES = [(code, code) for code in find()]", "", {"/{language}/"}),
        (f"{_KNOWN}    USE_I18N = False", "", {"/"}),
    ],
)
def test_the_settings_say_which_languages_stand_in_a_path(
    tmp_path: Path, settings: str, option: str, prefixes: set[str]
) -> None:
    """One of LANGUAGES, any segment where they are not known; both forms where the default language has no prefix."""
    urls = f'urlpatterns = [path("up", index)] + i18n_patterns(path("shop/", index){option})'
    assert _paths(_shop(tmp_path, urls, settings)) == {"/up", *(f"{prefix}shop/" for prefix in prefixes)}


def test_a_list_may_be_localised_in_place(tmp_path: Path) -> None:
    """What came before in the list gets the prefix, what comes behind gets none."""
    urls = """
            urlpatterns = [path("shop/", index)]
            urlpatterns = i18n_patterns(*urlpatterns)
            urlpatterns += [path("api/<int:pk>/", detail)]
    """
    assert answers(_shop(tmp_path, urls)) == {
        "ANY /{language}/shop/ shop.views:index",
        "ANY /api/{pk}/ shop.views:detail",
    }


def test_a_request_in_a_known_language_finds_its_route(tmp_path: Path) -> None:
    """`trace` and the access logs: with one of the languages, not with another segment."""
    urls = 'urlpatterns = i18n_patterns(path("shop/", index)) + [path("<slug:pk>/shop/", detail)]'
    facts = _shop(tmp_path, urls, _KNOWN)
    graph, matcher = SystemGraph(facts), RouteMatcher(facts.routes)
    for path, handler in (("/de/shop/", "index"), ("/pt-br/shop", "index"), ("/fr/shop/", "detail")):
        (found,) = graph.find_routes(f"GET {path}")
        assert found.handler == f"shop.views:{handler}"
        assert matcher.route_of("GET", path) == found
    (found,) = graph.find_routes("GET /{language:de|pt-br|en}/shop/")
    assert found.handler == "shop.views:index"
    with pytest.raises(UnknownRouteError):
        graph.find_routes("GET /de/fr/shop/")
