"""Methods that a method looks up by a name which the request decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyzers.source_tree import facts_of

PAGE = """
    class Page:
        actions = ("accept", "refuse")
        do_nothing = None
        def accept(self, request): ...
        def refuse(self, request): ...
        def do_print(self, request): ...
        def do_send(self, request): ...
        def one(self, request, action):
            if action not in self.actions:
                return None
            return getattr(self, action)(request)
        def another(self, request, action):
            if action in self.get_actions():
                return getattr(self, action)(request)
        def get_actions(self):
            return dict.fromkeys(self.actions)
        def hidden(self, names):
            return [getattr(self, name)() for name in names if name not in self.actions]
        def interpolated(self, request):
            getattr(self, "do_%s" % request.POST["action"])(request)
        def added(self, request):
            name = "do_" + request.kind
            getattr(self, name)(request)
        def formatted(self, request):
            getattr(self, f"do_{request.kind}")(request)
        def any_name(self, request):
            getattr(self, f"{request.kind}_do")(request)
        def of_another(self, request, other):
            getattr(other, f"do_{request.kind}")(request)

    def run(request):
        page = Page()
        page.one(request, request.action)
        page.another(request, request.action)
        page.hidden(request.names)
        page.interpolated(request)
        page.added(request)
        page.formatted(request)
        page.any_name(request)
        page.of_another(request, page)
"""


@pytest.mark.parametrize(
    ("method", "run"),
    [
        ("one", {"accept", "refuse"}),
        ("another", {"accept", "refuse"}),
        ("hidden", set[str]()),
        ("interpolated", {"do_print", "do_send"}),
        ("added", {"do_print", "do_send"}),
        ("formatted", {"do_print", "do_send"}),
        ("any_name", set[str]()),
        ("of_another", set[str]()),
    ],
)
def test_a_method_may_be_looked_up_among_its_own(tmp_path: Path, method: str, run: set[str]) -> None:
    """By a name that is asked for in a list, or that begins with a constant; what a list excludes says nothing."""
    facts = facts_of(tmp_path, {"shop.py": PAGE})
    found = {
        call.callee.rpartition(".")[2]
        for call in facts.calls
        if call.caller == f"shop:Page.{method}" and not call.callee.endswith("get_actions")
    }
    assert found == run
