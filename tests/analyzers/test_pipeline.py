"""The analysis as a whole: the same answer always, and none of other people's code runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from strangler.model.progress import SilentProgress
from strangler_analyzers.graph.codec import encode_facts as encode
from strangler_analyzers.pipeline import analyze
from tests.analyzers.source_tree import facts_of, write
from tests.sample_monolith import ROOT as SAMPLE

_SHOP = {
    f"shop/app{number}.py": f"""
        from shop import app{(number + 1) % 150}
        class Order{number}:
            def total(self): return self.lines()
            def lines(self): return app{(number + 1) % 150}.make()
        def make(): return Order{number}().total()
    """
    for number in range(150)
} | {"shop/totals.py": "total = " + " + ".join(["price"] * 1_500)}


def test_the_worker_count_does_not_change_the_facts(tmp_path: Path) -> None:
    """Parsing in several processes and in one gives the same bytes."""
    root = write(tmp_path, _SHOP)
    alone = encode(analyze(root, SilentProgress(), workers=1))
    assert encode(analyze(root, SilentProgress(), workers=2)) == alone


_DIGEST = """
import hashlib, sys
from pathlib import Path
from strangler.model.progress import SilentProgress
from strangler_analyzers.graph.codec import encode_facts
from strangler_analyzers.pipeline import analyze

if __name__ == "__main__":
    facts = analyze(Path(sys.argv[1]), SilentProgress(), workers=int(sys.argv[2]))
    print(hashlib.sha256(encode_facts(facts)).hexdigest())
"""


@pytest.mark.parametrize("program", ["generated", "sample"])
def test_neither_hash_randomisation_nor_the_worker_count_changes_the_facts(tmp_path: Path, program: str) -> None:
    """Two interpreters with different PYTHONHASHSEED and numbers of workers write the same bytes."""
    root = write(tmp_path / "app", _SHOP) if program == "generated" else SAMPLE
    script = tmp_path / "script.py"
    script.write_text(_DIGEST)
    digests = {
        subprocess.run(
            [sys.executable, str(script), str(root), workers],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed, workers in (("1", "1"), ("2", "2"))
    }
    assert len(digests) == 1


def test_calls_that_differ_only_in_their_loop_keep_one_order(tmp_path: Path) -> None:
    """A property read outside and inside a comprehension on one line: the call outside the loop comes first."""
    lines = "\n".join("    [a.p for x in a.p]" for _ in range(40))
    source = f"class A:\n    @property\n    def p(self): ...\ndef f(a: A):\n{lines}\n"
    calls = [call for call in facts_of(tmp_path, {"m.py": source}).calls if call.callee == "m:A.p"]
    assert [call.in_loop for call in calls] == [False, True] * 40


def test_the_code_is_never_executed(tmp_path: Path) -> None:
    """A module that would leave a trace when imported leaves none."""
    trace = tmp_path / "trace"
    facts_of(tmp_path / "app", {"shop/__init__.py": f"open({str(trace)!r}, 'w')", "shop/a.py": "import shop"})
    assert not trace.exists()


def test_the_ledger_adds_up(tmp_path: Path) -> None:
    """Every call expression is counted once."""
    ledger = facts_of(
        tmp_path,
        {
            "m.py": """
                import json
                def known(): ...
                class Thing:
                    def act(self): ...
                def caller(x):
                    known()
                    json.dumps(x)
                    len(x)
                    x.act()
                    x.unheard_of()
            """
        },
    ).ledger
    assert (ledger.resolved, ledger.external, ledger.builtin, ledger.ambiguous, ledger.opaque) == (1, 1, 1, 1, 1)
    assert ledger.total == 5


def test_an_ambiguous_name_is_listed_not_linked(tmp_path: Path) -> None:
    """A method name alone decides nothing: the candidates are reported."""
    facts = facts_of(tmp_path, {"m.py": "class A:\n    def save(self): ...\ndef f(x):\n    x.save()\n"})
    assert facts.calls == ()
    assert [(call.name, call.candidates) for call in facts.ambiguous] == [("save", ("m:A.save",))]
