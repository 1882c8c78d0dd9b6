"""django-oscar with a part of it behind a port, on v1: a crawl of its shop gets the answers of the shop as it was."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from strangler.demo.processes import Processes, Program, answers, free_port
from strangler.demo.stage import SCRUBBED
from strangler.model.progress import SilentProgress
from strangler.project import Address
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.rewriting.answering import Answering
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.file_results import Changed, Failed, Skipped
from strangler_analyzers.rewriting.plan import plan_rewrite, port_folder
from strangler_analyzers.rewriting.writing import write_changes
from tests.gateway.crawl.sameness import differences
from tests.realworld.environment import environment
from tests.realworld.test_oscar_behind_gateway import FILL_SECONDS, OSCAR_DRAWS, PROJECT, REQUIREMENTS, everybody

pytestmark = pytest.mark.realworld

TAKEN = Boundary(
    "taken", ("oscar.core.utils", "oscar.apps.customer.utils", "oscar.apps.payment.bankcards"), frozenset()
)
CALLS = 40
"""How many calls at least go through the port."""


def test_a_crawl_of_a_rewritten_shop_is_that_of_the_shop_as_it_was(tmp_path: Path) -> None:
    """Guests and customers buy, the staff looks around."""
    python = environment("django-oscar", *REQUIREMENTS) / "bin" / "python"
    installed = next(python.parents[1].glob("lib/python*/site-packages/oscar"))
    rewritten = tmp_path / "rewritten"
    shutil.copytree(installed, rewritten / "oscar", ignore=shutil.ignore_patterns("__pycache__"))
    calls, files = _rewrite(rewritten / "oscar")
    assert calls >= CALLS
    project = shutil.copytree(PROJECT, tmp_path / "shop")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(SCRUBBED)}
    before, after = free_port(), free_port()
    with Processes(tmp_path / "logs") as processes:

        def program(name: str, path: Path, *arguments: str) -> Program:
            said = {
                "DJANGO_SETTINGS_MODULE": "settings",
                "SHOP_FILE": str(tmp_path / f"{name.partition('-')[0]}.sqlite3"),
                "PYTHONPATH": str(path),
                "TAKEN_SIDE": "v1",
            }
            return Program(name, (str(python), *arguments), project, {**clean, **said})

        fill = processes.run(program("before-fill", project, "fill.py"), FILL_SECONDS)
        assert fill.status == 0, fill.said()
        shutil.copy(tmp_path / "before.sqlite3", tmp_path / "after.sqlite3")
        where = program("where", rewritten, "-c", "import oscar; print(oscar.__file__)")
        assert str(rewritten) in processes.run(where, 60).said()
        for name, path, port in (("before", project, before), ("after", rewritten, after)):
            server = processes.start(
                program(
                    name, path, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()", "--bind",
                    f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "4", "--log-level", "warning",
                    "--no-control-socket",
                )
            )  # fmt: skip
            server.wait_until(answers(f"http://127.0.0.1:{port}/basket/"))
        with ThreadPoolExecutor(2) as crawlers:
            first, second = crawlers.map(everybody, (Address("127.0.0.1", before), Address("127.0.0.1", after)))
    assert differences(first, second, OSCAR_DRAWS) == []
    assert len(first) >= 200
    print(f"{calls} calls in {files} files through a port, {len(first)} requests the same")  # noqa: T201


def _rewrite(root: Path) -> tuple[int, int]:
    """Rewrite a copy in its place; give the number of calls that go through the port now, and of files."""
    graph = SystemGraph(analyze(root, SilentProgress()))
    plan = plan_rewrite(graph, TAKEN, lambda file: (root / file).read_bytes(), Answering())
    results = write_changes(plan.files, root, port_folder(graph, TAKEN))
    assert not [
        result for result in results if isinstance(result, Failed | Skipped) and not getattr(result, "left", ())
    ]
    changed = [result for result in results if isinstance(result, Changed) and result.before is not None]
    return sum(result.calls for result in changed), len(changed)
