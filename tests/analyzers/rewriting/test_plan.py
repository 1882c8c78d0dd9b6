"""Plans and their writing: nothing is parsed without need, and no file spoils the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.progress import SilentProgress
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.rewriting.answering import Answering
from strangler_analyzers.rewriting.file_results import Changed, Failed, Skipped, Unchanged
from strangler_analyzers.rewriting.patch import patch
from strangler_analyzers.rewriting.plan import plan_rewrite
from strangler_analyzers.rewriting.seams import SeamKind
from strangler_analyzers.rewriting.writing import write_changes
from tests.analyzers.rewriting.rewritten import BOUNDARY, apply, plan_of, result_of
from tests.analyzers.source_tree import write

CALL = "from app.reviews.services import pure\n\n\ndef page(a):\n    return pure(a)\n"
FILES = {
    "app/reviews/services.py": "def pure(text):\n    return text\n",
    "app/one.py": CALL,
    "app/two.py": CALL,
    "app/other.py": "def other():\n    return 1\n",
}
PORT = "app/reviews_port"


def test_only_files_the_graph_names_are_read(tmp_path: Path) -> None:
    """The modules of what is called, the files with calls, and those of the port."""
    root = write(tmp_path, FILES)
    graph = SystemGraph(analyze(root, SilentProgress(), workers=1))
    read: set[str] = set()

    def reading(file: str) -> bytes:
        read.add(file)
        return (root / file).read_bytes()

    plan_rewrite(graph, BOUNDARY, reading, Answering())
    assert {file for file in read if not file.startswith(PORT)} == {
        "app/reviews/services.py",
        "app/one.py",
        "app/two.py",
    }


def test_a_file_that_was_broken_since_fails_alone(tmp_path: Path) -> None:
    """The others are rewritten."""
    root = write(tmp_path, FILES)
    graph = SystemGraph(analyze(root, SilentProgress(), workers=1))
    (root / "app/one.py").write_text("def page(:\n")
    plan = plan_rewrite(graph, BOUNDARY, lambda file: (root / file).read_bytes(), Answering())
    failed = result_of(plan, "app/one.py")
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("cannot be parsed: ")
    assert isinstance(result_of(plan, "app/two.py"), Changed)


def test_a_file_edited_since_the_analysis_is_left(tmp_path: Path) -> None:
    """A line more at the top, and no call is where the graph says."""
    root = write(tmp_path, FILES)
    graph = SystemGraph(analyze(root, SilentProgress(), workers=1))
    (root / "app/one.py").write_text(f"import os\n{CALL}")
    result = result_of(
        plan_rewrite(graph, BOUNDARY, lambda file: (root / file).read_bytes(), Answering()), "app/one.py"
    )
    assert isinstance(result, Skipped)
    assert result.left[0].reason == "it is not there: run strangler analyze again"


def test_a_file_that_changes_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """What somebody has just saved stays; the others are written."""
    root = write(tmp_path, FILES)
    plan = plan_of(root)
    (root / "app/one.py").write_text("new = 1\n")
    done = {result.file: result for result in write_changes(plan.files, root, PORT)}
    assert done["app/one.py"] == Skipped("app/one.py", "it has changed on disk meanwhile")
    assert (root / "app/one.py").read_text() == "new = 1\n"
    assert "reviews_port" in (root / "app/two.py").read_text()


def test_without_its_port_no_call_is_rewritten(tmp_path: Path) -> None:
    """A file of the port appears meanwhile."""
    root = write(tmp_path, FILES)
    plan = plan_of(root)
    write(root, {f"{PORT}/v1.py": "mine = 1\n"})
    done = {result.file: result for result in write_changes(plan.files, root, PORT)}
    assert done["app/one.py"] == Skipped("app/one.py", f"{PORT}/v1.py could not be written")
    assert (root / "app/one.py").read_text() == CALL


def test_a_port_somebody_edited_is_kept(tmp_path: Path) -> None:
    """And nothing is rewritten that would need another one."""
    root = write(tmp_path, FILES)
    apply(plan_of(root), root)
    port = root / PORT / "client.py"
    port.write_text(port.read_text().replace("attempts: int = 3", "attempts: int = 9"))
    (root / "app/other.py").write_text(CALL)
    plan = plan_of(root)
    kept = result_of(plan, f"{PORT}/client.py")
    assert isinstance(kept, Skipped)
    assert kept.reason.startswith("somebody has edited it")
    assert result_of(plan, "app/other.py") == Skipped("app/other.py", f"{PORT}/client.py could not be written")


def test_a_second_run_finds_nothing_to_do(tmp_path: Path) -> None:
    """The operations are those the port has, because the call sites use them."""
    root = write(tmp_path, FILES)
    apply(plan_of(root), root)
    again = plan_of(root)
    assert [operation.name for operation in again.operations.sorted] == ["pure"]
    assert all(isinstance(result, Unchanged) for result in again.files)


def test_an_operation_nobody_uses_any_more_goes(tmp_path: Path) -> None:
    """The port has exactly what is used."""
    both = "def pure(text):\n    return text\n\n\ndef more(text):\n    return text\n"
    calls = "from app.reviews.services import more, pure\n\n\ndef page(a):\n    return pure(more(a))\n"
    root = write(tmp_path, {"app/reviews/services.py": both, "app/one.py": calls})
    apply(plan_of(root), root)
    one = root / "app/one.py"
    one.write_text(one.read_text().replace("reviews_port.more(a)", "a"))
    apply(plan_of(root), root)
    assert "more" not in (root / PORT / "port.py").read_text()


def test_a_patch_has_new_files_and_lines_without_an_end() -> None:
    """As git writes it."""
    found = patch(
        [
            Changed("a.py", b"one\r\ntwo", b"one\r\nthree"),
            Changed("b.py", None, b"new\n"),
            Unchanged("c.py"),
        ]
    )
    assert found == (
        b"--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n one\r\n-two\n\\ No newline at end of file\n"
        b"+three\n\\ No newline at end of file\n--- /dev/null\n+++ b/b.py\n@@ -0,0 +1 @@\n+new\n"
    )


ATOMIC = {
    "in a dictionary": "DATABASES = {'default': {'ATOMIC_REQUESTS': True}}\n",
    "by a name": "ON = True\nDATABASES = {'default': dict(ATOMIC_REQUESTS=ON)}\n",
    "afterwards": "DATABASES = {'default': {}}\nDATABASES['default']['ATOMIC_REQUESTS'] = True\n",
}
REQUESTS = {
    "manage.py": "import os\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'app.settings')\n",
    "app/urls.py": "from django.urls import path\n\nfrom app.views import page\n\nurlpatterns = [path('', page)]\n",
    "app/views.py": "from app.reviews.services import count\n\n\ndef page(request):\n    return count()\n",
    "app/jobs.py": "from app.reviews.services import count\n\n\ndef run():\n    return count()\n",
    "app/reviews/models.py": (
        "from django.db import models\n\n\nclass Review(models.Model):\n    text = models.TextField()\n\n"
        "    class Meta:\n        db_table = 'reviews_review'\n"
    ),
    "app/reviews/services.py": (
        "from app.reviews.models import Review\n\n\ndef count():\n    return Review.objects.count()\n"
    ),
}


@pytest.mark.parametrize("setting", ATOMIC.values(), ids=ATOMIC)
def test_a_transaction_around_every_request_is_open_in_what_answers_them(setting: str, tmp_path: Path) -> None:
    """A call in a view stays, one in a job goes through the port."""
    root = write(tmp_path, {**REQUESTS, "app/settings.py": f"ROOT_URLCONF = 'app.urls'\n{setting}"})
    plan = plan_of(root)
    kinds = {seam.place.file: seam.kind for seam in plan.seams if seam.place.file in {"app/views.py", "app/jobs.py"}}
    assert kinds == {"app/views.py": SeamKind.TRANSACTION, "app/jobs.py": SeamKind.FUNCTION}


def test_without_such_a_transaction_calls_in_views_go_through_the_port(tmp_path: Path) -> None:
    """Switched off is not there."""
    settings = "ROOT_URLCONF = 'app.urls'\nDATABASES = {'default': {'ATOMIC_REQUESTS': False}}\n"
    plan = plan_of(write(tmp_path, {**REQUESTS, "app/settings.py": settings}))
    assert isinstance(result_of(plan, "app/views.py"), Changed)
