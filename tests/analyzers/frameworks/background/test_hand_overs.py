"""What runs apart from its caller: threads, event loops, queues, after a commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.system import CallKind
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.source_tree import facts_of

_WORK = """
    import asyncio, multiprocessing, threading
    from concurrent.futures import ThreadPoolExecutor
    from functools import partial
    import anyio, django_rq, docket, rq
    from apscheduler.schedulers.background import BackgroundScheduler
    from django.db import transaction
    from huey import RedisHuey
    from rq.decorators import job
    import dramatiq
    huey = RedisHuey("shop")
    def work(number=1): pass
    async def later(number=1): pass
    def number(): return 1
    @job("low")
    def rq_job(): pass
    @huey.task()
    def huey_job(): pass
    @dramatiq.actor
    def actor(): pass
    class Worker(threading.Thread):
        def run(self): pass
"""


def _calls(tmp_path: Path, *lines: str) -> set[tuple[str, CallKind, bool]]:
    """What the function ``start`` with these lines runs: name, kind, whether in its transaction."""
    body = "".join(f"\n        {line}" for line in lines)
    facts = facts_of(tmp_path, {"m.py": f"{_WORK}    async def start(loop, given):{body}\n"})
    return {
        (call.callee.removeprefix("m:"), call.kind, call.transaction is not None)
        for call in facts.calls
        if call.caller == "m:start"
    }


@pytest.mark.parametrize(
    "line",
    [
        "threading.Thread(target=work, args=(1,)).start()",
        "threading.Thread(None, work).start()",
        "threading.Timer(3, work).start()",
        "multiprocessing.Process(target=work).start()",
        "ThreadPoolExecutor().submit(work, 1)",
        "asyncio.get_running_loop().run_in_executor(None, work)",
        "loop.run_in_executor(None, partial(work, 1))",
        "asyncio.get_running_loop().call_later(1, work)",
        "django_rq.enqueue(work, 1)",
        "await docket.Docket().add(work, key='one')(number=1)",
        "rq.Queue().enqueue(work, 1)",
        'rq.Queue().enqueue("m.work", 1)',
        "rq.Queue().enqueue_in(3, work)",
        'BackgroundScheduler().add_job(work, "interval")',
    ],
)
def test_a_function_that_is_handed_over_runs_later(tmp_path: Path, line: str) -> None:
    """It is called once, asynchronously, and in no transaction of the caller."""
    found = _calls(tmp_path, "with transaction.atomic():", f"    {line}")
    assert found == {("work", CallKind.ASYNC, False)}


def test_a_lambda_that_is_handed_over_runs_later(tmp_path: Path) -> None:
    """It is a function like others."""
    found = _calls(tmp_path, "threading.Thread(target=lambda: work(1)).start()")
    assert found == {("start.<locals>.<lambda>", CallKind.ASYNC, False)}


@pytest.mark.parametrize(
    ("line", "callee"),
    [
        ("asyncio.create_task(later())", "later"),
        ("asyncio.ensure_future(later())", "later"),
        ("asyncio.TaskGroup().create_task(later())", "later"),
        ("asyncio.run_coroutine_threadsafe(later(), loop)", "later"),
        ("anyio.create_task_group().start_soon(later)", "later"),
        ("rq_job.delay()", "rq_job"),
        ("huey_job()", "huey_job"),
        ("huey_job.schedule(delay=3)", "huey_job"),
        ("actor.send()", "actor"),
    ],
)
def test_coroutines_and_jobs_run_later(tmp_path: Path, line: str, callee: str) -> None:
    """A coroutine that becomes a task; a job that is called the way its library queues it."""
    assert {(name, kind) for name, kind, _ in _calls(tmp_path, line)} == {(callee, CallKind.ASYNC)}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("transaction.on_commit(work)", {("work", False)}),
        ("transaction.on_commit(lambda: work(1))", {("start.<locals>.<lambda>", False)}),
        ("transaction.on_commit(partial(work, 1))", {("work", False)}),
    ],
)
def test_on_commit_runs_outside_the_transaction(tmp_path: Path, line: str, found: set[tuple[str, bool]]) -> None:
    """The callback belongs to the request, but not to the transaction it waits for."""
    calls = _calls(tmp_path, "with transaction.atomic():", f"    {line}")
    assert calls == {(name, CallKind.AFTER_COMMIT, inside) for name, inside in found}


def test_arguments_are_evaluated_at_once(tmp_path: Path) -> None:
    """Only the coroutine waits, not what it is given."""
    assert _calls(tmp_path, "asyncio.create_task(later(number()))") == {
        ("later", CallKind.ASYNC, False),
        ("number", CallKind.DIRECT, False),
    }


def test_what_is_awaited_is_not_later(tmp_path: Path) -> None:
    """The caller goes on when the thread is done."""
    found = _calls(tmp_path, "await asyncio.get_running_loop().run_in_executor(None, work)")
    assert found == {("work", CallKind.FRAMEWORK, False)}


def test_starting_a_thread_class_runs_it_later(tmp_path: Path) -> None:
    """``Worker().start()`` makes ``Worker.run`` run."""
    assert ("Worker.run", CallKind.ASYNC, False) in _calls(tmp_path, "Worker().start()")


def test_a_job_is_an_entry_point(tmp_path: Path) -> None:
    """Its worker runs it without a request."""
    facts = facts_of(tmp_path, {"m.py": _WORK})
    assert {(entry.kind.value, entry.name) for entry in facts.entry_points} == {
        ("task", "m.rq_job"),
        ("task", "m.huey_job"),
        ("task", "m.actor"),
    }


def test_tables_of_queued_work_are_later_ones(tmp_path: Path) -> None:
    """What a thread writes is kept apart; what runs after the commit is the request's own."""
    source = """
        import threading
        from django.db import connection, transaction
        def log(): connection.cursor().execute("INSERT INTO log VALUES (1)")
        def mark(): connection.cursor().execute("UPDATE orders SET paid = 1")
        def pay():
            threading.Thread(target=log).start()
            transaction.on_commit(mark)
    """
    use = SystemGraph(facts_of(tmp_path, {"m.py": source})).tables_of(["m:pay"])
    assert (use.writes, use.later_writes) == (("orders",), ("log",))
