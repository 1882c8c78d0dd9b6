"""The report page, as bytes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from strangler.model.system import SystemFacts
from strangler.report import front_end as module
from strangler.report.document.document import VERSION
from strangler.report.document.grouping import DeclaredService
from strangler.report.document.project_facts import NOTHING_KNOWN, ProjectFacts
from strangler.report.front_end import MissingFrontEndError, front_end
from strangler.report.page import report_page
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts

HOSTILE = '</script><img src=x onerror="document.title=1">$title\u202e\u0007'


def page(
    facts: SystemFacts | None = None,
    services: Sequence[DeclaredService] = (),
    project: ProjectFacts = NOTHING_KNOWN,
) -> str:
    """The report of the shop, or of other facts."""
    graph = SystemGraph(facts or shop_facts())
    return report_page(graph, summarise(graph), front_end(), services, project).decode()


def hostile_shop() -> SystemFacts:
    """A shop with names that look like markup, turn the direction of writing and ring the bell."""
    facts = shop_facts()
    route = replace(facts.routes[0], method=f"GET{HOSTILE}", path=f"/{HOSTILE}")
    table = replace(facts.tables[0], name=HOSTILE)
    return replace(
        facts, root=HOSTILE, frameworks=(HOSTILE,), routes=(route, *facts.routes[1:]), tables=(table, *facts.tables[1:])
    )


def test_equal_facts_give_equal_bytes() -> None:
    """A report can be compared and cached."""
    assert page() == page()


def test_holds_its_data_compressed() -> None:
    """Base64 of gzip of JSON, with its version."""
    found = re.search(r'id="data">([A-Za-z0-9+/=]+)</script>', page())
    assert found is not None
    data = json.loads(gzip.decompress(base64.b64decode(found[1])))
    assert (data["schema"], data["version"], data["summary"]["root"]) == ("strangler.report", VERSION, "shop")


def test_allows_its_own_script_and_style_and_nothing_else() -> None:
    """The hashes of the policy are those of the page's contents; no address is fetched."""
    text = page()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    for name, element in (("script-src", "script"), ("style-src", "style")):
        content = re.search(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy[1]
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)


def test_names_from_the_source_stay_text() -> None:
    """No name can end a script or start an element."""
    text = page(hostile_shop())
    assert text.count("</script>") == page().count("</script>")
    assert "<img" not in text
    assert "<title>&lt;/script&gt;" in text
    assert not re.search("[\u0007\u202e]", text)


def test_an_installation_without_the_front_end_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """And how to get one."""
    empty = tmp_path_factory.mktemp("report")

    def installed(package: str) -> Path:
        return empty / package

    monkeypatch.setattr(module, "files", installed)
    with pytest.raises(MissingFrontEndError, match="without STRANGLER_SKIP_FRONTEND"):
        front_end()
